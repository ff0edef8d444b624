// Over certificates with odd names; what mod_ssl shows of them is compared by tests/conformance.
#include "pki/certificate_variables.h"

#include "make_certificate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <openssl/asn1.h>

namespace signet::pki {
namespace {

struct Entry {
    const char* type;
    int encoding;
    std::string_view bytes;
    int set = 0; // -1: in the same RDN as the one before
};

// A certificate with this subject (and issuer).
test::Made with_name(std::initializer_list<Entry> entries, const std::string& names = {})
{
    auto made = test::make({.alternative_names = names});
    const std::unique_ptr<X509_NAME, Deleter<X509_NAME_free>> name(X509_NAME_new());
    for (const auto& entry : entries) {
        X509_NAME_add_entry_by_txt(name.get(), entry.type, entry.encoding,
                                   reinterpret_cast<const unsigned char*>(entry.bytes.data()),
                                   static_cast<int>(entry.bytes.size()), -1, entry.set);
    }
    X509_set_subject_name(made.certificate.get(), name.get());
    return made;
}

std::string show(const test::Made& made, std::string_view name,
                 NameFormat format = NameFormat::rfc2253)
{
    return certificate_variable(made.certificate.get(), name, format);
}

TEST(CertificateVariables, WriteNamesInBothFormats)
{
    const auto made = with_name({{"C", MBSTRING_UTF8, "DE"}, {"CN", MBSTRING_UTF8, "Jo, A"}});
    EXPECT_EQ(show(made, "S_DN"), "CN=Jo\\, A,C=DE");
    EXPECT_EQ(show(made, "S_DN", NameFormat::legacy), "/C=DE/CN=Jo, A");
}

TEST(CertificateVariables, PickOneOfSeveralComponents)
{
    const auto made = with_name({{"OU", MBSTRING_UTF8, "first"},
                                 {"OU", MBSTRING_UTF8, "second"},
                                 {"CN", MBSTRING_UTF8, "joint", -1}});
    EXPECT_EQ(show(made, "S_DN_OU"), "first");
    EXPECT_EQ(show(made, "S_DN_OU_0"), "first");
    EXPECT_EQ(show(made, "S_DN_OU_1"), "second");
    EXPECT_EQ(show(made, "S_DN_OU_2"), "");
    EXPECT_EQ(show(made, "S_DN_CN"), "joint");
    EXPECT_EQ(show(made, "S_DN"), "OU=second+CN=joint,OU=first");
}

TEST(CertificateVariables, ConvertToUtf8UnlessRaw)
{
    const std::string latin("J\xf6", 2);
    const auto made = with_name({{"CN", V_ASN1_T61STRING, latin},
                                 {"O", V_ASN1_BMPSTRING, std::string_view("\0J\x01\x31", 4)}});
    EXPECT_EQ(show(made, "S_DN_CN"), "J\xc3\xb6");
    EXPECT_EQ(show(made, "S_DN_CN_RAW"), latin);
    EXPECT_EQ(show(made, "S_DN_O"), "J\xc4\xb1");
}

TEST(CertificateVariables, ShowAnEmbeddedNulInsteadOfEndingThere)
{
    const auto made = with_name({{"CN", V_ASN1_UTF8STRING, std::string_view("a\0.evil", 7)}});
    EXPECT_EQ(show(made, "S_DN_CN"), "a\\00.evil");
    EXPECT_EQ(show(made, "S_DN_CN").find('\0'), std::string::npos);
}

TEST(CertificateVariables, AreEmptyForAnEmptyName)
{
    const auto made = with_name({});
    EXPECT_EQ(show(made, "S_DN"), "");
    EXPECT_EQ(show(made, "S_DN_CN"), "");
}

TEST(CertificateVariables, CountAlternativeNamesOfEachKind)
{
    const auto made =
        with_name({}, "DNS:a.test,email:x@a.test,DNS:b.test,otherName:msUPN;UTF8:jo@corp.test,"
                      "otherName:1.3.6.1.5.5.7.8.7;IA5STRING:_https.a.test");
    EXPECT_EQ(show(made, "SAN_DNS_1"), "b.test");
    EXPECT_EQ(show(made, "SAN_DNS_2"), "");
    EXPECT_EQ(show(made, "SAN_Email_0"), "x@a.test");
    EXPECT_EQ(show(made, "SAN_OTHER_msUPN_0"), "jo@corp.test");
    EXPECT_EQ(show(made, "SAN_OTHER_dnsSRV_0"), "_https.a.test");
    EXPECT_EQ(show(made, "SAN_OTHER_other_0"), "");
}

TEST(CertificateVariables, NameSerialAndIssuerForDirectories)
{
    const auto made = with_name({{"CN", MBSTRING_UTF8, "x"}});
    ASN1_INTEGER_set(X509_get_serialNumber(made.certificate.get()), 4711);
    EXPECT_EQ(show(made, "CERT_RFC4523_CEA"),
              "{ serialNumber 4711, issuer rdnSequence:\"" + show(made, "I_DN") + "\" }");
    EXPECT_EQ(show(made, "M_SERIAL"), "1267");
}

TEST(CertificateVariables, OfTheEnvironmentNumberRepeatedComponents)
{
    const auto made = with_name({{"OU", MBSTRING_UTF8, "first"}, {"OU", MBSTRING_UTF8, "second"}},
                                "DNS:a.test,otherName:msUPN;UTF8:jo@corp.test");
    const auto value = [&](Side side, std::string_view name) {
        for (const auto& [each, text] : name_variables(made.certificate.get(), side)) {
            if (each == name) return text;
        }
        return std::string("none");
    };
    EXPECT_EQ(value(Side::client, "SSL_CLIENT_S_DN_OU"), "first");
    EXPECT_EQ(value(Side::client, "SSL_CLIENT_S_DN_OU_1"), "second");
    EXPECT_EQ(value(Side::client, "SSL_CLIENT_SAN_DNS_0"), "a.test");
    EXPECT_EQ(value(Side::client, "SSL_CLIENT_SAN_OTHER_msUPN_0"), "jo@corp.test");
    EXPECT_EQ(value(Side::server, "SSL_SERVER_SAN_OTHER_msUPN_0"), "none");
}

} // namespace
} // namespace signet::pki
