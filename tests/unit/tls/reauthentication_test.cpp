#include "tls/facts.h"
#include "unit/tls/support.h"

namespace signet::tls {
namespace {

using test::Client;
using test::Made;
using test::Site;

const Made& authority()
{
    static const Made made = test::make({.common_name = "CA", .authority = true});
    return made;
}
const Made& server_certificate()
{
    static const Made made = test::make({});
    return made;
}
const Made& client_certificate()
{
    static const Made made = test::make({.common_name = "jo", .issuer = &authority()});
    return made;
}

class Reauthentication : public ::testing::TestWithParam<int> {
protected:
    Reauthentication()
    {
        Settings settings;
        settings.client.authorities.file = site.directory.put("ca", authority().certificate_pem());
        settings.client.may_ask_later = true;
        site.add("", {&server_certificate()}, settings);
    }
    static Client::Configure client(const Made* shown, bool later = true)
    {
        return [shown, later](SSL_CTX* context, SSL* ssl) {
            test::version(GetParam())(context, ssl);
            SSL_set_post_handshake_auth(ssl, later ? 1 : 0);
            if (!shown) return;
            SSL_use_certificate(ssl, shown->certificate.get());
            SSL_use_PrivateKey(ssl, shown->key.get());
        };
    }
    Site site;
};

TEST_P(Reauthentication, TellsWhoTheClientIs)
{
    Client one(site, client(&client_certificate()));
    ASSERT_TRUE(one.handshake());
    EXPECT_EQ(one.stream.client().verdict(), "NONE");
    ASSERT_TRUE(one.stream.reauthenticate({.mode = VerifyClient::require}, one.out));
    EXPECT_TRUE(one.stream.is_reauthenticating());
    one.exchange();
    EXPECT_FALSE(one.stream.is_reauthenticating());
    EXPECT_FALSE(one.stream.had_data_meanwhile());
    EXPECT_EQ(fact(one.stream, "SSL_CLIENT_VERIFY"), "SUCCESS");
    EXPECT_EQ(fact(one.stream, "SSL_CLIENT_S_DN_CN"), "jo");
    one.client_write("after");
    one.exchange();
    EXPECT_EQ(one.server_got, "after");
}

TEST_P(Reauthentication, DropsWhatTheClientSentBefore)
{
    Client one(site, client(&client_certificate()));
    ASSERT_TRUE(one.handshake());
    ASSERT_TRUE(one.stream.reauthenticate({.mode = VerifyClient::require}, one.out));
    one.client_write("before"); // it has not read what we ask yet
    one.exchange();
    EXPECT_FALSE(one.stream.is_reauthenticating());
    EXPECT_EQ(one.server_got, "");
    EXPECT_TRUE(one.stream.had_data_meanwhile());
    EXPECT_EQ(one.stream.client().verdict(), "SUCCESS");
}

TEST_P(Reauthentication, FailsWithoutTheCertificateItRequires)
{
    Client one(site, client(nullptr));
    ASSERT_TRUE(one.handshake());
    ASSERT_TRUE(one.stream.reauthenticate({.mode = VerifyClient::require}, one.out));
    one.exchange();
    EXPECT_FALSE(one.stream.is_reauthenticating());
    EXPECT_EQ(one.stream.state(), Stream::State::failed);
}

TEST_P(Reauthentication, IsContentWithoutACertificateThatIsOptional)
{
    Client one(site, client(nullptr));
    ASSERT_TRUE(one.handshake());
    ASSERT_TRUE(one.stream.reauthenticate({.mode = VerifyClient::optional}, one.out));
    one.exchange();
    EXPECT_TRUE(one.stream.is_established());
    EXPECT_FALSE(one.stream.is_reauthenticating());
    EXPECT_EQ(one.stream.client().verdict(), "NONE");
}

TEST_P(Reauthentication, HoldsTheClientToTheDepth)
{
    Client one(site, client(&client_certificate()));
    ASSERT_TRUE(one.handshake());
    ASSERT_TRUE(one.stream.reauthenticate({.mode = VerifyClient::require, .depth = 0}, one.out));
    one.exchange();
    EXPECT_EQ(one.stream.state(), Stream::State::failed);
}

TEST_P(Reauthentication, ChecksAgainWhatWasShown)
{
    Client one(site, client(&client_certificate()));
    ASSERT_TRUE(one.handshake());
    EXPECT_FALSE(one.stream.verify_again({.mode = VerifyClient::require})) << "nothing was shown";
    ASSERT_TRUE(one.stream.reauthenticate({.mode = VerifyClient::require}, one.out));
    one.exchange();
    EXPECT_TRUE(one.stream.verify_again({.mode = VerifyClient::require}));
    EXPECT_FALSE(one.stream.verify_again({.mode = VerifyClient::require, .depth = 0}));
    EXPECT_EQ(one.stream.client().verdict(), "FAILED:certificate chain too long");
}

TEST_P(Reauthentication, LeavesNoSessionForOthers)
{
    Client one(site, client(&client_certificate()));
    ASSERT_TRUE(one.handshake());
    ASSERT_TRUE(one.stream.reauthenticate({.mode = VerifyClient::require}, one.out));
    one.exchange();
    ASSERT_FALSE(one.sessions.empty());
    Client again(site, [&](SSL_CTX* context, SSL* ssl) {
        client(nullptr)(context, ssl);
        SSL_set_session(ssl, one.sessions.back().get());
    });
    ASSERT_TRUE(again.handshake());
    EXPECT_FALSE(again.stream.is_resumed());
    EXPECT_EQ(again.stream.client().verdict(), "NONE");
}

INSTANTIATE_TEST_SUITE_P(Versions, Reauthentication,
                         ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION), [](const auto& one) {
                             return one.param == TLS1_2_VERSION ? "Tls12" : "Tls13";
                         });

TEST(PostHandshakeAuthentication, KeepsOnlyClientsThatCanBeAskedWithOpenssl)
{
    Site site;
    Settings settings;
    settings.client.may_ask_later = true;
    site.add("", {&server_certificate()}, settings);
    for (const bool later : {false, true}) {
        Client one(site, [later](SSL_CTX* context, SSL* ssl) {
            test::version(TLS1_3_VERSION)(context, ssl);
            SSL_set_post_handshake_auth(ssl, later ? 1 : 0);
        });
        ASSERT_TRUE(one.handshake());
        EXPECT_EQ(one.stream.has_left_openssl(), !later);
        EXPECT_EQ(one.stream.may_reauthenticate(), later);
    }
}

} // namespace
} // namespace signet::tls
