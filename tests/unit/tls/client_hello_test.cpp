#include "tls/client_hello.h"

#include "unit/tls/support.h"

#include <algorithm>

namespace signet::tls {
namespace {

using namespace std::literals;

TEST(Opening, FirstBytesTellWhatTheClientSpeaks)
{
    const std::pair<std::string, Opening> cases[] = {
        {"", Opening::incomplete},
        {"\x16"s, Opening::incomplete},
        {"\x16\x03\x01"s, Opening::tls},
        {"\x16\x02"s, Opening::other},
        {"GET / HTTP/1.1", Opening::plain_http},
        {"GE", Opening::incomplete},
        {"P", Opening::incomplete},
        {"POST /", Opening::plain_http},
        {"PROPFIND / HTTP/1.1", Opening::plain_http},
        {"\r\nGET /", Opening::plain_http},
        {"GET\t/", Opening::other},
        {"PROXY TCP4 ", Opening::proxy_header},
        {"\r\n\r\n\0\r\nQUIT\n\x21"s, Opening::proxy_header},
        {"SSH-2.0-x", Opening::ssh},
        {"PRI * HTTP/2.0\r\n", Opening::http2_preface},
        {"PRI", Opening::incomplete},
        {"PRINT / HTTP/1.1", Opening::plain_http},
        {"EHLO mail.example", Opening::mail},
        {"HELO x", Opening::mail},
        {"\x80\x2e\x01\x03\x01"s, Opening::ssl2_hello},
        {"\x80\x2e\x05\x03\x01"s, Opening::other},
        {"\0\0\0\0"s, Opening::other},
        {std::string(30, 'A'), Opening::other},
        {"EHLO example.com", Opening::mail},
        {"{\"json\"", Opening::other},
    };
    for (const auto& [bytes, opening] : cases) EXPECT_EQ(classify(bytes), opening) << bytes;
}

std::string hello_of(const test::Client::Configure& configure)
{
    test::Site site;
    test::Client client(site, configure);
    SSL_do_handshake(client.ssl.get());
    ERR_clear_error();
    return client.take_from_client();
}

std::string full_hello()
{
    return hello_of([](SSL_CTX*, SSL* ssl) {
        SSL_set_tlsext_host_name(ssl, "WWW.Example.COM.");
        SSL_set_alpn_protos(ssl, reinterpret_cast<const unsigned char*>("\x02h2\x08http/1.1"), 12);
    });
}

TEST(ClientHello, IsReadWithAllWeNeed)
{
    ClientHello hello;
    const auto complete = read_client_hello(full_hello(), hello);
    ASSERT_TRUE(complete);
    EXPECT_TRUE(*complete);
    EXPECT_EQ(hello.server_name, "www.example.com");
    EXPECT_EQ(hello.alpn, (std::vector<std::string>{"h2", "http/1.1"}));
    EXPECT_TRUE(hello.offers("h2"));
    EXPECT_FALSE(hello.offers("h3"));
    ASSERT_FALSE(hello.versions.empty());
    EXPECT_EQ(hello.versions.front(), 0x0304);
    EXPECT_NE(std::ranges::find(hello.groups, 29), hello.groups.end());
    EXPECT_NE(std::ranges::find(hello.signature_algorithms, 0x0403),
              hello.signature_algorithms.end());
    EXPECT_NE(std::ranges::find(hello.suites, 0x1301), hello.suites.end());
    EXPECT_FALSE(hello.resumes);
}

TEST(ClientHello, OldClientsNameTheirVersionOnce)
{
    ClientHello hello;
    (void)read_client_hello(hello_of(test::version(TLS1_2_VERSION)), hello);
    EXPECT_EQ(hello.versions.front(), 0x0303);
    EXPECT_EQ(std::ranges::find(hello.versions, 0x0304), hello.versions.end());
}

TEST(ClientHello, WantsMoreBytesUntilItIsComplete)
{
    const std::string whole = full_hello();
    for (size_t size = 0; size < whole.size(); size++) {
        ClientHello hello;
        const auto complete = read_client_hello(whole.substr(0, size), hello);
        ASSERT_TRUE(complete) << size;
        EXPECT_FALSE(*complete) << size;
    }
}

TEST(ClientHello, MayBeSpreadOverRecords)
{
    const std::string whole = full_hello();
    const std::string body = whole.substr(5);
    for (const size_t step : {1U, 3U, 4U, 100U}) {
        std::string spread;
        for (size_t at = 0; at < body.size(); at += step) {
            const auto piece = body.substr(at, step);
            spread += "\x16\x03\x01\x00"s + static_cast<char>(piece.size()) + piece;
        }
        ClientHello hello;
        const auto complete = read_client_hello(spread, hello);
        ASSERT_TRUE(complete && *complete) << step;
        EXPECT_EQ(hello.server_name, "www.example.com");
        const auto less = read_client_hello(spread.substr(0, spread.size() - 1), hello);
        ASSERT_TRUE(less);
        EXPECT_FALSE(*less);
    }
}

TEST(ClientHello, LongOnesAreRefusedEarly)
{
    ClientHello hello;
    const auto complete = read_client_hello("\x16\x03\x01\x40\x00\x01\x00\xff\xff"s, hello);
    ASSERT_FALSE(complete);
    EXPECT_EQ(complete.error().kind, Error::Kind::too_large);
}

TEST(ClientHello, TooManyRecordsAreRefused)
{
    std::string spread("\x16\x03\x01\x00\x04\x01\x00\x10\x00"s); // 4096 bytes to come
    for (int i = 0; i < 1024; i++) spread += "\x16\x03\x01\x00\x01x"s;
    ClientHello hello;
    const auto complete = read_client_hello(spread, hello);
    ASSERT_FALSE(complete);
    EXPECT_EQ(complete.error().kind, Error::Kind::too_large);
}

TEST(ClientHello, NamesThatAreNoHostNamesAreIgnored)
{
    for (const char* name : {"a b", "x\ny", "<script>", "a/b", "%41"}) {
        ClientHello hello;
        ASSERT_TRUE(read_client_hello(
            hello_of([name](SSL_CTX*, SSL* ssl) { SSL_set_tlsext_host_name(ssl, name); }), hello));
        EXPECT_EQ(hello.server_name, "") << name;
    }
}

TEST(ClientHello, DamagedOnesNeverReadBeyondTheirEnd)
{
    const std::string whole = full_hello();
    for (size_t at = 5; at < whole.size(); at++) {
        for (int value = 0; value < 256; value += 17) {
            std::string bytes = whole;
            bytes[at] = static_cast<char>(value);
            ClientHello hello;
            (void)read_client_hello(bytes, hello); // ASan watches
        }
    }
}

} // namespace
} // namespace signet::tls
