// Targets, paths, dates, conditions and ranges; expectations come from Apache 2.4.71's answers.
#include "http/conditional.h"
#include "http/date.h"
#include "http/etag.h"
#include "http/range.h"
#include "http/uri.h"

#include <gtest/gtest.h>
#include <string>

using namespace signet;
using namespace signet::http;

TEST(Target, TakesFourForms)
{
    const auto absolute = parse_target("http://x:8/a?b", false);
    ASSERT_TRUE(absolute);
    EXPECT_EQ(absolute->form, TargetForm::absolute);
    EXPECT_EQ(absolute->scheme, "http");
    EXPECT_EQ(absolute->authority, "x:8");
    EXPECT_EQ(absolute->path, "/a");
    EXPECT_EQ(absolute->query, "b");
    EXPECT_EQ(parse_target("http://x?q", false)->path, "/");
    EXPECT_EQ(parse_target("//x/y", false)->path, "/x/y");
    EXPECT_EQ(parse_target("/a?", false)->query, "");
    EXPECT_EQ(parse_target("/a", false)->query, std::nullopt);
    EXPECT_EQ(parse_target("x:1", true)->authority, "x:1");
    EXPECT_EQ(parse_target("*", false)->form, TargetForm::asterisk);
    for (const char* bad : {"foo", "mailto:x", "http:x", "http://[::1/", "http://x:y/"}) {
        EXPECT_FALSE(parse_target(bad, false)) << bad;
    }
}

namespace {

std::string normal(std::string_view path, EncodedSlashes slashes = EncodedSlashes::refuse,
                   bool merge = true)
{
    Arena arena;
    const auto result = normalize_path(path, slashes, merge, arena);
    return result.status != 0 ? std::to_string(result.status) : std::string(result.path);
}

} // namespace

TEST(Path, DotSegmentsGoHoweverTheyAreWritten)
{
    EXPECT_EQ(normal("/a/./b/../c"), "/a/c");
    EXPECT_EQ(normal("/a/%2e%2E/c"), "/c");
    EXPECT_EQ(normal("/a/.%2e"), "/");
    EXPECT_EQ(normal("/a/."), "/a/");
    EXPECT_EQ(normal("/a/...//..b"), "/a/.../..b");
    EXPECT_EQ(normal("/a/..;y/b"), "/a/..;y/b");
    for (const char* above : {"/..", "/../a", "/%2e%2e/", "/a/../../b", "/a/b/../../../"}) {
        EXPECT_EQ(normal(above), "400") << above;
    }
}

TEST(Path, BadEscapesAre400AndNulsAre404)
{
    for (const char* bad : {"/%", "/%4", "/%zz", "/a%2", "/%00%zz", "a", ""}) {
        EXPECT_EQ(normal(bad), "400") << bad;
    }
    EXPECT_EQ(normal(std::string_view("/a\0b", 4)), "400");
    EXPECT_EQ(normal("/a%00b", EncodedSlashes::decode), "404");
    EXPECT_EQ(normal("/a%20%5cb%25%61"), "/a \\b%a");
    EXPECT_EQ(normal("/a%252fb"), "/a%2fb");
}

TEST(Path, EncodedSlashesFollowTheDirective)
{
    EXPECT_EQ(normal("/a%2Fb"), "404");
    EXPECT_EQ(normal("/a%2Fb", EncodedSlashes::keep), "/a%2Fb");
    EXPECT_EQ(normal("/a%2Fb", EncodedSlashes::decode), "/a/b");
    EXPECT_EQ(normal("/a%2f../b", EncodedSlashes::decode), "/b");
    EXPECT_EQ(normal("/..%2f..%2fetc", EncodedSlashes::decode), "/etc");
    EXPECT_EQ(normal("/%2f%2e%2e%2fx", EncodedSlashes::keep), "/%2f..%2fx");
}

TEST(Path, SlashesMergeUnlessToldNot)
{
    EXPECT_EQ(normal("/a///b//"), "/a/b/");
    EXPECT_EQ(normal("/a//b", EncodedSlashes::refuse, false), "/a//b");
    EXPECT_EQ(normal("/a//../b", EncodedSlashes::refuse, false), "/a/b");
    EXPECT_EQ(normal("/a//../b"), "/b");
}

TEST(Path, EscapesAsLocationFieldsDo)
{
    Arena arena;
    EXPECT_EQ(escape_path("/a b|c\"#?%\xff", arena), "/a%20b%7cc%22%23%3f%25%ff");
    EXPECT_EQ(escape_path("/a;b~c'd:e,f=g", arena), "/a;b~c'd:e,f=g");
    EXPECT_EQ(escape_path("a:b/c", arena), "./a:b/c");
}

TEST(Authority, StrictHostsAreNames)
{
    EXPECT_EQ(parse_authority("x:80", true)->port, 80);
    EXPECT_EQ(parse_authority("x.", true)->host, "x");
    EXPECT_EQ(parse_authority("[::1]:443", true)->host, "[::1]");
    EXPECT_EQ(parse_authority("[::ffff:1.2.3.4]", true)->host, "[::ffff:1.2.3.4]");
    for (const char* good : {"x_y", "-x", ".x", "1.2.3.4", "999.1.1.1", "x:080"}) {
        EXPECT_TRUE(parse_authority(good, true)) << good;
    }
    for (const char* strict_only : {"x:", "x:+80", "x:8a", "::1", "x y", ".", "x@y", "a%41", "x,y",
                                    "1.2.3", "1.2.3.4.5", "x*", "0x7f.1", "a~b", "\xe9"}) {
        EXPECT_FALSE(parse_authority(strict_only, true)) << strict_only;
        EXPECT_TRUE(parse_authority(strict_only, false)) << strict_only;
    }
    for (const char* never :
         {"x:0", "x:65536", "[::1", "[::g]", "[]", "[::1]x", "[fe80::1%lo]", "x/y", "x..y", ":80",
          "[1:2:3:4:5:6:7]", "[1:2:3:4:5:6:7:8:9]", "[1::2::3]", "[:1]", "[1:]"}) {
        EXPECT_FALSE(parse_authority(never, false)) << never;
    }
}

TEST(Date, ReadsAllThreeForms)
{
    for (const char* text : {"Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT",
                             "Sun Nov  6 08:49:37 1994"}) {
        EXPECT_EQ(parse_date(text), 784111777) << text;
    }
    for (const char* bad : {"", "foo", "Sun, 06 Nov 1994", "Sun, 31 Feb 1994 08:49:37 GMT",
                            "Sun, 06 Nov 1994 24:49:37 GMT", "Sun, 06 Foo 1994 08:49:37 GMT",
                            "Sun Nov  6 08:49:37 19"}) {
        EXPECT_EQ(parse_date(bad), std::nullopt) << bad;
    }
}

TEST(Date, RoundTrips)
{
    EXPECT_EQ(date_text(0).view(), "Thu, 01 Jan 1970 00:00:00 GMT");
    EXPECT_EQ(date_text(-1).view(), "Wed, 31 Dec 1969 23:59:59 GMT");
    EXPECT_EQ(date_text(951827696).view(), "Tue, 29 Feb 2000 12:34:56 GMT");
    for (int64_t seconds = 1; seconds < 4000000000; seconds += 123456789) {
        EXPECT_EQ(parse_date(date_text(seconds).view()), seconds);
    }
    EXPECT_EQ(date_text(INT64_MAX).view().substr(12, 4), "9999");
}

TEST(Tags, ListsEndAtTheFirstThatIsNone)
{
    EXPECT_TRUE(list_holds_tag(R"("a", "b")", "\"b\"", TagMatch::strong));
    EXPECT_FALSE(list_holds_tag(R"(W/"x", "b")", "\"b\"", TagMatch::strong));
    EXPECT_TRUE(list_holds_tag(R"(W/"x", "b")", "W/\"b\"", TagMatch::weak));
    EXPECT_FALSE(list_holds_tag(R"(W/"b")", "W/\"b\"", TagMatch::strong));
    EXPECT_FALSE(list_holds_tag(R"(x, "b")", "\"b\"", TagMatch::weak));
    // As mod_negotiation makes them.
    EXPECT_TRUE(list_holds_tag(R"("a;b)", "\"a;b", TagMatch::weak));
    EXPECT_TRUE(list_holds_tag(R"("x", W/"a;b)", "W/\"a;b", TagMatch::weak));
    EXPECT_FALSE(list_holds_tag(R"("a)", "\"a\"", TagMatch::weak));
    EXPECT_FALSE(list_holds_tag(R"("b"x)", "\"b\"", TagMatch::weak));
    EXPECT_FALSE(list_holds_tag(R"("a" "b")", "\"b\"", TagMatch::weak));
    EXPECT_TRUE(list_holds_tag(R"("a""c","b")", "\"b\"", TagMatch::weak));
    EXPECT_FALSE(list_holds_tag(R"("a\", "b")", "\"b\"", TagMatch::weak));
    EXPECT_TRUE(list_holds_tag(R"(,"b")", "\"b\"", TagMatch::weak));
}

namespace {

constexpr int64_t modified = 784111777;
constexpr const char* same = "Sun, 06 Nov 1994 08:49:37 GMT";
constexpr const char* older = "Sat, 05 Nov 1994 08:49:37 GMT";
constexpr const char* future = "Fri, 01 Jan 2038 00:00:00 GMT";

int conditions(std::vector<Field> fields, bool is_get = true, int64_t age = 3600,
               std::string_view tag = "\"t\"")
{
    Headers headers;
    for (const Field& field : fields) headers.add(field.name, field.value);
    return evaluate_conditions(headers, is_get, {.etag = tag, .modified = modified},
                               modified + age);
}

} // namespace

TEST(Conditions, TagsDecide)
{
    EXPECT_EQ(conditions({{"If-None-Match", "\"t\""}}), 304);
    EXPECT_EQ(conditions({{"If-None-Match", "W/\"t\""}}), 304);
    EXPECT_EQ(conditions({{"If-None-Match", "*"}}), 304);
    EXPECT_EQ(conditions({{"If-None-Match", "*"}}, false), 412);
    EXPECT_EQ(conditions({{"If-None-Match", "\"u\""}}), 0);
    EXPECT_EQ(conditions({{"If-None-Match", "\"u\", *"}}), 0);
    EXPECT_EQ(conditions({{"If-None-Match", "W/\"t\""}, {"Range", "bytes=0-0"}}), 0);
    EXPECT_EQ(conditions({{"If-Match", "\"t\""}}), 0);
    EXPECT_EQ(conditions({{"If-Match", "*"}}), 0);
    EXPECT_EQ(conditions({{"If-Match", "W/\"t\""}}), 412);
    EXPECT_EQ(conditions({{"If-Match", ""}}), 412);
    EXPECT_EQ(conditions({{"If-Match", "\"u\""}, {"If-None-Match", "\"t\""}}), 412);
    EXPECT_EQ(conditions({{"If-None-Match", "\"u\""}, {"If-None-Match", "\"t\""}}), 304);
}

TEST(Conditions, DatesDecide)
{
    EXPECT_EQ(conditions({{"If-Modified-Since", same}}), 304);
    EXPECT_EQ(conditions({{"If-Modified-Since", same}}, false), 0);
    EXPECT_EQ(conditions({{"If-Modified-Since", older}}), 0);
    EXPECT_EQ(conditions({{"If-Modified-Since", future}}), 0);
    EXPECT_EQ(conditions({{"If-Modified-Since", "foo"}}), 0);
    EXPECT_EQ(conditions({{"If-Unmodified-Since", same}}), 0);
    EXPECT_EQ(conditions({{"If-Unmodified-Since", older}}), 412);
    EXPECT_EQ(conditions({{"If-Unmodified-Since", "foo"}}), 0);
}

TEST(Conditions, CombineAsInApacheNotAsInTheRfc)
{
    EXPECT_EQ(conditions({{"If-None-Match", "\"t\""}, {"If-Modified-Since", older}}), 0);
    EXPECT_EQ(conditions({{"If-None-Match", "\"t\""}, {"If-Modified-Since", same}}), 304);
    EXPECT_EQ(conditions({{"If-None-Match", "\"u\""}, {"If-Modified-Since", same}}), 0);
    EXPECT_EQ(conditions({{"If-Match", "\"t\""}, {"If-Unmodified-Since", older}}), 412);
}

TEST(Conditions, FreshDatesAreWeakForRanges)
{
    EXPECT_EQ(conditions({{"If-Modified-Since", same}}, true, 1), 304);
    EXPECT_EQ(conditions({{"If-Modified-Since", same}, {"Range", "bytes=0-0"}}, true, 1), 0);
    EXPECT_EQ(conditions({{"If-Unmodified-Since", older}, {"Range", "bytes=0-0"}}, true, 1), 0);
}

TEST(IfRange, WantsAStrongMatch)
{
    const auto holds = [](std::string_view value, int64_t age, std::string_view tag = "\"t\"") {
        Headers headers;
        headers.add("If-Range", value);
        return if_range_holds(headers, {.etag = tag, .modified = modified}, modified + age);
    };
    EXPECT_TRUE(holds("\"t\"", 0));
    EXPECT_FALSE(holds("\"u\"", 0));
    EXPECT_FALSE(holds("W/\"t\"", 3600, "W/\"t\""));
    EXPECT_TRUE(holds(same, 60));
    EXPECT_FALSE(holds(same, 59));
    EXPECT_FALSE(holds(older, 3600));
    EXPECT_FALSE(holds("foo", 3600));
}

namespace {

// "200", "416" or the ranges.
std::string ranges(std::string_view field, uint64_t size = 100, const RangeLimits& limits = {})
{
    std::vector<ByteRange> list;
    switch (parse_ranges(field, size, limits, list)) {
    case RangeVerdict::whole: return "200";
    case RangeVerdict::unsatisfiable: return "416";
    case RangeVerdict::partial: break;
    }
    std::string text;
    for (const ByteRange& range : list) {
        if (!text.empty()) text += ',';
        text += std::to_string(range.first) + "-" + std::to_string(range.last);
    }
    return text;
}

std::string repeat(int count, auto make)
{
    std::string text = "bytes=";
    for (int i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + make(i);
    return text;
}

} // namespace

TEST(Range, SuffixLongerThanFileYieldsWholeFile)
{
    EXPECT_EQ(ranges("bytes=-99999"), "0-99");
    EXPECT_EQ(ranges("bytes=-5"), "95-99");
    EXPECT_EQ(ranges("bytes=95-200"), "95-99");
    EXPECT_EQ(ranges("Bytes=7-"), "7-99");
}

TEST(Range, OutsideTheFileIs416UnlessAnotherIsInside)
{
    EXPECT_EQ(ranges("bytes=100-"), "416");
    EXPECT_EQ(ranges("bytes=100-,0-0"), "0-0");
    EXPECT_EQ(ranges("bytes=0-0", 0), "200");
}

TEST(Range, MalformedIsIgnored)
{
    for (const char* bad :
         {"", "byte=0-0", "bytes =0-0", "bytes=", "bytes=,0-0", "bytes=5-3", "bytes=0-0,5-3",
          "bytes=a-b", "bytes= 0-0", "bytes=0-0, 2-2", "bytes=1", "bytes=-", "bytes=--5",
          "bytes=+1-2", "bytes=-0", "bytes=0-0,-0", "bytes=200-,a", "bytes=99999999999999999999-",
          "bytes=0-99999999999999999999"}) {
        EXPECT_EQ(ranges(bad), "200") << bad;
    }
    EXPECT_EQ(ranges("bytes=0-0,,2-2,"), "0-0,2-2");
}

TEST(Range, NeighboursAndOverlapsAreJoined)
{
    EXPECT_EQ(ranges("bytes=0-1,1-2"), "0-2");
    EXPECT_EQ(ranges("bytes=0-1,2-3"), "0-3");
    EXPECT_EQ(ranges("bytes=3-4,0-2"), "0-4");
    EXPECT_EQ(ranges("bytes=0-9,3-4"), "0-9");
    EXPECT_EQ(ranges("bytes=3-4,0-1"), "3-4,0-1");
    EXPECT_EQ(ranges("bytes=0-0,10-10,0-0"), "0-0,10-10,0-0");
    EXPECT_EQ(ranges("bytes=0-60,70-80,0-60"), "200"); // more than the file holds
}

TEST(Range, CountsAreLimited)
{
    const auto apart = [](int i) { return std::to_string(i * 10) + "-" + std::to_string(i * 10); };
    EXPECT_NE(ranges(repeat(200, apart), 9000), "200");
    EXPECT_EQ(ranges(repeat(201, apart), 9000), "200");
    EXPECT_NE(ranges(repeat(201, apart), 9000, {.ranges = std::nullopt}), "200");
    const auto same_one = [](int) { return std::string("0-1"); };
    EXPECT_EQ(ranges(repeat(21, same_one)), "0-1");
    EXPECT_EQ(ranges(repeat(22, same_one)), "200");
    const auto backwards = [](int i) {
        return std::to_string(50 - i) + "-" + std::to_string(50 - i);
    };
    EXPECT_EQ(ranges(repeat(22, backwards), 100, {.overlaps = std::nullopt}), "200");
    EXPECT_EQ(ranges(repeat(22, backwards), 100, {.overlaps = {}, .reversals = {}}), "29-50");
    EXPECT_EQ(ranges("bytes=0-0", 100, {.ranges = 0}), "200");
}

TEST(Multipart, LengthIsWhatIsWritten)
{
    for (const char* type : {"text/plain", ""}) {
        const Multipart multipart(42, type, 8893);
        const std::vector<ByteRange> list{{0, 0}, {5, 999}, {8000, 8892}};
        std::string body;
        for (const ByteRange& range : list) {
            multipart.append_part_head(body, range);
            body.append(range.size(), 'x');
        }
        multipart.append_end(body);
        EXPECT_EQ(body.size(), multipart.length(list));
    }
    const Multipart multipart(1, "text/plain", 9);
    std::string head;
    multipart.append_part_head(head, {0, 3});
    const std::string boundary = multipart.content_type().substr(31);
    EXPECT_EQ(boundary.size(), 16U);
    EXPECT_EQ(head, "\r\n--" + boundary
                        + "\r\nContent-type: text/plain\r\nContent-range: bytes 0-3/9\r\n\r\n");
}
