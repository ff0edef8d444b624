#include "tls/stream.h"

#include "tls/policy.h"
#include "unit/tls/support.h"

namespace signet::tls {
namespace {

using test::Client;
using test::Made;
using test::Site;
using test::version;

const Made& ecdsa()
{
    static const Made made = test::make({.common_name = "ecdsa"});
    return made;
}
const Made& rsa()
{
    static const Made made = test::make({.common_name = "rsa", .kind = "RSA"});
    return made;
}

// A protocol version and who does its records.
struct Way {
    int version;
    bool own_records;
};
class EachVersion : public testing::TestWithParam<Way> {
protected:
    static int number() { return GetParam().version; }
    Site site;

    void SetUp() override { site.own_records = GetParam().own_records; }
};

TEST_P(EachVersion, CarriesBytesBothWays)
{
    site.add("", {&ecdsa()});
    Client client(site, version(number()));
    ASSERT_TRUE(client.handshake()) << client.stream.failure().text;
    EXPECT_EQ(client.stream.has_left_openssl(),
              number() == TLS1_3_VERSION && GetParam().own_records);
    client.client_write("GET / HTTP/1.1\r\n\r\n");
    client.exchange();
    EXPECT_EQ(client.server_got, "GET / HTTP/1.1\r\n\r\n");
    client.stream.write("answer", client.out);
    client.exchange();
    EXPECT_EQ(client.client_got, "answer");
    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_P(EachVersion, WorksWithBytesArrivingOneByOne)
{
    site.add("", {&ecdsa()});
    Client client(site, version(number()));
    client.step = 1;
    ASSERT_TRUE(client.handshake()) << client.stream.failure().text;
    const std::string text(40000, 'x');
    client.client_write(text);
    client.exchange();
    EXPECT_EQ(client.server_got, text);
}

TEST_P(EachVersion, WorksWhateverTheFragmentation)
{
    site.add("", {&ecdsa()});
    for (size_t step = 2; step < 700; step += 13) {
        Client client(site, version(number()));
        client.step = step;
        ASSERT_TRUE(client.handshake()) << step;
        client.client_write("one");
        client.client_write(std::string(500, 'y'));
        client.client_write("three");
        client.exchange();
        EXPECT_EQ(client.server_got, "one" + std::string(500, 'y') + "three") << step;
    }
}

TEST_P(EachVersion, RequestsSentRightBehindTheHandshakeAreRead)
{
    site.add("", {&ecdsa()});
    Client client(site, version(number()));
    SSL_do_handshake(client.ssl.get());
    client.give_server(client.take_from_client());
    client.give_client(client.take_from_server());
    if (SSL_do_handshake(client.ssl.get()) == 1) client.client_write("early bird");
    ERR_clear_error();
    client.exchange();
    if (number() == TLS1_3_VERSION) {
        EXPECT_EQ(client.server_got, "early bird");
    } else {
        EXPECT_TRUE(client.stream.is_established());
    }
}

TEST_P(EachVersion, ReadCopiesAndKeepsTheRest)
{
    site.add("", {&ecdsa()});
    Client client(site, version(number()));
    ASSERT_TRUE(client.handshake());
    client.client_write("0123456789");
    client.client_write("abcdef");
    std::string bytes = client.take_from_client();
    client.stream.receive(bytes, client.out);
    std::string got;
    char three[3];
    bool wiped = false;
    while (const size_t count = client.stream.read(three, client.out)) {
        got.append(three, count);
        if (!wiped) std::fill(bytes.begin(), bytes.end(), '\xee'); // kept inside by now
        wiped = true;
    }
    EXPECT_EQ(got, "0123456789abcdef");
}

TEST_P(EachVersion, HoldKeepsWhatWasNotTaken)
{
    site.add("", {&ecdsa()});
    Client client(site, version(number()));
    ASSERT_TRUE(client.handshake());
    for (const char* text : {"first", "second", "third"}) client.client_write(text);
    std::string bytes = client.take_from_client();
    client.stream.receive(bytes, client.out);
    auto piece = client.stream.next(client.out);
    EXPECT_EQ(std::string(piece.data(), piece.size()), "first");
    client.stream.hold();
    EXPECT_TRUE(client.stream.has_held());
    std::fill(bytes.begin(), bytes.end(), '\xee');
    client.client_write("fourth");
    client.give_server(client.take_from_client());
    EXPECT_EQ(client.server_got, "secondthirdfourth");
    EXPECT_FALSE(client.stream.has_held());
}

TEST_P(EachVersion, LongBodiesArriveWhole)
{
    site.add("", {&ecdsa()});
    Client client(site, version(number()));
    ASSERT_TRUE(client.handshake());
    std::string body;
    for (int i = 0; i < 300000; i++) body += static_cast<char>('a' + i % 26);
    client.stream.write(body, client.out);
    const std::string_view pieces[] = {"head", "", body, "tail"};
    client.stream.write(pieces, client.out, true);
    auto room = client.stream.prepare(client.out);
    ASSERT_GE(room.size(), 16384U);
    std::fill_n(room.begin(), 16384, 'z');
    client.stream.commit(16384, client.out, true);
    (void)client.stream.prepare(client.out);
    client.stream.commit(0, client.out);
    client.exchange();
    EXPECT_EQ(client.client_got, body + "head" + body + "tail" + std::string(16384, 'z'));
}

TEST_P(EachVersion, CloseNotifyIsUnderstoodBothWays)
{
    site.add("", {&ecdsa()});
    Client client(site, version(number()));
    ASSERT_TRUE(client.handshake());
    client.client_write("last");
    SSL_shutdown(client.ssl.get());
    client.give_server(client.take_from_client());
    EXPECT_EQ(client.server_got, "last");
    EXPECT_EQ(client.stream.state(), Stream::State::closed);
    client.stream.write("answer all the same", client.out);
    client.stream.close(client.out);
    client.stream.close(client.out);
    client.give_client(client.take_from_server());
    client.client_read();
    EXPECT_EQ(client.client_got, "answer all the same");
    EXPECT_TRUE(client.client_saw_close);
    client.stream.end_of_input();
    EXPECT_EQ(client.stream.state(), Stream::State::closed);
}

TEST_P(EachVersion, AnEndWithoutCloseNotifyIsATruncation)
{
    site.add("", {&ecdsa()});
    Client client(site, version(number()));
    ASSERT_TRUE(client.handshake());
    client.stream.end_of_input();
    EXPECT_EQ(client.stream.state(), Stream::State::failed);
    EXPECT_EQ(client.stream.failure().id, record_truncated);
}

TEST_P(EachVersion, AChangedRecordFailsWithAnAlert)
{
    site.add("", {&ecdsa()});
    Client client(site, version(number()));
    ASSERT_TRUE(client.handshake());
    client.client_write("some text");
    std::string bytes = client.take_from_client();
    bytes.back() = static_cast<char>(bytes.back() ^ 1);
    client.give_server(bytes);
    EXPECT_EQ(client.stream.state(), Stream::State::failed);
    EXPECT_EQ(client.stream.failure().id, record_bad);
    EXPECT_EQ(client.stream.failure().alert, 20);
    EXPECT_FALSE(client.stream.failure().by_peer);
    client.exchange();
    EXPECT_NE(client.client_error.find("bad record mac"), std::string::npos) << client.client_error;
    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST_P(EachVersion, ATooLongRecordIsRefusedAtItsHeader)
{
    site.add("", {&ecdsa()});
    Client client(site, version(number()));
    ASSERT_TRUE(client.handshake());
    client.give_server(std::string("\x17\x03\x03\x7f\xff", 5));
    EXPECT_EQ(client.stream.state(), Stream::State::failed);
    EXPECT_EQ(client.stream.failure().id, record_bad);
}

TEST_P(EachVersion, AlpnFollowsTheServersPreference)
{
    site.add("", {&ecdsa()});
    Client client(site, [](SSL_CTX*, SSL* ssl) {
        SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>("\x08http/1.1\x02h2"), 12);
    });
    SSL_set_max_proto_version(client.ssl.get(), number());
    ASSERT_TRUE(client.handshake());
    EXPECT_EQ(client.stream.alpn(), "h2");
}

TEST_P(EachVersion, AnEcdsaCertificateIsPreferredAndRsaTheFallback)
{
    site.add("", {&rsa(), &ecdsa()});
    Client modern(site, version(number()));
    ASSERT_TRUE(modern.handshake());
    EXPECT_EQ(modern.shown_name(), "ecdsa");
    Client old(site, [](SSL_CTX*, SSL* ssl) {
        SSL_set_max_proto_version(ssl, number());
        SSL_set1_sigalgs_list(ssl, "RSA-PSS+SHA256:RSA+SHA256");
    });
    ASSERT_TRUE(old.handshake()) << old.stream.failure().text;
    EXPECT_EQ(old.shown_name(), "rsa");
}

TEST_P(EachVersion, ManyConnectionsMayBeIdleAndGoOn)
{
    site.add("", {&ecdsa()});
    Client client(site, version(number()));
    ASSERT_TRUE(client.handshake());
    for (int i = 0; i < 3; i++) {
        client.stream.idle();
        client.stream.cool();
        client.client_write("question");
        client.exchange();
        client.stream.write("answer", client.out);
        client.exchange();
    }
    EXPECT_EQ(client.server_got, "questionquestionquestion");
    EXPECT_EQ(client.client_got, "answeransweranswer");
}

INSTANTIATE_TEST_SUITE_P(Tls, EachVersion,
                         testing::Values(Way{TLS1_2_VERSION, true}, Way{TLS1_3_VERSION, false},
                                         Way{TLS1_3_VERSION, true}),
                         [](const auto& one) {
                             if (one.param.version == TLS1_2_VERSION) return "V12";
                             return one.param.own_records ? "V13" : "V13ByOpenSsl";
                         });

TEST(Stream, TheVhostDecidesVersionsAndCertificate)
{
    Site site;
    site.add("", {&rsa()}, {.protocols = {Protocols::tls1_2}});
    site.add("new.example.com", {&ecdsa()}, {.protocols = {Protocols::tls1_3}});
    const auto with_name = [](int number) {
        return [number](SSL_CTX*, SSL* ssl) {
            SSL_set_tlsext_host_name(ssl, "New.Example.Com");
            SSL_set_max_proto_version(ssl, number);
        };
    };
    Client modern(site, with_name(TLS1_3_VERSION));
    ASSERT_TRUE(modern.handshake());
    EXPECT_EQ(modern.stream.protocol(), "TLSv1.3");
    EXPECT_EQ(modern.shown_name(), "ecdsa");
    EXPECT_EQ(modern.stream.server_name(), "new.example.com");
    EXPECT_EQ(modern.stream.context(), site.selector.by_name["new.example.com"]);

    Client old(site, with_name(TLS1_2_VERSION));
    EXPECT_FALSE(old.handshake());
    EXPECT_EQ(old.stream.failure().id, handshake_no_shared_protocol);
    EXPECT_NE(old.client_error.find("protocol version"), std::string::npos) << old.client_error;

    Client nameless(site);
    ASSERT_TRUE(nameless.handshake());
    EXPECT_EQ(nameless.stream.protocol(), "TLSv1.2");
    EXPECT_EQ(nameless.shown_name(), "rsa");
}

TEST(Stream, ARefusedNameGetsUnrecognizedName)
{
    Site site;
    site.add("known.example.com", {&ecdsa()});
    Client client(site, [](SSL_CTX*, SSL* ssl) { SSL_set_tlsext_host_name(ssl, "other.test"); });
    EXPECT_FALSE(client.handshake());
    EXPECT_EQ(client.stream.failure().id, handshake_unrecognized_name);
    EXPECT_NE(client.client_error.find("unrecognized name"), std::string::npos);
}

TEST(Stream, PlainHttpIsHandedBack)
{
    Site site;
    site.add("", {&ecdsa()});
    Client client(site);
    client.step = 3;
    client.give_server("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_EQ(client.stream.state(), Stream::State::plain_http);
    EXPECT_EQ(client.stream.failure().id, handshake_plain_http);
    EXPECT_EQ(client.stream.take_back(), "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    EXPECT_TRUE(client.out.empty());
}

TEST(Stream, OtherProtocolsFailAtOnce)
{
    Site site;
    site.add("", {&ecdsa()});
    for (const std::string& bytes :
         {std::string("SSH-2.0-OpenSSH\r\n"), std::string("\x80\x2e\x01\x03\x01", 5),
          std::string(5, '\0'), std::string("\x16\x03\x01\x00\x05\x02\x00\x00\x01\x00", 10),
          std::string("\x16\x03\x01\x00\x00", 5), std::string("\x16\x03\x01\xff\xff", 5)}) {
        Client client(site);
        client.give_server(bytes);
        EXPECT_EQ(client.stream.state(), Stream::State::failed) << bytes;
        EXPECT_GE(client.stream.failure().id, handshake_not_tls);
    }
}

TEST(Stream, AClientThatDistrustsUsIsClassified)
{
    Site site;
    site.add("", {&ecdsa()});
    Client client(site, [](SSL_CTX*, SSL* ssl) { SSL_set_verify(ssl, SSL_VERIFY_PEER, nullptr); });
    EXPECT_FALSE(client.handshake());
    // With TLS 1.3 the client's alert may come after we have finished: it never finishes here.
    EXPECT_EQ(client.stream.failure().id, peer_unknown_ca);
    EXPECT_NE(client.stream.failure().cause.find("authority"), std::string::npos);
    EXPECT_TRUE(client.stream.failure().by_peer);
    EXPECT_EQ(client.stream.failure().alert, SSL_AD_UNKNOWN_CA) << client.stream.failure().text;
    EXPECT_EQ(ERR_peek_error(), 0U);
}

TEST(Stream, NothingInCommonIsClassified)
{
    Site site;
    site.add("", {&ecdsa()});
    Client ciphers(site, [](SSL_CTX*, SSL* ssl) {
        SSL_set_max_proto_version(ssl, TLS1_2_VERSION);
        SSL_set_cipher_list(ssl, "ECDHE-RSA-AES128-GCM-SHA256");
    });
    EXPECT_FALSE(ciphers.handshake());
    EXPECT_EQ(ciphers.stream.failure().id, handshake_wrong_key_kind);

    Client groups(site, [](SSL_CTX*, SSL* ssl) {
        SSL_set_min_proto_version(ssl, TLS1_3_VERSION);
        SSL_set1_groups_list(ssl, "P-521");
    });
    EXPECT_FALSE(groups.handshake());
    EXPECT_EQ(groups.stream.failure().id, handshake_no_shared_group)
        << groups.stream.failure().text;

    Client alpn(site, [](SSL_CTX*, SSL* ssl) {
        SSL_set_alpn_protos(ssl,
                            reinterpret_cast<const unsigned char*>("\x03"
                                                                   "foo"),
                            4);
    });
    EXPECT_FALSE(alpn.handshake());
    EXPECT_EQ(alpn.stream.failure().id, handshake_no_application_protocol);
}

TEST(Stream, AClosedHandshakeIsClassified)
{
    Site site;
    site.add("", {&ecdsa()});
    Client client(site);
    SSL_do_handshake(client.ssl.get());
    const std::string hello = client.take_from_client();
    client.give_server(hello.substr(0, hello.size() / 2));
    client.stream.end_of_input();
    EXPECT_EQ(client.stream.failure().id, handshake_closed_early);
    EXPECT_NE(client.stream.failure().text.find("bytes of the ClientHello"), std::string::npos);
}

TEST(Stream, RenegotiationByTheClientIsRefusedAndHarmless)
{
    Site site;
    site.add("", {&ecdsa()});
    Client client(site, version(TLS1_2_VERSION));
    ASSERT_TRUE(client.handshake());
    EXPECT_EQ(SSL_renegotiate(client.ssl.get()), 1);
    SSL_do_handshake(client.ssl.get());
    client.give_server(client.take_from_client());
    EXPECT_EQ(client.stream.state(), Stream::State::established);
    EXPECT_FALSE(client.out.empty()) << "the no_renegotiation warning";
    EXPECT_EQ(client.stream.renegotiations_refused(), 1U);
    client.exchange(); // the client gives up with an alert of its own
    EXPECT_EQ(client.stream.failure().id, renegotiation_refused) << client.stream.failure().text;
}

TEST(Stream, TruncatedHellosNeverCrash)
{
    Site site;
    site.add("", {&ecdsa()});
    Client whole(site);
    SSL_do_handshake(whole.ssl.get());
    const std::string hello = whole.take_from_client();
    for (size_t at = 0; at < hello.size(); at++) {
        for (const int flip : {0x01, 0x80, 0xff}) {
            Client client(site);
            std::string bytes = hello;
            bytes[at] = static_cast<char>(bytes[at] ^ flip);
            client.give_server(bytes);
            client.stream.end_of_input();
            ASSERT_NE(client.stream.state(), Stream::State::established);
            ASSERT_EQ(ERR_peek_error(), 0U);
        }
    }
}

TEST(Stream, SmallRecordsStartAColdLongBody)
{
    Site site;
    site.add("", {&ecdsa()});
    Client client(site);
    ASSERT_TRUE(client.handshake());
    const auto record_sizes = [&] {
        std::vector<size_t> sizes;
        const std::string bytes = client.take_from_server();
        for (size_t at = 0; at + 5 <= bytes.size();) {
            const size_t size = static_cast<size_t>(static_cast<unsigned char>(bytes[at + 3])) << 8
                                | static_cast<unsigned char>(bytes[at + 4]);
            sizes.push_back(size);
            at += 5 + size;
        }
        return sizes;
    };
    client.stream.write(std::string(16384, 'x'), client.out);
    EXPECT_EQ(record_sizes(), std::vector<size_t>{16384 + 17}) << "an answer of one record";
    client.stream.write(std::string(16384, 'x'), client.out, true);
    EXPECT_EQ(record_sizes().size(), 12U);
    client.stream.write(std::string(100000, 'x'), client.out, true);
    (void)record_sizes();
    client.stream.write(std::string(16384, 'x'), client.out, true);
    EXPECT_EQ(record_sizes().size(), 1U) << "warm";
    client.stream.cool();
    client.stream.write(std::string(16384, 'x'), client.out, true);
    EXPECT_EQ(record_sizes().size(), 12U);
}

} // namespace
} // namespace signet::tls
