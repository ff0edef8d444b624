#include "modules/mod_log_config/log_format.h"
#include "server/vhost.h"

#include <gtest/gtest.h>

namespace signet::log_format {
namespace {

class LogFormatTest : public testing::Test {
protected:
    LogFormatTest()
    {
        request.peer = &peer;
        ::setenv("TZ", "UTC", 1);
        ::tzset();
        peer.client = *net::Address::parse("192.0.2.7", 4711);
        peer.local = *net::Address::parse("198.51.100.1", 443);
        peer.requests = 3;
        request.request_line = "GET /a?b=c HTTP/1.1";
        request.method_name = "GET";
        request.uri = "/a";
        request.query = "b=c";
        request.start_micros = 1305188937052118; // 12 May 2011 08:28:57.052118
        request.headers.add("User-Agent", "curl \"7\"");
        request.headers.add("Cookie", "x=1; session=abc");
        response.status = 200;
        response.bytes_sent = 70;
    }

    std::string line(std::string_view format)
    {
        auto compiled = LogFormat::compile(format);
        if (!compiled) return compiled.error().text;
        return line(*compiled);
    }

    std::string line(const LogFormat& format)
    {
        std::string out;
        format.append(out, {.original = request,
                            .final = request,
                            .original_response = response,
                            .final_response = response,
                            .end_micros = request.start_micros + 1'234'567,
                            .bytes_in = 100,
                            .bytes_out = 300});
        if (!out.ends_with('\n')) return "no newline";
        out.pop_back();
        return out;
    }

    Arena arena;
    server::Peer peer;
    server::Request request{arena};
    server::Response response;
};

TEST_F(LogFormatTest, CombinedLineIsApaches)
{
    EXPECT_EQ(line(R"(%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i")"),
              "192.0.2.7 - - [12/May/2011:08:28:57 +0000] \"GET /a?b=c HTTP/1.1\" 200 70 \"-\" "
              "\"curl \\\"7\\\"\"");
}

TEST_F(LogFormatTest, JsonIsOneObjectWithoutEmptyMembers)
{
    request.unparsed_uri = "/a?b=\"c\"";
    EXPECT_EQ(line(LogFormat::json()),
              R"({"time":"2011-05-12T08:28:57.052118Z","client":"192.0.2.7","client_port":4711,)"
              R"("method":"GET","target":"/a?b=\"c\"","protocol":"HTTP/1.1","status":200,)"
              R"("bytes":70,"bytes_in":100,"bytes_out":300,"duration_us":1234567,)"
              R"("user_agent":"curl \"7\""})");
}

TEST_F(LogFormatTest, TimesInEveryForm)
{
    EXPECT_EQ(line("%{%Y}t %{sec}t %{msec}t %{usec}t %{msec_frac}t %{usec_frac}t"),
              "2011 1305188937 1305188937052 1305188937052118 052 052118");
    EXPECT_EQ(line("%{begin:%S}t %{end:%S}t %{end:msec_frac}t"), "57 58 286");
    EXPECT_EQ(line("%D %T %{ms}T %{us}T %{s}T"), "1234567 1 1234 1234567 1");
}

TEST_F(LogFormatTest, EveryItemPrintsSomething)
{
    EXPECT_EQ(line("%% %a %{c}a %A %B %m %U %q %H %k %I %O %S %X"),
              "% 192.0.2.7 192.0.2.7 198.51.100.1 70 GET /a ?b=c HTTP/1.1 2 100 300 400 +");
    EXPECT_EQ(line("%{local}p %{remote}p %{session}C %{y}C %{x}e %{x}n %{x}o %f %R %L %{c}L"),
              "443 4711 abc - - - - - - - -");
    EXPECT_EQ(line("%P %{pid}P"), std::to_string(::getpid()) + " " + std::to_string(::getpid()));
    EXPECT_EQ(line("%{X}^ti %{X}^to %{Fish}c"), "- - -");
}

TEST_F(LogFormatTest, StatusFiltersChooseWhenAnItemPrints)
{
    EXPECT_EQ(line("%200,304m %404m %!200,304m %!404m"), "GET - - GET");
}

TEST_F(LogFormatTest, AngleBracketsChooseBetweenOriginalAndFinal)
{
    Arena other_arena;
    server::Request other(other_arena);
    other.peer = &peer;
    server::Response other_response;
    other.uri = "/error.html";
    other_response.status = 404;
    auto format = *LogFormat::compile("%U %>U %s %<s %>s");
    std::string out;
    format.append(out, {.original = request,
                        .final = other,
                        .original_response = response,
                        .final_response = other_response});
    EXPECT_EQ(out, "/a /error.html 200 200 404\n");
}

TEST_F(LogFormatTest, NothingAClientSendsBreaksTheLine)
{
    request.headers.set("User-Agent", "a\nb\x01\x7f\xc3\\");
    EXPECT_EQ(line("%{User-Agent}i"), "a\\nb\\x01\\x7f\\xc3\\\\");
}

TEST_F(LogFormatTest, RepeatedFieldsAreJoined)
{
    request.headers.add("X", "1");
    request.headers.add("x", "2");
    EXPECT_EQ(line("%{X}i"), "1, 2");
}

TEST_F(LogFormatTest, EmptyBodyIsAHyphenForLowerB)
{
    response.bytes_sent = 0;
    EXPECT_EQ(line("%b %B"), "- 0");
}

TEST_F(LogFormatTest, ErrorsAreApaches)
{
    EXPECT_EQ(line("%z"), "Unrecognized LogFormat directive %z");
    EXPECT_EQ(line("%400,z"), "Unrecognized LogFormat directive %z");
    EXPECT_EQ(line("%^xx"), "Unrecognized LogFormat directive %^");
    for (const char* open : {"%", "%{foo", "%!", "%200"}) {
        EXPECT_EQ(line(open), "Ran off end of LogFormat parsing args to some directive") << open;
    }
}

TEST_F(LogFormatTest, EscapesInTheFormatAreRead)
{
    EXPECT_EQ(line("a\\tb\\\\c\\d"), "a\tb\\c\\d");
}

} // namespace
} // namespace signet::log_format
