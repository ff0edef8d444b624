// Fields, framing, chunked coding and writing.
#include "http/accept.h"
#include "http/chunked.h"
#include "http/cookie.h"
#include "http/framing.h"
#include "http/method.h"
#include "http/token.h"
#include "http/writer.h"

#include <gtest/gtest.h>
#include <string>
#include <vector>

using namespace signet::http;

TEST(Headers, NamesIgnoreCaseAndKeepOrder)
{
    Headers headers;
    headers.add("A", "1");
    headers.add("B", "2");
    headers.add("a", "3");
    EXPECT_EQ(headers.count("A"), 2U);
    headers.set("A", "4");
    EXPECT_EQ(headers.size(), 2U);
    EXPECT_EQ(headers.begin()->value, "4");
    headers.set("C", "5");
    EXPECT_EQ(headers.find("c"), "5");
    EXPECT_EQ(headers.remove("b"), 1U);
    EXPECT_FALSE(headers.has("B"));
}

TEST(Headers, TokensAreFoundInLists)
{
    Headers headers;
    headers.add("Connection", "close, Upgrade");
    headers.add("Connection", "\"keep-alive, x\"");
    EXPECT_TRUE(headers.has_token("connection", "upgrade"));
    EXPECT_FALSE(headers.has_token("connection", "x"));
    EXPECT_FALSE(headers.has_token("connection", "clos"));
}

TEST(Method, HeadIsAGetWithoutBody)
{
    EXPECT_EQ(parse_method("HEAD").method, Method::get);
    EXPECT_TRUE(parse_method("HEAD").head_only);
    EXPECT_EQ(parse_method("get").method, Method::other);
    for (int i = 0; i < static_cast<int>(Method::other); ++i) {
        const auto method = static_cast<Method>(i);
        EXPECT_EQ(parse_method(method_name(method)).method, method);
    }
}

namespace {

Framing framing(std::vector<Field> fields)
{
    RequestHead head;
    for (const Field& field : fields) head.headers.add(field.name, field.value);
    return request_framing(head);
}

} // namespace

TEST(Framing, ContentLengthIsDigitsOnce)
{
    EXPECT_EQ(framing({}).kind, BodyKind::none);
    EXPECT_EQ(framing({{"Content-Length", "05"}}).length, 5U);
    EXPECT_EQ(framing({{"Content-Length", "9223372036854775807"}}).status, 0);
    for (const char* bad : {"", "+5", "-5", "5,5", "5, 5", "5 5", "5x", "0x5", "1.0",
                            "9223372036854775808", "99999999999999999999"}) {
        EXPECT_EQ(framing({{"Content-Length", bad}}).apache_id, "AH10242") << bad;
    }
    EXPECT_EQ(framing({{"Content-Length", "5"}, {"content-length", "5"}}).status, 400);
}

TEST(Framing, TransferEncodingEndsInChunked)
{
    for (const char* good :
         {"chunked", "Chunked", "gzip, chunked", "chunked, chunked", ",chunked"}) {
        EXPECT_EQ(framing({{"Transfer-Encoding", good}}).kind, BodyKind::chunked) << good;
    }
    for (const char* bad : {"", "gzip", "identity", "chunked, gzip", "xchunked", "chunkedx",
                            "chunked;q=1", "chunked,", "\"chunked\"", "gzip chunked"}) {
        EXPECT_EQ(framing({{"Transfer-Encoding", bad}}).apache_id, "AH02539") << bad;
    }
    EXPECT_EQ(framing({{"Transfer-Encoding", "chunked"}, {"Transfer-Encoding", "gzip"}}).status,
              400);
}

TEST(Framing, BothMeansChunkedAndClose)
{
    const auto both = framing({{"Content-Length", "5"}, {"Transfer-Encoding", "chunked"}});
    EXPECT_EQ(both.status, 0);
    EXPECT_EQ(both.kind, BodyKind::chunked);
    EXPECT_TRUE(both.ignores_length);
    EXPECT_TRUE(both.must_close);
    EXPECT_EQ(framing({{"Content-Length", "x"}, {"Transfer-Encoding", "chunked"}}).status, 400);
}

namespace {

// The body, or the refusal's status and id; "+more" when the end is missing.
std::string decode(std::string_view input, const HeadLimits& limits = {}, size_t piece = 4096)
{
    ChunkedDecoder decoder(limits);
    std::string body;
    while (true) {
        std::string_view part = input.substr(0, piece);
        const size_t before = part.size();
        const auto step = decoder.next(part);
        input.remove_prefix(before - part.size());
        switch (step.state) {
        case ChunkedDecoder::State::data: body += step.data; break;
        case ChunkedDecoder::State::done:
            return body + (input.empty() ? "" : "|" + std::string(input));
        case ChunkedDecoder::State::refused:
            return std::to_string(decoder.refusal().status) + " "
                   + std::string(decoder.refusal().apache_id);
        case ChunkedDecoder::State::more:
            if (input.empty()) return body + "+more";
        }
    }
}

const HeadLimits unsafe{.strict = false};
const std::string bad = "400 AH01590";

} // namespace

TEST(Chunked, PiecesOfAnySizeGiveTheSameBody)
{
    const std::string_view input =
        "5;a=\"b\"\r\nabcde\r\n00A \t\r\n0123456789\r\n0\r\nT: u\r\n\r\nNEXT";
    for (size_t piece = 1; piece < input.size() + 1; ++piece) {
        EXPECT_EQ(decode(input, {}, piece), "abcde0123456789|NEXT") << piece;
    }
    for (size_t size = 0; size < input.size() - 4; ++size) {
        EXPECT_TRUE(decode(input.substr(0, size)).ends_with("+more")) << size;
    }
}

TEST(Chunked, BareLineFeedsAreForUnsafeOnly)
{
    for (const char* input :
         {"5\nabcde\r\n0\r\n\r\n", "5\r\nabcde\n0\r\n\r\n", "5\r\nabcde\r\n0\n\n"}) {
        EXPECT_EQ(decode(input), bad) << input;
        EXPECT_EQ(decode(input, unsafe), "abcde") << input;
    }
    EXPECT_EQ(decode("0\r\n\n"), "400 AH02656");
    EXPECT_EQ(decode("0\r\n\n", unsafe), "");
}

TEST(Chunked, MalformedSizesAreRefused)
{
    for (const char* input : {" 5\r\n", "0x5\r\n", "+5\r\n", "-5\r\n", "\r\n", "g\r\n", ";a\r\n",
                              "5 x\r\n", "5;a\x01\r\n", "5;a\rb\r\n", "5\rx", "5\r\nabcdef\r\n",
                              "5\r\nabcde\rx", "5           \r\n"}) {
        EXPECT_EQ(decode(input), bad) << input;
    }
}

TEST(Chunked, SizesOverflowAndExtensionsAreBounded)
{
    EXPECT_EQ(decode("7fffffffffffffff\r\n"), "+more");
    EXPECT_EQ(decode("8000000000000000\r\n"), "413 AH01590");
    EXPECT_EQ(decode("10000000000000005\r\n"), "413 AH01590");
    EXPECT_EQ(decode(std::string(100, '0') + "1\r\nx\r\n0\r\n\r\n"), "x");
    EXPECT_EQ(decode("1;" + std::string(8000, 'a') + "\r\nx\r\n0\r\n\r\n"), "x");
    EXPECT_EQ(decode("1;" + std::string(8190, 'a') + "\r\nx\r\n0\r\n\r\n"), "413 AH01590");
}

TEST(Chunked, TrailersAreKeptWithinLimits)
{
    ChunkedDecoder decoder;
    std::string_view input = "0\r\nA: b\r\n c\r\nD: e\r\n\r\n";
    ASSERT_EQ(decoder.next(input).state, ChunkedDecoder::State::done);
    Headers trailers;
    size_t used = 0;
    Refusal refusal;
    ASSERT_EQ(parse_field_section(decoder.trailers(), {}, trailers, used, refusal),
              Parse::complete);
    EXPECT_EQ(trailers.find("A"), "b c");
    EXPECT_EQ(trailers.find("D"), "e");
    EXPECT_EQ(decode("0\r\nA: " + std::string(9000, 'b') + "\r\n\r\n"), "400 AH00561");
    std::string many;
    for (int i = 0; i < 101; ++i) many += "A: b\r\n";
    EXPECT_EQ(decode("0\r\n" + many + "\r\n"), "400 AH00563");
    decoder.reset();
    input = "0\r\n\r\n";
    ASSERT_EQ(decoder.next(input).state, ChunkedDecoder::State::done);
    EXPECT_TRUE(decoder.trailers().empty());
}

TEST(Chunked, HeadsAreHexadecimal)
{
    EXPECT_EQ(chunk_head(1).view(), "1\r\n");
    EXPECT_EQ(chunk_head(8192).view(), "2000\r\n");
    EXPECT_EQ(chunk_head(UINT64_MAX).view(), "ffffffffffffffff\r\n");
}

TEST(Writer, PutsAHeadTogether)
{
    std::string text;
    auto writer = write_head(text);
    writer.status(404).field("Content-Length", 12).field("A", "b").date("Date", 784111777).end();
    EXPECT_EQ(text, "HTTP/1.1 404 Not Found\r\nContent-Length: 12\r\nA: b\r\n"
                    "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n");
    text.clear();
    write_head(text).status(299, "Fine").end();
    EXPECT_EQ(text, "HTTP/1.1 299 Fine\r\n\r\n");
}

TEST(Writer, NeverWritesBeyondItsBuffer)
{
    char buffer[20];
    auto writer = write_head(std::span(buffer));
    writer.status(200).field("A", "bcdefgh");
    EXPECT_TRUE(writer.sink().overflowed());
    EXPECT_LE(writer.sink().view().size(), sizeof buffer);
    EXPECT_FALSE(is_field_text("a\r\nSet-Cookie: b"));
    EXPECT_TRUE(is_field_text("a\tb"));
}

TEST(Status, UnknownCodesReadAsInternalServerError)
{
    EXPECT_EQ(status_line(200), "200 OK");
    EXPECT_EQ(reason_phrase(414), "Request-URI Too Long");
    EXPECT_EQ(status_line(418), "500 Internal Server Error");
    EXPECT_EQ(prebuilt_status_line(304), "HTTP/1.1 304 Not Modified\r\n");
    EXPECT_FALSE(is_known_status(299));
}

TEST(Accept, QualitiesAreThousandths)
{
    EXPECT_EQ(parse_quality("0.5"), 500);
    EXPECT_EQ(parse_quality("0.123"), 123);
    EXPECT_EQ(parse_quality("0"), 0);
    EXPECT_EQ(parse_quality("1.000"), 1000);
    EXPECT_EQ(parse_quality("x"), 1000);
    const auto types = parse_preferences("text/html;level=1;q=0.4, */*;q=0.1,, text/plain");
    ASSERT_EQ(types.size(), 3U);
    EXPECT_EQ(types[0].value, "text/html");
    EXPECT_EQ(types[0].quality, 400);
    EXPECT_EQ(types[2].quality, 1000);
}

TEST(Accept, CodingsMayBeRefused)
{
    EXPECT_EQ(coding_quality("gzip, br;q=0", "gzip"), 1000);
    EXPECT_EQ(coding_quality("gzip, br;q=0", "br"), 0);
    EXPECT_EQ(coding_quality("x-gzip", "gzip"), 1000);
    EXPECT_EQ(coding_quality("*;q=0.3", "br"), 300);
    EXPECT_EQ(coding_quality("*;q=0", "identity"), 0);
    EXPECT_EQ(coding_quality(std::nullopt, "gzip"), 0);
    EXPECT_EQ(coding_quality(std::nullopt, "identity"), 1000);
}

TEST(Cookie, IsFoundByItsExactName)
{
    EXPECT_EQ(find_cookie("a=1; ab=2;b = \"3\" ; c", "ab"), "2");
    EXPECT_EQ(find_cookie("a=1; ab=2;b = \"3\" ; c", "b"), "\"3\"");
    EXPECT_EQ(find_cookie("a=1; c", "c"), "");
    EXPECT_EQ(find_cookie("a=1", "A"), std::nullopt);
}
