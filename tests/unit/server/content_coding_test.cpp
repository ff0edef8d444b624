// What compressing filters decide and say in the head.
#include "server/content_coding.h"

#include "base/arena.h"

#include <gtest/gtest.h>

namespace signet::server {
namespace {

constexpr CodingRules gzip{.coding = "gzip",
                           .suffix = "gzip",
                           .off_variable = "no-gzip",
                           .force_variable = "force-gzip",
                           .html_variable = "",
                           .least = 10};

class ContentCoding : public ::testing::Test {
protected:
    ContentCoding()
        : request(arena)
    {
        request.response = &response;
        response.content_type = "text/plain";
        response.body.add("twenty bytes of text");
        response.headers.set("ETag", "\"a\"");
    }
    Arena arena;
    Request request;
    Response response;
};

TEST_F(ContentCoding, VaryIsSaidAlsoToThoseWhoDoNotAccept)
{
    EXPECT_FALSE(wants_coding(request, response, gzip));
    EXPECT_EQ(response.headers.find("Vary"), "Accept-Encoding");
}

TEST_F(ContentCoding, AcceptEncodingIsReadAsApacheDoes)
{
    request.headers.set("Accept-Encoding", "br, GZip;q=0.1");
    EXPECT_TRUE(wants_coding(request, response, gzip));
    request.headers.set("Accept-Encoding", "x-gzip, gzipped");
    EXPECT_FALSE(wants_coding(request, response, gzip));
    request.env.set("force-gzip", "1");
    EXPECT_TRUE(wants_coding(request, response, gzip));
    request.env.set("no-gzip", "1");
    EXPECT_FALSE(wants_coding(request, response, gzip));
}

TEST_F(ContentCoding, ShortAndCodedContentIsLeftAlone)
{
    request.headers.set("Accept-Encoding", "gzip");
    response.content_encodings.push_back("x-compress");
    EXPECT_FALSE(wants_coding(request, response, gzip));
    response.content_encodings = {"identity"};
    EXPECT_TRUE(wants_coding(request, response, gzip));
    response.body.clear();
    response.body.add("short");
    EXPECT_FALSE(wants_coding(request, response, gzip));
}

TEST_F(ContentCoding, TheHeadOfCodedContent)
{
    response.headers.set("Content-Length", "20");
    response.headers.set("Content-MD5", "x");
    announce_coding(request, response, gzip);
    EXPECT_EQ(response.headers.find("Content-Encoding"), "gzip");
    EXPECT_EQ(response.headers.find("ETag"), "\"a-gzip\"");
    EXPECT_FALSE(response.headers.has("Content-Length"));
    EXPECT_FALSE(response.headers.has("Content-MD5"));
}

TEST_F(ContentCoding, NotModifiedKeepsTheTagOfTheVariant)
{
    request.headers.set("Accept-Encoding", "gzip");
    response.status = 304;
    response.body.clear();
    CodingRules rules = gzip;
    EXPECT_TRUE(wants_coding(request, response, rules));
    announce_coding(request, response, rules);
    EXPECT_EQ(response.headers.find("ETag"), "\"a-gzip\"");
    EXPECT_FALSE(response.headers.has("Content-Encoding"));
    rules.etag = EtagChange::add_suffix; // Apache's way
    EXPECT_FALSE(wants_coding(request, response, rules));
}

TEST_F(ContentCoding, SuffixesOfEntityTagsAreUnderstood)
{
    request.headers.set("If-None-Match", "\"a-gzip\", W/\"b-gzip\", \"c-gzip-more\"");
    understand_etag_suffix(request, "gzip");
    EXPECT_EQ(request.headers.find("If-None-Match"), "\"a\", W/\"b\", \"c-gzip-more\"");
}

} // namespace
} // namespace signet::server
