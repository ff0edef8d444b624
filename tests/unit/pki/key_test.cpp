#include "unit/pki/make_certificate.h"

#include <gtest/gtest.h>

namespace signet::pki {
namespace {

AskPassPhrase answers(std::vector<std::string> phrases)
{
    return [phrases](int attempt) -> std::optional<Secret> {
        if (static_cast<size_t>(attempt) >= phrases.size()) return std::nullopt;
        return Secret(std::string_view(phrases[static_cast<size_t>(attempt)]));
    };
}

class KeyForms : public testing::TestWithParam<const char*> {};

TEST_P(KeyForms, EveryFormOfAFileOpensAndMatchesItsCertificate)
{
    const auto made = test::make({.kind = GetParam()});
    std::vector<std::string> forms{made.key_pem(), made.key_pem("secret")};
    if (std::string_view(GetParam()) != "Ed25519") {
        forms.push_back(made.traditional_key_pem());
        forms.push_back(made.traditional_key_pem("secret"));
    }
    forms.push_back(made.certificate_pem() + made.key_pem());
    unsigned char* der = nullptr;
    const int size = i2d_PrivateKey(made.key.get(), &der);
    forms.emplace_back(reinterpret_cast<char*>(der), static_cast<size_t>(size));
    OPENSSL_free(der);
    for (const auto& form : forms) {
        auto key = PrivateKey::parse(form, "test.key", answers({"wrong", "secret"}));
        ASSERT_TRUE(key) << key.error().text << form;
        EXPECT_TRUE(key->matches(made.as_certificate()));
        auto again = PrivateKey::from_der(key->to_der().bytes());
        ASSERT_TRUE(again);
        EXPECT_TRUE(again->matches(made.as_certificate()));
    }
    EXPECT_EQ(ERR_peek_error(), 0U);
}

INSTANTIATE_TEST_SUITE_P(All, KeyForms, testing::Values("P-256", "P-384", "RSA", "Ed25519"));

TEST(Key, WrongPassPhrasesEndInDenied)
{
    const auto made = test::make({});
    for (const auto& pem : {made.key_pem("secret"), made.traditional_key_pem("secret")}) {
        auto key = PrivateKey::parse(pem, "test.key", answers({"a", "b", "c"}));
        ASSERT_FALSE(key);
        EXPECT_EQ(key.error().kind, Error::Kind::denied);
        EXPECT_NE(key.error().text.find("wrong"), std::string::npos);
    }
    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(Key, AnEncryptedKeyWithNobodyToAskIsDenied)
{
    auto key = PrivateKey::parse(test::make({}).key_pem("secret"), "test.key", {});
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().kind, Error::Kind::denied);
    EXPECT_EQ(key.error().text.find("wrong"), std::string::npos);
}

TEST(Key, AnotherKeyDoesNotMatch)
{
    const auto one = test::make({});
    const auto two = test::make({});
    auto key = PrivateKey::parse(two.key_pem(), "test.key", {});
    ASSERT_TRUE(key);
    EXPECT_FALSE(key->matches(one.as_certificate()));
    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(Key, RubbishIsRefusedAtEveryLength)
{
    const auto made = test::make({});
    const std::string der(made.key_pem());
    for (const std::string text :
         {"", "rubbish", "-----BEGIN PRIVATE KEY-----\nAAAA\n",
          "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}) {
        EXPECT_FALSE(PrivateKey::parse(text, "test.key", {}));
    }
    const Secret whole = PrivateKey::parse(made.key_pem(), "k", {})->to_der();
    for (size_t size = 0; size < whole.bytes().size(); size++) {
        EXPECT_FALSE(PrivateKey::from_der(whole.bytes().first(size)));
    }
    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(Key, ATextTellsWhetherItsKeyIsEncrypted)
{
    const auto made = test::make({});
    EXPECT_TRUE(is_encrypted_key(made.key_pem("x")));
    EXPECT_TRUE(is_encrypted_key(made.traditional_key_pem("x")));
    EXPECT_FALSE(is_encrypted_key(made.key_pem()));
    EXPECT_FALSE(holds_private_key(made.certificate_pem()));
    EXPECT_TRUE(holds_private_key(made.certificate_pem() + made.key_pem()));
}

} // namespace
} // namespace signet::pki
