#include "tls/facts.h"
#include "unit/tls/support.h"

namespace signet::tls {
namespace {

using test::Client;
using test::Made;
using test::Site;

const Made& certificate()
{
    static const Made made = test::make({});
    return made;
}

// A full handshake that leaves the client a session.
pki::SslSessionPtr session_of(Site& site, const Client::Configure& configure)
{
    Client first(site, configure);
    EXPECT_TRUE(first.handshake()) << first.stream.failure().text;
    EXPECT_FALSE(first.stream.is_resumed());
    EXPECT_EQ(fact(first.stream, "SSL_SESSION_RESUMED"), "Initial");
    if (first.sessions.empty()) return nullptr;
    return std::move(first.sessions.back());
}

Client::Configure with_session(const Client::Configure& configure, SSL_SESSION* session)
{
    return [configure, session](SSL_CTX* context, SSL* ssl) {
        configure(context, ssl);
        SSL_set_session(ssl, session);
    };
}

Client::Configure without_tickets(int number)
{
    return [number](SSL_CTX*, SSL* ssl) {
        SSL_set_max_proto_version(ssl, number);
        SSL_set_options(ssl, SSL_OP_NO_TICKET);
    };
}

TEST(Resumption, ByTicketGivesANewTicketEachTimeUnderTls13)
{
    Site site;
    site.add("", {&certificate()});
    auto session = session_of(site, test::version(TLS1_3_VERSION));
    for (int i = 0; i < 5; i++) {
        ASSERT_TRUE(session);
        Client again(site, with_session(test::version(TLS1_3_VERSION), session.get()));
        ASSERT_TRUE(again.handshake());
        EXPECT_TRUE(again.stream.is_resumed()) << i;
        EXPECT_EQ(fact(again.stream, "SSL_SESSION_RESUMED"), "Resumed");
        again.client_write("x");
        again.exchange();
        EXPECT_EQ(again.server_got, "x");
        ASSERT_EQ(again.sessions.size(), 1U) << "exactly one new ticket";
        session = std::move(again.sessions.back());
    }
    EXPECT_EQ(site.cache->counters().stores, 0U) << "tickets need no cache";
}

TEST(Resumption, ByTicketUnderTls12)
{
    Site site;
    site.add("", {&certificate()});
    auto session = session_of(site, test::version(TLS1_2_VERSION));
    ASSERT_TRUE(session);
    EXPECT_EQ(SSL_SESSION_has_ticket(session.get()), 1);
    Client again(site, with_session(test::version(TLS1_2_VERSION), session.get()));
    ASSERT_TRUE(again.handshake());
    EXPECT_TRUE(again.stream.is_resumed());
}

TEST(Resumption, BySessionIdThroughTheCache)
{
    Site site;
    site.add("", {&certificate()});
    auto session = session_of(site, without_tickets(TLS1_2_VERSION));
    ASSERT_TRUE(session);
    EXPECT_EQ(site.cache->counters().sessions, 1U);
    for (int i = 0; i < 2; i++) {
        Client again(site, with_session(without_tickets(TLS1_2_VERSION), session.get()));
        ASSERT_TRUE(again.handshake());
        EXPECT_TRUE(again.stream.is_resumed());
    }
    EXPECT_EQ(site.cache->counters().hits, 2U);
}

TEST(Resumption, WithoutCacheAndTicketsThereIsNone)
{
    Site site(false);
    site.add("", {&certificate()}, {.session_tickets = false});
    for (const int number : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto session = session_of(site, test::version(number));
        if (!session) continue;
        Client again(site, with_session(test::version(number), session.get()));
        ASSERT_TRUE(again.handshake());
        EXPECT_FALSE(again.stream.is_resumed());
    }
}

TEST(Resumption, WithTicketsOffTheCacheServesTls13Too)
{
    Site site;
    site.add("", {&certificate()}, {.session_tickets = false});
    auto session = session_of(site, test::version(TLS1_3_VERSION));
    ASSERT_TRUE(session);
    EXPECT_GE(site.cache->counters().sessions, 1U);
    Client again(site, with_session(test::version(TLS1_3_VERSION), session.get()));
    ASSERT_TRUE(again.handshake());
    EXPECT_TRUE(again.stream.is_resumed());
}

TEST(Resumption, TicketsSurviveTwoRotationsAndNotThree)
{
    Site site;
    site.add("", {&certificate()});
    for (const int number : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        auto session = session_of(site, test::version(number));
        ASSERT_TRUE(session);
        for (int rotations = 1; rotations <= 3; rotations++) {
            ASSERT_TRUE(site.tickets->rotate());
            SSL_SESSION* copy = SSL_SESSION_dup(session.get());
            Client again(site, with_session(test::version(number), copy));
            SSL_SESSION_free(copy);
            ASSERT_TRUE(again.handshake());
            EXPECT_EQ(again.stream.is_resumed(), rotations <= 2) << number << " " << rotations;
        }
    }
}

TEST(Resumption, AnOldTicketIsReplacedUnderTls12)
{
    Site site;
    site.add("", {&certificate()});
    auto session = session_of(site, test::version(TLS1_2_VERSION));
    ASSERT_TRUE(site.tickets->rotate());
    Client again(site, with_session(test::version(TLS1_2_VERSION), session.get()));
    ASSERT_TRUE(again.handshake());
    EXPECT_TRUE(again.stream.is_resumed());
    const auto ticket = [](const SSL_SESSION* one) {
        const unsigned char* bytes = nullptr;
        size_t size = 0;
        SSL_SESSION_get0_ticket(one, &bytes, &size);
        return std::string(bytes, bytes + size);
    };
    EXPECT_NE(ticket(SSL_get_session(again.ssl.get())), ticket(session.get()));
}

TEST(Resumption, AKeyFileIsSharedBetweenServers)
{
    Site one;
    Site two;
    const std::string path = one.directory.put("ticket.key", std::string(47, 'k') + "!");
    one.add("", {&certificate()}, {.ticket_key_file = path});
    two.add("", {&certificate()}, {.ticket_key_file = path});
    auto session = session_of(one, test::version(TLS1_3_VERSION));
    ASSERT_TRUE(session);
    Client elsewhere(two, with_session(test::version(TLS1_3_VERSION), session.get()));
    ASSERT_TRUE(elsewhere.handshake());
    EXPECT_TRUE(elsewhere.stream.is_resumed());
}

TEST(Resumption, DamagedTicketsLeadToAFullHandshake)
{
    Site site;
    site.add("", {&certificate()});
    Site other;
    other.add("", {&certificate()});
    auto session = session_of(site, test::version(TLS1_3_VERSION));
    Client again(other, with_session(test::version(TLS1_3_VERSION), session.get()));
    ASSERT_TRUE(again.handshake());
    EXPECT_FALSE(again.stream.is_resumed());
    EXPECT_EQ(ERR_peek_error(), 0U);
}

} // namespace
} // namespace signet::tls
