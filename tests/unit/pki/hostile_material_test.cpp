// What nobody made in good faith: altered bytes, names with NULs, dates far away, enormous keys and
// files. Each is an error or the right answer; under ASan and UBSan (./dev asan) nothing else
// either.
#include "pki/chain.h"
#include "pki/describe.h"
#include "pki/issue.h"
#include "pki/material.h"
#include "pki/new_key.h"
#include "pki/pkcs12.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/params.h>

namespace signet::pki {
namespace {

constexpr time_t now = 1'800'000'000;

// Not the hundreds of roots of the system, thousands of times.
class HostileMaterial : public testing::Test {
protected:
    static void SetUpTestSuite()
    {
        ::setenv("SSL_CERT_FILE", "/nonexistent", 1);
        ::setenv("SSL_CERT_DIR", "/nonexistent", 1);
    }
    static void TearDownTestSuite()
    {
        ::unsetenv("SSL_CERT_FILE");
        ::unsetenv("SSL_CERT_DIR");
    }
};

AskPassPhrase always(std::string_view phrase)
{
    return [phrase](int attempt) -> std::optional<Secret> {
        if (attempt > 0) return std::nullopt;
        return Secret(phrase);
    };
}

// Everything that signet cert does with what a file holds. What comes out is only text.
size_t use(std::string_view bytes, const AskPassPhrase& ask = {})
{
    const auto found = parse_material(bytes, "hostile", ask);
    if (!found) {
        EXPECT_FALSE(found.error().text.empty());
        return 0;
    }
    const std::string text = facts_text(describe(*found, now));
    EXPECT_FALSE(json_text(describe(*found, now)).empty());
    for (const auto& one : found->certificates) {
        const auto chain = arrange_chain(found->certificates, {}, {});
        EXPECT_FALSE(chain.certificates.empty());
        Trust trust{.at = now, .host = "a.example"};
        trust.roots.push_back(share(one));
        (void)verify_chain(one, {}, trust);
        (void)issuer_url(one);
        (void)one.covers("a.example");
    }
    for (const auto& one : found->requests) {
        (void)verify_request(one.get());
        (void)requested_names(one.get());
    }
    return text.size();
}

// The bytes with each one of them altered, in two ways.
template <typename Act> void with_each_byte_altered(const std::string& bytes, Act&& act)
{
    for (size_t at = 0; at < bytes.size(); ++at) {
        for (const char change : {'\x01', '\x80'}) {
            std::string altered = bytes;
            altered[at] = static_cast<char>(altered[at] ^ change);
            act(altered);
        }
    }
}

struct Pair {
    PrivateKey key;
    Certificate certificate;
};

Pair good_pair()
{
    auto key = make_key("ecdsa-p256");
    auto certificate = issue({.role = Role::server,
                              .subject = std::move(*parse_subject("/C=DE/CN=a.example")),
                              .names = {"a.example", "*.a.example", "192.0.2.1"},
                              .public_key = key->get(),
                              .not_before = now,
                              .not_after = now + 1000,
                              .crl_url = "http://a.example/crl",
                              .ocsp_url = "http://a.example/ocsp",
                              .issuer_url = "http://a.example/ca"},
                             nullptr, *key);
    return {std::move(*key), std::move(*certificate)};
}

// A certificate that no tool would make, unsigned by anything that matters.
std::string strange_der(const std::vector<std::string>& names, const char* from, const char* until,
                        EVP_PKEY* public_key)
{
    const X509Ptr made(X509_new());
    X509_set_version(made.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.get()), -7);
    ASN1_TIME_set_string(X509_getm_notBefore(made.get()), from);
    ASN1_TIME_set_string(X509_getm_notAfter(made.get()), until);
    X509_set_pubkey(made.get(), public_key);
    GENERAL_NAMES* list = GENERAL_NAMES_new();
    for (const auto& name : names) {
        GENERAL_NAME* one = GENERAL_NAME_new();
        ASN1_IA5STRING* text = ASN1_IA5STRING_new();
        ASN1_STRING_set(text, name.data(), static_cast<int>(name.size()));
        GENERAL_NAME_set0_value(one, GEN_DNS, text);
        sk_GENERAL_NAME_push(list, one);
    }
    X509_add1_ext_i2d(made.get(), NID_subject_alt_name, list, 0, 0);
    GENERAL_NAMES_free(list);
    const auto signer = make_key("ecdsa-p256");
    X509_sign(made.get(), signer->get(), EVP_sha256());
    unsigned char* bytes = nullptr;
    const int size = i2d_X509(made.get(), &bytes);
    std::string der(reinterpret_cast<char*>(bytes), static_cast<size_t>(size));
    OPENSSL_free(bytes);
    return der;
}

std::string shown(const std::string& der)
{
    const auto found = parse_material(der, "strange", {});
    EXPECT_TRUE(found) << found.error().text;
    return found ? json_text(describe(*found, now)) : "";
}

TEST_F(HostileMaterial, AlteredCertificatesAreUsedOrRefused)
{
    const auto pair = good_pair();
    size_t used = 0;
    with_each_byte_altered(pair.certificate.der(),
                           [&](const std::string& altered) { used += use(altered) > 0; });
    EXPECT_GT(used, 100U); // names and signatures can be anything
}

TEST_F(HostileMaterial, AlteredRequestsAreUsedOrRefused)
{
    const auto key = make_key("ecdsa-p256");
    const auto request = make_request(*key, *parse_subject("/CN=a.example"), {"a.example"});
    unsigned char* bytes = nullptr;
    const int size = i2d_X509_REQ(request->get(), &bytes);
    const std::string der(reinterpret_cast<char*>(bytes), static_cast<size_t>(size));
    OPENSSL_free(bytes);
    size_t used = 0;
    with_each_byte_altered(der, [&](const std::string& altered) { used += use(altered) > 0; });
    EXPECT_GT(used, 10U);
}

TEST_F(HostileMaterial, AlteredTextsAndContainersAreUsedOrRefused)
{
    const auto pair = good_pair();
    const Secret phrase(std::string_view("abcd"));
    std::vector<Certificate> chain;
    chain.push_back(share(pair.certificate));
    const Secret sealed = *make_pkcs12(pair.key, chain, "me", phrase);
    // Deriving keys is slow on purpose: not each byte.
    for (size_t at = 0; at < sealed.text().size(); at += 29) {
        std::string altered(sealed.text());
        altered[at] = static_cast<char>(altered[at] ^ 0x41);
        (void)use(altered, always("abcd"));
    }
    const std::string pem = *to_pem(pair.certificate);
    for (size_t at = 0; at < pem.size(); ++at) {
        for (const char other : {'\0', '-', '\n', '\xc3'}) {
            std::string altered = pem;
            altered[at] = other;
            (void)use(altered);
        }
    }
}

TEST_F(HostileMaterial, WrongPassPhrasesAreToldFromDamage)
{
    const auto pair = good_pair();
    const Secret phrase(std::string_view("open sesame"));
    const std::string pem(key_to_pem(pair.key, &phrase)->text());
    for (const std::string_view wrong : {"", "x", "open sesam", "open sesame ", "\xff\xfe"}) {
        const auto found = parse_material(pem, "x", always(wrong));
        ASSERT_FALSE(found) << wrong;
        EXPECT_EQ(found.error().kind, Error::Kind::denied) << found.error().text;
    }
    const std::string long_one(100'000, 'x');
    EXPECT_FALSE(parse_material(pem, "x", always(long_one)));
    const auto cut = parse_material(pem.substr(0, pem.size() / 2), "x", always("open sesame"));
    ASSERT_FALSE(cut);
    EXPECT_EQ(cut.error().kind, Error::Kind::malformed) << cut.error().text;
}

TEST_F(HostileMaterial, FilesOfTenMegabytesAreReadOrRefused)
{
    const std::string pem = *to_pem(good_pair().certificate);
    const std::string noise(10 << 20, '\x30');
    EXPECT_EQ(use(noise), 0U);
    EXPECT_EQ(use(std::string("\x30\x84\x7f\xff\xff\xff", 6) + noise), 0U);
    EXPECT_EQ(use("-----BEGIN CERTIFICATE-----\n" + std::string(10 << 20, 'A')), 0U);
    EXPECT_GT(use(std::string(10 << 20, 'x') + "\n" + pem), 0U);
    std::string many;
    for (int i = 0; i < 500; ++i) many += pem;
    const auto found = parse_material(many, "many", {});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->certificates.size(), 500U);
    EXPECT_EQ(arrange_chain(found->certificates, {}, {}).certificates.size(), 1U);
}

TEST_F(HostileMaterial, DatesFarAwayAreShownAsTheyAre)
{
    const auto key = make_key("ecdsa-p256");
    const auto dates = [&](const char* from, const char* until) {
        return shown(strange_der({"a.example"}, from, until, key->get()));
    };
    const auto old = dates("19490101000000Z", "19490201000000Z");
    EXPECT_NE(old.find("1949-01-01"), old.npos) << old;
    EXPECT_NE(old.find("expired"), old.npos) << old;
    const auto far = dates("20990101000000Z", "99991231235959Z");
    EXPECT_NE(far.find("2099-01-01"), far.npos) << far;
    EXPECT_NE(far.find("9999-12-31"), far.npos) << far;
    EXPECT_FALSE(dates("00000101000000Z", "00000101000000Z").empty());
}

TEST_F(HostileMaterial, NamesWithNulsAndControlsAreEscapedAndMatchNobody)
{
    const auto key = make_key("ecdsa-p256");
    const std::string nul("good.example\0.evil.example", 26);
    const auto der = strange_der({nul, "*.wild.example", "xn--bcher-kva.example",
                                  "b\xfc"
                                  "cher.example",
                                  "\x1b[31mred.example", "", std::string(5000, 'a'), "*", "*.*"},
                                 "20260101000000Z", "20990101000000Z", key->get());
    const auto text = shown(der);
    EXPECT_EQ(text.find('\x1b'), text.npos);
    EXPECT_EQ(text.find('\0'), text.npos);
    EXPECT_NE(text.find("good.example\\\\x00.evil.example"), text.npos) << text.substr(0, 2000);
    EXPECT_NE(text.find("xn--bcher-kva.example"), text.npos);
    const auto found = parse_material(der, "x", {});
    const auto& certificate = found->certificates.front();
    for (const char* host :
         {"good.example", "evil.example", "wild.example", "a.b.wild.example", "x"})
        EXPECT_FALSE(certificate.covers(host)) << host;
    EXPECT_TRUE(certificate.covers("a.wild.example"));
    EXPECT_TRUE(certificate.covers("xn--bcher-kva.example"));
}

TEST_F(HostileMaterial, KeysOfSixteenThousandBitsAreShownAndCompared)
{
    // Numbers of a key as the provider takes them: in the machine's byte order, little-endian here.
    std::string bits(2048, '\xa5');
    bits.front() = '\x01';
    unsigned exponent = 65537;
    const OSSL_PARAM numbers[] = {
        OSSL_PARAM_construct_BN("n", reinterpret_cast<unsigned char*>(bits.data()), bits.size()),
        OSSL_PARAM_construct_uint("e", &exponent), OSSL_PARAM_construct_end()};
    const std::unique_ptr<EVP_PKEY_CTX, decltype(&EVP_PKEY_CTX_free)> maker(
        EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr), EVP_PKEY_CTX_free);
    EVP_PKEY* made = nullptr;
    ASSERT_EQ(EVP_PKEY_fromdata_init(maker.get()), 1);
    ASSERT_EQ(EVP_PKEY_fromdata(maker.get(), &made, EVP_PKEY_PUBLIC_KEY,
                                const_cast<OSSL_PARAM*>(numbers)),
              1);
    const EvpKeyPtr key(made);
    const auto der = strange_der({"a.example"}, "20260101000000Z", "20990101000000Z", key.get());
    EXPECT_NE(shown(der).find("16384"), std::string::npos);
    EXPECT_GT(use(der), 0U);
    const auto found = parse_material(der, "x", {});
    EXPECT_FALSE(make_key("ecdsa-p256")->matches(found->certificates.front()));
}

} // namespace
} // namespace signet::pki
