// The answers here were compared with Apache 2.4.71 (Debian), byte for byte of the request.
#include "http/head.h"

#include <gtest/gtest.h>
#include <memory>
#include <string>

using namespace signet::http;

namespace {

struct Parsed {
    std::string bytes; // the head's views point into it
    Parse result = Parse::incomplete;
    RequestHead head{};
    Refusal refusal{};
};

// On the heap: the views must survive the return.
std::unique_ptr<Parsed> parse(std::string bytes, const HeadLimits& limits = {})
{
    auto parsed = std::make_unique<Parsed>();
    parsed->bytes = std::move(bytes);
    parsed->result =
        parse_request_head(std::span(parsed->bytes), limits, parsed->head, parsed->refusal);
    return parsed;
}

// "ok", "more", or the status and Apache's id.
std::string verdict(std::string bytes, const HeadLimits& limits = {})
{
    const auto parsed = parse(std::move(bytes), limits);
    if (parsed->result == Parse::complete) return "ok";
    if (parsed->result == Parse::incomplete) return "more";
    return std::to_string(parsed->refusal.status) + " " + std::string(parsed->refusal.apache_id);
}

const HeadLimits unsafe{.strict = false};

std::string with_line(const std::string& line)
{
    return line + "\r\nHost: x\r\n\r\n";
}
std::string with_field(const std::string& field)
{
    return "GET / HTTP/1.1\r\nHost: x\r\n" + field + "\r\n\r\n";
}

} // namespace

TEST(Head, RequestLineIsToldWithSingleSpaces)
{
    signet::Arena arena;
    const auto tidy = [&](const std::string& line, const HeadLimits& limits = {}) {
        return std::string(tidy_request_line(parse(with_line(line), limits)->head, arena));
    };
    EXPECT_EQ(tidy("GET /a HTTP/1.1"), "GET /a HTTP/1.1");
    EXPECT_EQ(tidy("GET  /a   HTTP/1.1", unsafe), "GET /a HTTP/1.1");
    EXPECT_EQ(tidy("GET\t/a HTTP/1.1"), "GET /a HTTP/1.1");
    EXPECT_EQ(tidy("GET /a\tHTTP/1.1"), "GET /a HTTP/1.1");
    EXPECT_EQ(tidy("GET /a b HTTP/1.1"), "GET /a b");
    EXPECT_EQ(tidy("GET"), "GET");
    EXPECT_EQ(tidy("GET /a"), "GET /a");
}

TEST(Head, OnlyLimitsAreExplainedOnThePage)
{
    EXPECT_EQ(parse(with_field("A:" + std::string(9000, 'a')))->refusal.note,
              "Size of a request header field exceeds server limit.");
    EXPECT_EQ(parse(with_field("A: 1"), {.fields = 1})->refusal.note,
              "The number of request header fields exceeds this server's limit.");
    EXPECT_EQ(parse(with_field("A : 1"))->refusal.note, "");
}

TEST(Head, RefusedHttp09IsAnsweredAs10)
{
    EXPECT_EQ(parse("POST /a\r\n")->head.version, Version::http10);
    EXPECT_EQ(parse("GET /a\r\n")->head.version, Version::http09);
}

TEST(Head, RegisteredMethodsMayBeExtended)
{
    const std::vector<std::string> more{"BREW"};
    EXPECT_EQ(verdict("BREW / HTTP/1.1\r\n\r\n", {.registered_methods = true}), "501 AH02423");
    EXPECT_EQ(
        verdict("BREW / HTTP/1.1\r\n\r\n", {.registered_methods = true, .extra_methods = &more}),
        "ok");
}

TEST(Headers, RepeatedFieldsBecomeOneInTheFirstOnesPlace)
{
    signet::Arena arena;
    Headers headers;
    headers.add("Host", "x");
    headers.add("A", "1");
    headers.add("B", "2");
    headers.add("a", "3");
    headers.add("A", "");
    headers.join_repeated(arena);
    ASSERT_EQ(headers.size(), 3U);
    EXPECT_EQ(headers.find("A"), "1, 3, ");
    EXPECT_EQ(headers.begin()[1].name, "A");
    EXPECT_EQ(headers.find("B"), "2");
}

TEST(Head, IsTakenApartIntoViews)
{
    const auto parsed =
        parse("GET /a?b HTTP/1.1\r\nHost: x\r\nAccept:  a, b \t\r\nEmpty:\r\n\r\nGET");
    ASSERT_EQ(parsed->result, Parse::complete);
    EXPECT_EQ(parsed->head.request_line, "GET /a?b HTTP/1.1");
    EXPECT_EQ(parsed->head.method, "GET");
    EXPECT_EQ(parsed->head.target, "/a?b");
    EXPECT_EQ(parsed->head.version, Version::http11);
    EXPECT_EQ(parsed->head.headers.find("ACCEPT"), "a, b");
    EXPECT_EQ(parsed->head.headers.find("Empty"), "");
    EXPECT_EQ(parsed->head.size, parsed->bytes.size() - 3);
}

TEST(Head, IsIncompleteAtEveryPrefix)
{
    const std::string whole = "\r\nGET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\nD: e\r\n\r\n";
    for (size_t size = 0; size < whole.size(); ++size) {
        EXPECT_EQ(verdict(whole.substr(0, size)), "more") << size;
    }
    EXPECT_EQ(verdict(whole), "ok");
}

TEST(Head, GrowsInPlaceAndStillUnfoldsOnce)
{
    const std::string whole = "GET / HTTP/1.1\r\nA: b\r\n  \tc\r\n d\r\nE: f\r\n\r\n";
    std::string buffer;
    RequestHead head;
    Refusal refusal;
    Parse result = Parse::incomplete;
    buffer.reserve(whole.size());
    for (char c : whole) {
        ASSERT_EQ(result, Parse::incomplete);
        buffer.push_back(c);
        result = parse_request_head(std::span(buffer), {}, head, refusal);
    }
    ASSERT_EQ(result, Parse::complete);
    EXPECT_EQ(head.headers.find("A"), "b c d");
    EXPECT_EQ(head.headers.find("E"), "f");
}

TEST(Head, BareLineFeedsAreForUnsafeOnly)
{
    for (const char* text : {"GET / HTTP/1.1\nHost: x\n\n", "\nGET / HTTP/1.1\r\nHost: x\r\n\r\n",
                             "GET / HTTP/1.1\nHost: x\r\n\r\n"}) {
        EXPECT_EQ(verdict(text), "400 AH00566");
        EXPECT_EQ(verdict(text, unsafe), "ok");
    }
    for (const char* text :
         {"GET / HTTP/1.1\r\nHost: x\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\n"}) {
        EXPECT_EQ(verdict(text), "400 AH00567");
        EXPECT_EQ(verdict(text, unsafe), "ok");
    }
}

TEST(Head, TenEmptyLinesMayComeFirst)
{
    std::string blank;
    for (int i = 0; i < 10; ++i) blank += "\r\n";
    EXPECT_EQ(verdict(blank + with_line("GET / HTTP/1.1")), "ok");
    EXPECT_EQ(verdict(blank + "\r\n" + with_line("GET / HTTP/1.1")), "400 AH03445");
}

TEST(RequestLine, WhiteSpaceIsOneSpace)
{
    EXPECT_EQ(verdict(with_line(" GET / HTTP/1.1")), "400 AH03447");
    EXPECT_EQ(verdict(with_line("GET\t/ HTTP/1.1")), "400 AH03447");
    EXPECT_EQ(verdict(with_line("GET /\tHTTP/1.1")), "400 AH03447");
    for (const char* line : {"GET  / HTTP/1.1", "GET /  HTTP/1.1", "GET / HTTP/1.1 "}) {
        EXPECT_EQ(verdict(with_line(line)), "400 AH03448") << line;
        EXPECT_EQ(verdict(with_line(line), unsafe), "ok") << line;
    }
    EXPECT_EQ(verdict(with_line("GET /a b HTTP/1.1")), "400 AH03448");
    EXPECT_EQ(verdict(with_line("GET /a b HTTP/1.1"), unsafe), "400 AH03449");
    EXPECT_EQ(verdict(with_line("GET /a\rb HTTP/1.1")), "400 AH03448");
    EXPECT_EQ(verdict(with_line("GET /a\rb HTTP/1.1"), unsafe), "400 AH03447");
}

TEST(RequestLine, ControlsAreRefusedAndHighBytesAreNot)
{
    EXPECT_EQ(verdict(with_line("GET /a\x01z HTTP/1.1")), "400 AH03454");
    EXPECT_EQ(verdict(with_line("GET /a\x7fz HTTP/1.1"), unsafe), "400 AH03454");
    EXPECT_EQ(verdict(with_line("GET /a\xffz HTTP/1.1")), "ok");
    EXPECT_EQ(verdict(with_line(std::string("GET /a\0b HTTP/1.1", 17))), "400 AH00566");
    EXPECT_EQ(verdict(with_line(std::string("GET /a\0b HTTP/1.1", 17)), unsafe), "400 AH00566");
}

TEST(RequestLine, VersionsAboveOneAreSpokenAsOnePointOne)
{
    for (const char* version : {"1.1", "1.2", "1.9", "2.0", "3.0"}) {
        const auto parsed = parse(with_line(std::string("GET / HTTP/") + version));
        EXPECT_EQ(parsed->result, Parse::complete) << version;
        EXPECT_EQ(parsed->head.version, Version::http11) << version;
    }
    EXPECT_EQ(parse("GET / HTTP/1.0\r\n\r\n")->head.version, Version::http10);
    for (const char* protocol :
         {"HTTP/0.9", "HTTP/1.10", "HTTP/01.1", "HTTP/1.", "HTTP", "FTP/1.1"}) {
        EXPECT_EQ(verdict(with_line(std::string("GET / ") + protocol)), "400 AH02418") << protocol;
    }
    EXPECT_EQ(verdict(with_line("GET / http/1.1")), "400 AH02418");
    EXPECT_EQ(verdict(with_line("GET / http/1.1"), unsafe), "ok");
}

TEST(RequestLine, WithoutProtocolIsHttp09AndHasNoFields)
{
    const auto parsed = parse("GET /\r\nHost: x\r\n\r\n");
    ASSERT_EQ(parsed->result, Parse::complete);
    EXPECT_EQ(parsed->head.version, Version::http09);
    EXPECT_EQ(parsed->head.size, 7U);
    EXPECT_TRUE(parsed->head.headers.empty());
    EXPECT_EQ(verdict("POST /\r\n"), "400 AH03444");
    EXPECT_EQ(verdict("HEAD /\r\n"), "400 AH03444");
    EXPECT_EQ(verdict("POST /\r\n", unsafe), "ok");
    EXPECT_EQ(verdict("GET /\r\n", {.allow_http09 = false}), "400 AH02401");
    EXPECT_EQ(verdict("GET\r\n"), "400 AH03454");
}

TEST(RequestLine, MethodsAreTokensAndRegisteredOnRequest)
{
    EXPECT_EQ(verdict(with_line("G@T / HTTP/1.1")), "400 AH03445");
    EXPECT_EQ(verdict(with_line("G@T / HTTP/1.1"), unsafe), "ok");
    EXPECT_EQ(verdict(with_line("FOO / HTTP/1.1")), "ok");
    EXPECT_EQ(verdict(with_line("FOO / HTTP/1.1"), {.registered_methods = true}), "501 AH02423");
    EXPECT_EQ(verdict(with_line("get / HTTP/1.1"), {.registered_methods = true}), "501 AH02423");
    EXPECT_EQ(verdict(with_line("MKCOL / HTTP/1.1"), {.registered_methods = true}), "ok");
}

TEST(RequestLine, TargetsHaveOneOfTheForms)
{
    for (const char* line :
         {"GET foo HTTP/1.1", "GET * HTTP/1.1", "OPTIONS *a HTTP/1.1", "GET mailto:x HTTP/1.1",
          "GET x:80 HTTP/1.1", "CONNECT / HTTP/1.1", "CONNECT x HTTP/1.1", "PRI * HTTP/2.0"}) {
        EXPECT_EQ(verdict(with_line(line)), "400 AH03450") << line;
    }
    for (const char* line : {"OPTIONS * HTTP/1.1", "GET http://x HTTP/1.1", "GET ?a HTTP/1.1",
                             "GET //x/ HTTP/1.1", "CONNECT x:80 HTTP/1.1"}) {
        EXPECT_EQ(verdict(with_line(line)), "ok") << line;
    }
    EXPECT_EQ(verdict(with_line("GET /#a HTTP/1.1")), "400 AH02421");
    EXPECT_EQ(verdict(with_line("GET http://u:p@x/ HTTP/1.1")), "400 AH02422");
    EXPECT_EQ(verdict(with_line("GET /#a HTTP/1.1"), unsafe), "ok");
}

TEST(Fields, MalformedOnesAreRefused)
{
    for (const char* field : {"A : b", "A\t: b", "A b: c", "Abc", ": b", "A(b): c", "A\"b: c",
                              "A\xff: b", "A\r\n : b"}) {
        EXPECT_EQ(verdict(with_field(field)), "400 AH02426") << field;
    }
    EXPECT_EQ(verdict(with_field("A : b"), unsafe), "400 AH03452");
    EXPECT_EQ(verdict(with_field("Abc"), unsafe), "400 AH00564");
    EXPECT_EQ(verdict(with_field(": b"), unsafe), "400 AH03453");
    EXPECT_EQ(verdict(with_field("A(b): c"), unsafe), "ok");
}

TEST(Fields, ValuesHoldNoControlsButTab)
{
    for (const char* field : {"A: a\x01z", "A: a\x7fz", "A: a\rz", "A: a\r", "A: a\vz"}) {
        EXPECT_EQ(verdict(with_field(field)), "400 AH02427") << field;
    }
    EXPECT_EQ(verdict(with_field("A: a\x01z"), unsafe), "ok");
    EXPECT_EQ(verdict(with_field("A: a\rz"), unsafe), "400 AH03451");
    EXPECT_EQ(verdict(with_field("A: a\tb")), "ok");
    EXPECT_EQ(verdict(with_field("A: a\xffz")), "ok");
    EXPECT_EQ(verdict(with_field(std::string("A: a\0b", 6)), unsafe), "400 AH00567");
    // Beyond the first sixteen bytes, and right at their end.
    EXPECT_EQ(verdict(with_field("A: 0123456789abcdef0123456789\x01zz")), "400 AH02427");
    EXPECT_EQ(verdict(with_field("A: 0123456789abcde\x1fzz")), "400 AH02427");
}

TEST(Fields, FoldsNeedAFieldAndContent)
{
    EXPECT_EQ(verdict(with_field("A: a\r\n ")), "400 AH03443");
    EXPECT_EQ(verdict("GET / HTTP/1.1\r\n A: a\r\n\r\n"), "400 AH03442");
    EXPECT_EQ(parse(with_field("A: a\r\n\t b"))->head.headers.find("A"), "a b");
    EXPECT_EQ(parse(with_field("A:\r\n b"))->head.headers.find("A"), "b");
}

TEST(Limits, LinesMayBeOneLongerThanTheLimit)
{
    const auto line = [](size_t size) {
        return "GET /" + std::string(size - 14, 'a') + " HTTP/1.1";
    };
    EXPECT_EQ(verdict(with_line(line(8191))), "ok");
    EXPECT_EQ(verdict(with_line(line(8192))), "414 AH00565");
    EXPECT_EQ(verdict("GET /" + std::string(9000, 'a')), "414 AH00565");
    EXPECT_EQ(verdict(with_field("A: " + std::string(8188, 'a'))), "ok");
    EXPECT_EQ(verdict(with_field("A: " + std::string(8189, 'a'))), "400 AH00561");
    EXPECT_EQ(verdict("GET / HTTP/1.1\r\nA: " + std::string(9000, 'a')), "400 AH00561");
}

TEST(Limits, FoldsCountTogether)
{
    const auto folded = [](size_t size) {
        return with_field("A: " + std::string(4000, 'a') + "\r\n " + std::string(size - 4004, 'a'));
    };
    EXPECT_EQ(verdict(folded(8188)), "ok");
    EXPECT_EQ(verdict(folded(8189)), "400 AH00562");
}

TEST(Limits, FieldsAreCounted)
{
    std::string fields;
    for (int i = 0; i < 99; ++i) fields += "A: a\r\n";
    const std::string start = "GET / HTTP/1.1\r\nHost: x\r\n";
    EXPECT_EQ(verdict(start + fields + "\r\n"), "ok");
    EXPECT_EQ(verdict(start + fields + "B: b\r\n\r\n"), "400 AH00563");
    EXPECT_EQ(verdict(start + fields + "B: b\r\n\r\n", {.fields = 0}), "ok");
}
