// TLS 1.3 early data through a Stream: taken once per ticket, answered before the handshake is
// over.
#include "tls/external_cache.h"
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

Settings taking(uint32_t bytes = 16384)
{
    return {.max_early_data = bytes};
}

pki::SslSessionPtr session_of(Site& site)
{
    Client first(site, test::version(TLS1_3_VERSION));
    EXPECT_TRUE(first.handshake()) << first.stream.failure().text;
    return first.sessions.empty() ? nullptr : std::move(first.sessions.back());
}

// A client that comes back and has sent `text` with its first packet.
struct Returning : Client {
    Returning(Site& site, SSL_SESSION* session, std::string_view text)
        : Client(site, [&](SSL_CTX* context, SSL* one) {
            test::version(TLS1_3_VERSION)(context, one);
            // OpenSSL itself uses a session once.
            SSL_set_session(one, pki::SslSessionPtr(SSL_SESSION_dup(session)).get());
        })
    {
        size_t written = 0;
        EXPECT_EQ(SSL_write_early_data(ssl.get(), text.data(), text.size(), &written), 1);
        EXPECT_EQ(written, text.size());
    }
    void arrive() { give_server(take_from_client()); }
    [[nodiscard]] bool was_taken() const
    {
        return SSL_get_early_data_status(ssl.get()) == SSL_EARLY_DATA_ACCEPTED;
    }
};

void is_answered_early(Site& site, size_t step)
{
    auto session = session_of(site);
    ASSERT_TRUE(session);
    EXPECT_EQ(SSL_SESSION_get_max_early_data(session.get()), 16384U);
    for (int i = 0; i < 3; i++) {
        Returning client(site, session.get(), "early");
        client.step = step;
        client.arrive();
        ASSERT_TRUE(client.stream.is_early()) << client.stream.failure().text;
        EXPECT_EQ(client.server_got, "early");
        EXPECT_EQ(client.stream.protocol(), "TLSv1.3");
        EXPECT_TRUE(client.stream.is_resumed());
        client.stream.write("first, ", client.out);
        client.stream.write("second, ", client.out);
        client.exchange();
        ASSERT_TRUE(client.stream.is_established()) << client.stream.failure().text;
        EXPECT_TRUE(client.was_taken());
        EXPECT_EQ(client.stream.has_left_openssl(), site.own_records);
        EXPECT_EQ(client.stream.early_data_refusal(), EarlyDataRefusal::none);
        client.client_write(" and later");
        client.exchange();
        EXPECT_EQ(client.server_got, "early and later");
        client.stream.write("third", client.out);
        client.exchange();
        EXPECT_EQ(client.client_got, "first, second, third");
        ASSERT_FALSE(client.sessions.empty());
        session = std::move(client.sessions.back());
    }
}

TEST(EarlyData, IsAnsweredBeforeTheHandshakeIsOver)
{
    for (const bool own : {true, false}) {
        Site site;
        site.own_records = own;
        ASSERT_TRUE(site.add("", {&certificate()}, taking()));
        is_answered_early(site, size_t{1} << 20);
        is_answered_early(site, 1);
    }
}

TEST(EarlyData, IsAnsweredWithMoreThanARecord)
{
    Site site;
    site.add("", {&certificate()}, taking());
    const auto session = session_of(site);
    Returning client(site, session.get(), "early");
    client.arrive();
    const std::string large(200000, 'x');
    client.stream.write(large, client.out);
    client.exchange();
    EXPECT_EQ(client.client_got, large);
    client.stream.write("!", client.out);
    client.exchange();
    EXPECT_EQ(client.client_got, large + "!");
}

TEST(EarlyData, ComesInSeveralPieces)
{
    Site site;
    site.add("", {&certificate()}, taking());
    const auto session = session_of(site);
    Returning client(site, session.get(), "one ");
    client.arrive();
    size_t written = 0;
    ASSERT_EQ(SSL_write_early_data(client.ssl.get(), "two", 3, &written), 1);
    client.arrive();
    EXPECT_TRUE(client.stream.is_early());
    EXPECT_EQ(client.server_got, "one two");
    client.exchange();
    EXPECT_TRUE(client.stream.is_established());
}

TEST(EarlyData, IsTakenOncePerTicketAndThenTheHandshakeGoesOnWithoutIt)
{
    Site site;
    site.add("", {&certificate()}, taking());
    const auto session = session_of(site);
    {
        Returning client(site, session.get(), "early");
        client.arrive();
        EXPECT_TRUE(client.stream.is_early());
    }
    Returning again(site, session.get(), "early");
    again.arrive();
    EXPECT_FALSE(again.stream.is_early());
    EXPECT_EQ(again.server_got, "");
    again.exchange();
    EXPECT_TRUE(again.stream.is_established());
    EXPECT_TRUE(again.stream.is_resumed());
    EXPECT_FALSE(again.was_taken());
    EXPECT_EQ(again.stream.early_data_refusal(), EarlyDataRefusal::spent);
    again.client_write("late");
    again.stream.write("answer", again.out);
    again.exchange();
    EXPECT_EQ(again.server_got, "late");
    EXPECT_EQ(again.client_got, "answer");
}

// What an attacker has: the bytes of the first packet.
TEST(EarlyData, OfARecordedPacketIsNotTaken)
{
    Site site;
    site.add("", {&certificate()}, taking());
    const auto session = session_of(site);
    Returning client(site, session.get(), "early");
    const std::string packet = client.take_from_client();
    client.give_server(packet);
    EXPECT_EQ(client.server_got, "early");
    Client replay(site);
    replay.give_server(packet);
    EXPECT_TRUE(replay.stream.in_handshake());
    EXPECT_FALSE(replay.stream.is_early());
    EXPECT_EQ(replay.server_got, "");
}

TEST(EarlyData, IsNotTakenUnlessAskedFor)
{
    Site site;
    site.add("", {&certificate()});
    const auto session = session_of(site);
    EXPECT_EQ(SSL_SESSION_get_max_early_data(session.get()), 0U);
    EXPECT_FALSE(site.all.back()->takes_early_data());
}

// The client has a ticket for it from before it was switched off.
TEST(EarlyData, OfAnotherHostIsSkipped)
{
    Site site;
    site.add("", {&certificate()}, taking());
    const auto session = session_of(site);
    site.add("", {&certificate()});
    Returning client(site, session.get(), "early");
    client.exchange();
    EXPECT_TRUE(client.stream.is_established()) << client.stream.failure().text;
    EXPECT_FALSE(client.was_taken());
    EXPECT_EQ(client.server_got, "");
}

TEST(EarlyData, NeedsNoTicketWhereThereIsASessionCache)
{
    Site site;
    auto settings = taking();
    settings.session_tickets = false;
    site.add("", {&certificate()}, settings);
    const auto session = session_of(site);
    for (const bool taken : {true, false}) {
        Returning client(site, session.get(), "early");
        client.exchange();
        EXPECT_TRUE(client.stream.is_established());
        EXPECT_EQ(client.was_taken(), taken);
    }
}

TEST(EarlyData, OfMoreThanWasAllowedEndsTheConnection)
{
    Site site;
    site.add("", {&certificate()}, taking(1000));
    auto session = session_of(site);
    SSL_SESSION_set_max_early_data(session.get(), 100000);
    Returning client(site, session.get(), std::string(1200, 'x'));
    client.arrive();
    EXPECT_EQ(client.stream.state(), Stream::State::failed);
    EXPECT_EQ(client.server_got, "");
}

TEST(EarlyData, WithTicketsOfAnEarlierServerIsNotTaken)
{
    Site before;
    before.add("", {&certificate()}, taking());
    const auto session = session_of(before);
    Site site;
    site.tickets.emplace(*TicketKeys::restore(before.tickets->save().bytes()));
    site.add("", {&certificate()}, taking());
    Returning client(site, session.get(), "early");
    client.exchange();
    EXPECT_TRUE(client.stream.is_resumed());
    EXPECT_FALSE(client.was_taken());
    EXPECT_EQ(client.stream.early_data_refusal(), EarlyDataRefusal::old_ticket);
}

TEST(EarlyData, EndsWithTheClientThatLeaves)
{
    Site site;
    site.add("", {&certificate()}, taking());
    const auto session = session_of(site);
    Returning client(site, session.get(), "early");
    client.arrive();
    client.stream.end_of_input();
    EXPECT_EQ(client.stream.state(), Stream::State::failed);
    EXPECT_TRUE(client.stream.failure().in_handshake);
}

// --- where several servers open a ticket -------------------------------------------------------

class NoCache final : public ExternalCache {
public:
    [[nodiscard]] std::string name() const override { return "none"; }
    [[nodiscard]] Result<std::optional<std::string>> find(std::string_view) override
    {
        return std::nullopt;
    }
    [[nodiscard]] Result<void> store(std::string_view, std::string_view,
                                     std::chrono::seconds) override
    {
        return {};
    }
    [[nodiscard]] Result<bool> claim(std::string_view, std::chrono::seconds) override
    {
        return false;
    }
};

struct SharedSite : Site {
    SharedSite()
        : Site(false)
        , store(*ExternalSessions::create(std::make_unique<NoCache>()))
    {
        contexts = std::make_unique<Contexts>(nullptr, &*tickets, &store, nullptr, &spent);
        auto settings = taking();
        settings.ticket_key_file = directory.put("ticket.key", std::string(48, 'k'));
        add("", {&certificate()}, settings);
    }
    ~SharedSite()
    {
        all.clear();
        contexts.reset();
    }
    ExternalSessions store;
};

TEST(EarlyDataOfManyServers, WaitsUntilTheStoreHasBeenAsked)
{
    SharedSite site;
    const auto session = session_of(site);
    std::string id;
    for (const bool granted : {true, false}) {
        Returning client(site, session.get(), "early");
        client.arrive();
        const auto* claim = client.stream.early_data_claim();
        ASSERT_NE(claim, nullptr);
        EXPECT_EQ(claim->id.size(), 32U);
        EXPECT_EQ(claim->lifetime.count(), 300);
        EXPECT_TRUE(id.empty() || claim->id == id) << "the same ticket";
        id = claim->id;
        EXPECT_TRUE(client.out.empty());
        client.stream.grant(granted, client.out);
        EXPECT_EQ(client.stream.early_data_claim(), nullptr);
        EXPECT_EQ(client.stream.is_early(), granted);
        client.exchange();
        EXPECT_TRUE(client.stream.is_established()) << client.stream.failure().text;
        EXPECT_EQ(client.was_taken(), granted);
    }
}

TEST(EarlyDataOfManyServers, LosesNothingWhenTheClientLeavesMeanwhile)
{
    SharedSite site;
    const auto session = session_of(site);
    {
        Returning client(site, session.get(), "early");
        client.arrive();
        ASSERT_NE(client.stream.early_data_claim(), nullptr);
    }
    Returning client(site, session.get(), "early");
    client.arrive();
    ASSERT_NE(client.stream.early_data_claim(), nullptr);
    client.stream.end_of_input();
    EXPECT_EQ(client.stream.state(), Stream::State::failed);
    client.stream.grant(true, client.out);
    EXPECT_EQ(client.stream.state(), Stream::State::failed);
}

} // namespace
} // namespace signet::tls
