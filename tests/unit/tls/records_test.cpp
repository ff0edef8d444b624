#include "tls/records.h"

#include "tls/policy.h"
#include "unit/tls/support.h"

#include <array>

namespace signet::tls {
namespace {

using Kind = Records::Kind;

constexpr char alert_type = 21;
constexpr char handshake_type = 22;

// Two ends with each other's secrets.
struct Pair {
    explicit Pair(uint16_t suite = 0x1301, uint64_t sequence = 0)
    {
        const size_t size = suite == 0x1302 ? 48 : 32;
        std::vector<unsigned char> client(size, 1);
        std::vector<unsigned char> server(size, 2);
        ours = Records::create(suite, client, server, sequence, sequence);
        theirs = Records::create(suite, server, client, sequence, sequence);
    }

    std::string take(Chain& chain)
    {
        std::string text;
        iovec one;
        while (chain.peek(&one, 1) == 1) {
            text.append(static_cast<char*>(one.iov_base), one.iov_len);
            chain.consume(one.iov_len);
        }
        return text;
    }
    std::string sealed(std::string_view text)
    {
        std::string_view piece = text;
        EXPECT_TRUE(theirs->seal({&piece, 1}, text.size(), out));
        return take(out);
    }
    std::string message(char type, std::string_view text)
    {
        EXPECT_TRUE(theirs->seal_message(type, text, out));
        return take(out);
    }
    Records::Opened open(std::string& record) { return ours->open(record, replies); }
    // Opens all records of a text with the peer's end; the last result.
    Records::Opened answer(std::string& bytes)
    {
        Records::Opened last;
        for (size_t at = 0; at + 5 <= bytes.size();) {
            const size_t size =
                5U
                + (static_cast<size_t>(static_cast<unsigned char>(bytes[at + 3])) << 8
                   | static_cast<unsigned char>(bytes[at + 4]));
            last = theirs->open({bytes.data() + at, size}, out);
            at += size;
        }
        return last;
    }

    BlockPool pool;
    Chain out{pool};
    Chain replies{pool};
    std::unique_ptr<Records> ours;
    std::unique_ptr<Records> theirs;
};

TEST(Records, EverySuiteCarriesEverySize)
{
    for (const uint16_t suite : std::to_array<uint16_t>({0x1301, 0x1302, 0x1303})) {
        Pair pair(suite);
        ASSERT_TRUE(pair.ours && pair.theirs) << suite;
        for (const size_t size : {1U, 15U, 16U, 17U, 1000U, 2048U, 2049U, 5000U, 16383U, 16384U}) {
            std::string text;
            for (size_t i = 0; i < size; i++) text += static_cast<char>(i * 7);
            auto record = pair.sealed(text);
            EXPECT_EQ(record.size(), size + Records::overhead);
            const auto opened = pair.open(record);
            ASSERT_EQ(opened.kind, Kind::data);
            EXPECT_EQ(std::string(opened.plain.begin(), opened.plain.end()), text);
        }
    }
}

TEST(Records, UnknownSuitesStayWithOpenSsl)
{
    const std::vector<unsigned char> secret(32, 1);
    EXPECT_EQ(Records::create(0x1304, secret, secret, 0), nullptr);
    EXPECT_EQ(Records::create(0x1302, secret, secret, 0), nullptr) << "a secret of the wrong size";
}

TEST(Records, PiecesAreJoinedAndMovedOn)
{
    Pair pair;
    for (const size_t size : {10U, 3000U}) {
        const std::string body(4000, 'b');
        std::string_view pieces[] = {"head:", "", body};
        ASSERT_TRUE(pair.theirs->seal(pieces, size, pair.out));
        auto record = pair.take(pair.out);
        const auto opened = pair.open(record);
        EXPECT_EQ(std::string(opened.plain.begin(), opened.plain.end()),
                  ("head:" + body).substr(0, size));
        EXPECT_TRUE(pieces[0].empty());
        EXPECT_EQ(pieces[2].size(), 4000 - (size - 5));
    }
}

TEST(Records, AnyChangedBitIsABadRecord)
{
    for (size_t at = 0; at < 5 + 3 + 17; at++) {
        Pair pair;
        auto record = pair.sealed("abc");
        record[at] = static_cast<char>(record[at] ^ 0x10);
        const auto opened = pair.open(record);
        ASSERT_EQ(opened.kind, Kind::failed) << at;
        EXPECT_FALSE(opened.by_peer);
        auto reply = pair.take(pair.replies);
        const auto heard = pair.answer(reply);
        EXPECT_EQ(heard.kind, Kind::failed);
        EXPECT_TRUE(heard.by_peer);
        EXPECT_EQ(heard.alert, at == 0 ? 10 : 20);
        EXPECT_EQ(ERR_peek_error(), 0U);
    }
}

TEST(Records, ReplayedAndReorderedRecordsFail)
{
    Pair replay;
    auto record = replay.sealed("abc");
    std::string copy = record;
    EXPECT_EQ(replay.open(record).kind, Kind::data);
    EXPECT_EQ(replay.open(copy).alert, 20);

    Pair reorder;
    auto first = reorder.sealed("one");
    auto second = reorder.sealed("two");
    EXPECT_EQ(reorder.open(second).alert, 20);
}

TEST(Records, ShortAndForeignRecordsFail)
{
    for (const auto& [record, alert] :
         {std::pair<std::string, int>{std::string("\x17\x03\x03\x00\x00", 5), 20},
          {std::string("\x17\x03\x03\x00\x10", 5) + std::string(16, 'x'), 20},
          {std::string("\x14\x03\x03\x00\x01\x01", 6), 10},
          {std::string("\x15\x03\x03\x00\x02\x02\x28", 7), 10},
          {std::string("\x17\x03\x03\x41\x01", 5) + std::string(16641, 'x'), 22}}) {
        Pair pair;
        std::string bytes = record;
        const auto opened = pair.open(bytes);
        EXPECT_EQ(opened.kind, Kind::failed);
        EXPECT_EQ(opened.alert, alert);
    }
}

TEST(Records, PaddingIsRemovedAndNothingButPaddingFails)
{
    Pair pair;
    // data, type 23, then zeros: sealed as a message whose "type" is the last zero
    auto padded = pair.message(0, std::string("abc\x17\x00\x00\x00", 7));
    const auto opened = pair.open(padded);
    ASSERT_EQ(opened.kind, Kind::data);
    EXPECT_EQ(std::string(opened.plain.begin(), opened.plain.end()), "abc");
    auto empty = pair.message(0, std::string(100, '\0'));
    EXPECT_EQ(pair.open(empty).alert, 10);
}

TEST(Records, APlaintextTooLongIsARecordOverflow)
{
    Pair pair;
    auto record = pair.message(23, std::string(16385, 'x'));
    EXPECT_EQ(pair.open(record).alert, 22);
}

TEST(Records, KeyUpdatesAreFollowedAndAnswered)
{
    Pair pair;
    const std::string wanting("\x18\x00\x00\x01\x01", 5);
    auto update = pair.message(handshake_type, wanting);
    EXPECT_EQ(pair.open(update).kind, Kind::nothing);
    auto reply = pair.take(pair.replies);
    EXPECT_EQ(reply.size(), 5 + Records::overhead);
    EXPECT_EQ(pair.answer(reply).kind, Kind::nothing) << "a KeyUpdate that wants none";
    // The peer reads with new keys now; it still writes with old ones, which we have left.
    std::string_view text = "after";
    ASSERT_TRUE(pair.ours->seal({&text, 1}, 5, pair.replies));
    auto after = pair.take(pair.replies);
    EXPECT_EQ(pair.answer(after).kind, Kind::data);
}

TEST(Records, KeyUpdatesMayComeInPieces)
{
    Pair pair;
    for (const char c : std::string("\x18\x00\x00\x01", 4)) {
        auto piece = pair.message(handshake_type, std::string(1, c));
        EXPECT_EQ(pair.open(piece).kind, Kind::nothing);
    }
    auto data = pair.sealed("in between");
    EXPECT_EQ(pair.open(data).alert, 10) << "data inside a handshake message";
}

TEST(Records, BadHandshakeMessagesFail)
{
    for (const auto& [message, alert] :
         {std::pair<std::string, int>{std::string("\x18\x00\x00\x01\x02", 5), 47},
          {std::string("\x18\x00\x00\x02\x00", 5), 50},
          {std::string("\x04\x00\x00\x01\x00", 5), 10},
          {std::string("\x18\x00\x00\x01\x00\x18", 6), 10},
          {"", 10},
          {"\x01", 10}}) {
        Pair pair;
        auto record = pair.message(handshake_type, message);
        const auto opened = pair.open(record);
        EXPECT_EQ(opened.kind, Kind::failed);
        EXPECT_EQ(opened.alert, alert);
    }
}

TEST(Records, AlertsEndTheConnectionOrNot)
{
    const auto alert = [](std::string_view bytes) {
        Pair pair;
        auto record = pair.message(alert_type, bytes);
        return pair.open(record);
    };
    EXPECT_EQ(alert(std::string_view("\x01\x00", 2)).kind, Kind::closed);
    EXPECT_EQ(alert("\x01\x5a").kind, Kind::nothing) << "user_canceled";
    EXPECT_TRUE(alert("\x02\x28").by_peer);
    EXPECT_EQ(alert("\x01\x28").kind, Kind::failed) << "the level does not count";
    EXPECT_EQ(alert("\x02").alert, 50);
}

TEST(Records, EndlessEmptyRecordsAreRefused)
{
    Pair pair;
    for (int i = 0; i < 32; i++) {
        auto empty = pair.message(23, "");
        EXPECT_EQ(pair.open(empty).kind, Kind::nothing);
    }
    auto data = pair.sealed("counts anew");
    EXPECT_EQ(pair.open(data).kind, Kind::data);
    Kind last = Kind::nothing;
    for (int i = 0; i < 33 && last == Kind::nothing; i++) {
        auto empty = pair.message(23, "");
        last = pair.open(empty).kind;
    }
    EXPECT_EQ(last, Kind::failed);
}

TEST(Records, KeysChangeBeforeTheyWearOut)
{
    Pair pair(0x1301, uint64_t{1} << 23);
    std::string_view text = "next generation";
    ASSERT_TRUE(pair.ours->seal({&text, 1}, text.size(), pair.replies));
    auto bytes = pair.take(pair.replies);
    EXPECT_EQ(bytes.size(), 5 + 15 + 2 * Records::overhead) << "a KeyUpdate goes first";
    const auto opened = pair.answer(bytes);
    ASSERT_EQ(opened.kind, Kind::data);
    EXPECT_EQ(std::string(opened.plain.begin(), opened.plain.end()), "next generation");
}

TEST(Records, ShrinkingLosesNothing)
{
    Pair pair;
    for (int i = 0; i < 3; i++) {
        auto record = pair.sealed("text");
        pair.ours->shrink();
        pair.theirs->shrink();
        EXPECT_EQ(pair.open(record).kind, Kind::data);
    }
}

class EachSuite : public testing::TestWithParam<const char*> {};

TEST_P(EachSuite, AClientOfOpenSslMayUpdateKeysAtWill)
{
    test::Site site;
    const auto made = test::make({});
    site.add("", {&made});
    test::Client client(site, [](SSL_CTX*, SSL* ssl) { SSL_set_ciphersuites(ssl, GetParam()); });
    ASSERT_TRUE(client.handshake());
    ASSERT_TRUE(client.stream.has_left_openssl());
    EXPECT_EQ(client.stream.cipher(), GetParam());
    for (const int type : {SSL_KEY_UPDATE_NOT_REQUESTED, SSL_KEY_UPDATE_REQUESTED,
                           SSL_KEY_UPDATE_REQUESTED, SSL_KEY_UPDATE_NOT_REQUESTED}) {
        ASSERT_EQ(SSL_key_update(client.ssl.get(), type), 1);
        client.client_write("question ");
        client.exchange();
        client.stream.write("answer ", client.out);
        client.exchange();
    }
    EXPECT_EQ(client.server_got, "question question question question ");
    EXPECT_EQ(client.client_got, "answer answer answer answer ");
    EXPECT_EQ(client.client_error, "");
}

TEST_P(EachSuite, ResumedConnectionsLeaveOpenSslToo)
{
    test::Site site;
    const auto made = test::make({});
    site.add("", {&made});
    test::Client first(site, [](SSL_CTX*, SSL* ssl) { SSL_set_ciphersuites(ssl, GetParam()); });
    ASSERT_TRUE(first.handshake());
    ASSERT_FALSE(first.sessions.empty());
    test::Client second(site, [&](SSL_CTX*, SSL* ssl) {
        SSL_set_ciphersuites(ssl, GetParam());
        SSL_set_session(ssl, first.sessions.back().get());
    });
    ASSERT_TRUE(second.handshake());
    EXPECT_TRUE(second.stream.is_resumed());
    EXPECT_TRUE(second.stream.has_left_openssl());
    second.client_write("again");
    second.exchange();
    second.stream.write("and again", second.out);
    second.exchange();
    EXPECT_EQ(second.server_got, "again");
    EXPECT_EQ(second.client_got, "and again");
}

INSTANTIATE_TEST_SUITE_P(Tls13, EachSuite,
                         testing::Values("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                         "TLS_CHACHA20_POLY1305_SHA256"));

} // namespace
} // namespace signet::tls
