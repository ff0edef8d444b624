#include "tls/facts.h"

#include "unit/tls/support.h"

#include <algorithm>

namespace signet::tls {
namespace {

using test::Client;
using test::Site;

struct Connected {
    Connected()
    {
        site.add("", {&made});
        client = std::make_unique<Client>(site, [](SSL_CTX*, SSL* ssl) {
            SSL_set_tlsext_host_name(ssl, "www.example.com");
            SSL_set_ciphersuites(ssl, "TLS_AES_128_GCM_SHA256");
        });
        EXPECT_TRUE(client->handshake());
    }
    [[nodiscard]] std::string operator()(std::string_view name) const
    {
        return fact(client->stream, name);
    }

    Site site;
    test::Made made =
        test::make({.alternative_names = "DNS:www.example.com,DNS:b.test,email:a@b.c"});
    std::unique_ptr<Client> client;
};

TEST(Facts, DescribeTheSession)
{
    const Connected the;
    EXPECT_EQ(the("SSL_PROTOCOL"), "TLSv1.3");
    EXPECT_EQ(the("SSL_CIPHER"), "TLS_AES_128_GCM_SHA256");
    EXPECT_EQ(the("SSL_CIPHER_EXPORT"), "false");
    EXPECT_EQ(the("SSL_CIPHER_USEKEYSIZE"), "128");
    EXPECT_EQ(the("SSL_CIPHER_ALGKEYSIZE"), "128");
    EXPECT_EQ(the("SSL_COMPRESS_METHOD"), "NULL");
    EXPECT_EQ(the("SSL_SECURE_RENEG"), "true");
    EXPECT_EQ(the("SSL_SESSION_RESUMED"), "Initial");
    EXPECT_EQ(the("SSL_TLS_SNI"), "www.example.com");
    EXPECT_EQ(the("SSL_CLIENT_VERIFY"), "NONE");
    EXPECT_EQ(the("SSL_SESSION_ID").size(), 64U);
    EXPECT_TRUE(the("SSL_VERSION_LIBRARY").starts_with("OpenSSL/3."));
}

// The forms were compared with Apache 2.4.71's %{…}x log output for the same certificate.
TEST(Facts, DescribeTheCertificate)
{
    const Connected the;
    EXPECT_EQ(the("SSL_SERVER_M_VERSION"), "3");
    EXPECT_EQ(the("SSL_SERVER_S_DN"), "CN=www.example.com,O=Signet\\, Tests");
    EXPECT_EQ(the("SSL_SERVER_S_DN_O"), "Signet, Tests");
    EXPECT_EQ(the("SSL_SERVER_S_DN_CN_0"), "www.example.com");
    EXPECT_EQ(the("SSL_SERVER_I_DN_CN"), "www.example.com");
    EXPECT_EQ(the("SSL_SERVER_A_KEY"), "id-ecPublicKey");
    EXPECT_EQ(the("SSL_SERVER_A_SIG"), "ecdsa-with-SHA256");
    EXPECT_EQ(the("SSL_SERVER_SAN_DNS_1"), "b.test");
    EXPECT_EQ(the("SSL_SERVER_SAN_Email_0"), "a@b.c");
    EXPECT_NEAR(std::stoi(the("SSL_SERVER_V_REMAIN")), 90, 1);
    EXPECT_TRUE(the("SSL_SERVER_V_END").ends_with(" GMT"));
    EXPECT_EQ(the("SSL_SERVER_CERT"), the.made.certificate_pem());
}

TEST(Facts, UnknownNamesAndMissingPartsAreEmpty)
{
    const Connected the;
    for (const char* name :
         {"", "SSL_", "SSL_NONSENSE", "SSL_SERVER_", "SSL_SERVER_S_DN_", "SSL_SERVER_S_DN_CN_1",
          "SSL_SERVER_S_DN_CN_x", "SSL_SERVER_S_DN_CN_-1", "SSL_SERVER_S_DN_CN_99999999999",
          "SSL_SERVER_SAN_DNS", "SSL_SERVER_SAN_DNS_2", "SSL_SERVER_SAN_OTHER_dnsSRV_0",
          "SSL_CLIENT_S_DN"}) {
        EXPECT_EQ(the(name), "") << name;
    }
    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(Facts, AreEmptyBeforeTheHandshake)
{
    Site site;
    Client client(site);
    EXPECT_EQ(fact(client.stream, "SSL_PROTOCOL"), "");
    EXPECT_EQ(fact(client.stream, "SSL_SERVER_S_DN"), "");
}

TEST(Facts, TheStandardSetHoldsNoEmptyValue)
{
    const Connected the;
    const auto all = standard_facts(the.client->stream);
    EXPECT_GT(all.size(), 15U);
    EXPECT_TRUE(std::ranges::none_of(all, [](const auto& one) { return one.second.empty(); }));
}

} // namespace
} // namespace signet::tls
