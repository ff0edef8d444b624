#include "pki/material.h"

#include "pki/issue.h"
#include "pki/new_key.h"
#include "pki/pkcs12.h"

#include <gtest/gtest.h>

namespace signet::pki {
namespace {

AskPassPhrase always(std::string_view phrase)
{
    return [phrase](int attempt) -> std::optional<Secret> {
        if (attempt > 0) return std::nullopt;
        return Secret(phrase);
    };
}

struct Pair {
    PrivateKey key;
    Certificate certificate;
};

Pair make_pair(const std::string& name = "a.example")
{
    auto key = make_key("ecdsa-p256");
    const time_t now = 1'800'000'000;
    auto certificate = issue({.role = Role::server,
                              .subject = std::move(*parse_subject("/CN=" + name)),
                              .names = {name},
                              .public_key = key->get(),
                              .not_before = now,
                              .not_after = now + 1000},
                             nullptr, *key);
    return {std::move(*key), std::move(*certificate)};
}

TEST(Material, FindsEveryObjectOfAPemTextAndSkipsWhatIsBetween)
{
    const auto pair = make_pair();
    const std::string text = "Bag Attributes\n" + *to_pem(pair.certificate) + "\nremark\n"
                             + std::string(key_to_pem(pair.key, nullptr)->text());
    const auto found = parse_material(text, "x", {});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->certificates.size(), 1U);
    EXPECT_EQ(found->keys.size(), 1U);
    EXPECT_FALSE(found->was_encrypted);
}

TEST(Material, EveryPrefixOfAPemTextIsAnErrorNotACrash)
{
    const std::string text = *to_pem(make_pair().certificate);
    for (size_t size = 0; size < text.size() - 2; size++) {
        EXPECT_FALSE(parse_material(text.substr(0, size), "x", {})) << size;
    }
}

TEST(Material, EveryPrefixOfADerCertificateIsAnErrorNotACrash)
{
    const std::string der = make_pair().certificate.der();
    EXPECT_TRUE(parse_material(der, "x", {}));
    for (size_t size = 0; size < der.size(); size++) {
        EXPECT_FALSE(parse_material(der.substr(0, size), "x", {})) << size;
    }
}

TEST(Material, AnEncryptedKeyOpensWithItsPassPhraseOnly)
{
    const auto pair = make_pair();
    const Secret phrase(std::string_view("open sesame"));
    const Secret pem = *key_to_pem(pair.key, &phrase);
    const auto opened = parse_material(pem.text(), "x", always("open sesame"));
    ASSERT_TRUE(opened);
    EXPECT_TRUE(opened->was_encrypted);
    EXPECT_EQ(public_key_digest(opened->keys[0].get()), public_key_digest(pair.key.get()));
    EXPECT_EQ(parse_material(pem.text(), "x", always("other")).error().kind, Error::Kind::denied);
    EXPECT_EQ(parse_material(pem.text(), "x", {}).error().kind, Error::Kind::denied);
}

TEST(Material, Pkcs12OpensWithItsPassPhraseOnly)
{
    auto pair = make_pair();
    std::vector<Certificate> chain;
    chain.push_back(share(pair.certificate));
    const Secret sealed = *make_pkcs12(pair.key, chain, "me", Secret(std::string_view("abcd")));
    const auto opened = parse_material(sealed.text(), "x", always("abcd"));
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->form, "PKCS#12");
    EXPECT_EQ(opened->keys.size(), 1U);
    EXPECT_EQ(parse_material(sealed.text(), "x", always("x")).error().kind, Error::Kind::denied);
}

} // namespace
} // namespace signet::pki
