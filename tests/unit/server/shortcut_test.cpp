// Which heads may take the short way: only those that ask for nothing but their target.
#include "server/shortcut.h"

#include <gtest/gtest.h>
#include <string>

namespace signet::server {
namespace {

// "host|keep-alive" of a plain head, "-" of any other.
std::string judge(std::string text)
{
    http::RequestHead head;
    http::Refusal refusal;
    if (http::parse_request_head(text, {}, head, refusal) != http::Parse::complete) return "?";
    const auto plain = plain_head(head);
    if (!plain) return "-";
    return std::string(plain->host) + (plain->asks_keep_alive ? "|keep-alive" : "|");
}

std::string with(const std::string& fields)
{
    return judge("GET /a HTTP/1.1\r\nHost: www\r\n" + fields + "\r\n");
}

TEST(Shortcut, FieldsThatChangeNothingAreNoObstacle)
{
    EXPECT_EQ(with(""), "www|");
    EXPECT_EQ(with("User-Agent: x\r\nAccept: */*\r\nCookie: a=b\r\nIf: x\r\nI-F-: x\r\n"), "www|");
    EXPECT_EQ(with("connection: Keep-Alive\r\n"), "www|keep-alive");
}

TEST(Shortcut, FieldsThatMatterTakeTheOrdinaryWay)
{
    for (const char* field :
         {"Range: bytes=0-1", "range: bytes=0-1", "If-Match: *", "if-none-match: \"x\"",
          "If-Modified-Since: x", "If-Unmodified-Since: x", "If-Range: x", "Expect: 100-continue",
          "Upgrade: h2c", "Content-Length: 0", "Transfer-Encoding: chunked", "Connection: close",
          "Connection: keep-alive, Upgrade", "Connection: TE", "Host: other"}) {
        EXPECT_EQ(with(std::string(field) + "\r\n"), "-") << field;
    }
    EXPECT_EQ(with("Connection: keep-alive\r\nConnection: keep-alive\r\n"), "-");
}

TEST(Shortcut, OnlyGetOfHttp11WithAHost)
{
    EXPECT_EQ(judge("HEAD /a HTTP/1.1\r\nHost: www\r\n\r\n"), "-");
    EXPECT_EQ(judge("POST /a HTTP/1.1\r\nHost: www\r\n\r\n"), "-");
    EXPECT_EQ(judge("GET /a HTTP/1.0\r\nHost: www\r\n\r\n"), "-");
    EXPECT_EQ(judge("GET /a HTTP/1.1\r\n\r\n"), "-");
    EXPECT_EQ(judge("GET /a HTTP/1.1\r\nHost:\r\n\r\n"), "-");
}

} // namespace
} // namespace signet::server
