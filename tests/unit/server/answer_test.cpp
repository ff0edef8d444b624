// What answers are made of: ranges, built-in error pages, bodies, the Server field; and that a
// reused exchange knows nothing of its last request.
#include "server/banner.h"
#include "server/byte_ranges.h"
#include "server/error_page.h"
#include "server/exchange.h"
#include "unit/server/site.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace signet::server {
namespace {

std::string bytes_of(const Body& body)
{
    std::string all;
    for (const auto& piece : body.pieces()) all += piece.bytes;
    return all;
}

class ByteRanges : public ::testing::Test {
protected:
    Outcome choose(const char* range, uint64_t size = 10)
    {
        ranges_.clear();
        if (range) asked_.request.headers.set("Range", range);
        return choose_ranges(asked_.request, asked_.response, size, ranges_);
    }
    // "first-length" of every part that was asked for.
    std::string send(uint64_t size = 10)
    {
        std::string parts;
        send_ranges(asked_.request, asked_.response, size, ranges_,
                    [&](uint64_t offset, uint64_t length) {
                        parts += std::to_string(offset) + "+" + std::to_string(length) + " ";
                        asked_.response.body.add("x");
                    });
        return parts;
    }
    [[nodiscard]] std::string header(std::string_view name) const
    {
        return std::string(asked_.response.find(name).value_or("(none)"));
    }

    Site site_{"ServerName example.com\n"};
    Asked asked_{site_};
    std::vector<http::ByteRange> ranges_;
};

TEST_F(ByteRanges, WithoutRangeTheWholeIsSent)
{
    EXPECT_EQ(choose(nullptr), Outcome::declined);
    EXPECT_EQ(choose("lines=1-2"), Outcome::declined);
    EXPECT_EQ(choose("bytes=5-1"), Outcome::declined);
}

TEST_F(ByteRanges, OneRangeIsOnePart)
{
    EXPECT_EQ(choose("bytes=2-4"), Outcome::ok);
    EXPECT_EQ(send(), "2+3 ");
    EXPECT_EQ(asked_.response.status, 206);
    EXPECT_EQ(header("Content-Range"), "bytes 2-4/10");
    EXPECT_EQ(header("Content-Length"), "3");
}

TEST_F(ByteRanges, SeveralAreMultipartWithTheRightLength)
{
    asked_.response.content_type = "text/plain";
    EXPECT_EQ(choose("bytes=0-0,4-4"), Outcome::ok);
    EXPECT_EQ(send(), "0+1 4+1 ");
    EXPECT_TRUE(asked_.response.content_type.starts_with("multipart/byteranges; boundary="));
    const std::string body = bytes_of(asked_.response.body);
    EXPECT_EQ(header("Content-Length"), std::to_string(body.size()));
    EXPECT_NE(body.find("Content-range: bytes 4-4/10"), std::string::npos) << body;
    EXPECT_EQ(header("Content-Range"), "(none)");
}

// Apache 2.4.71 sends neither Content-Range nor the page's length.
TEST_F(ByteRanges, BeyondTheEndIs416WithoutLengths)
{
    EXPECT_EQ(choose("bytes=10-"), Outcome(416));
    EXPECT_EQ(header("Content-Range"), "(none)");
    EXPECT_TRUE(asked_.response.hides_length);
}

TEST_F(ByteRanges, RequestRangeIsReadWhereThereIsNoRange)
{
    asked_.request.headers.add("Request-Range", "bytes=-1");
    EXPECT_EQ(choose(nullptr), Outcome::ok);
    EXPECT_EQ(ranges_.at(0), (http::ByteRange{9, 9}));
}

TEST_F(ByteRanges, AnIfRangeThatFailsSendsTheWhole)
{
    asked_.response.headers.set("ETag", "\"new\"");
    asked_.request.headers.set("If-Range", "\"old\"");
    EXPECT_EQ(choose("bytes=0-1"), Outcome::declined);
    asked_.request.headers.set("If-Range", "\"new\"");
    EXPECT_EQ(choose("bytes=0-1"), Outcome::ok);
}

TEST_F(ByteRanges, OnlyGetHasRanges)
{
    asked_.request.method = http::Method::post;
    EXPECT_EQ(choose("bytes=0-1"), Outcome::declined);
}

TEST(MaxRanges, NoneServesNoRangesAndMoreThanAllowedServesTheWhole)
{
    const Site site("ServerName example.com\n<Location /none>\nMaxRanges none\n</Location>\n"
                    "<Location /two>\nMaxRanges 2\n</Location>\n");
    ASSERT_TRUE(site.loaded()) << site.error();
    auto choose = [&](size_t location, const char* range) {
        const Scope scope(site.modules(), site.main().base.get(),
                          site.main().sections.locations.at(location)->config);
        Asked asked(site);
        asked.request.scope = &scope;
        asked.request.headers.add("Range", range);
        std::vector<http::ByteRange> ranges;
        return choose_ranges(asked.request, asked.response, 100, ranges);
    };
    EXPECT_EQ(choose(0, "bytes=0-1"), Outcome::declined);
    EXPECT_EQ(choose(1, "bytes=0-1,4-5"), Outcome::ok);
    EXPECT_EQ(choose(1, "bytes=0-1,4-5,8-9"), Outcome::declined);
}

class ErrorPage : public ::testing::Test {
protected:
    std::string page(int status, int second = 0)
    {
        asked.response.status = status;
        make_error_page(asked.request, asked.response, second);
        return bytes_of(asked.response.body);
    }

    Site site{"ServerName example.com\nServerSignature EMail\nServerAdmin <me>@example.com\n"};
    Asked asked{site};
};

TEST_F(ErrorPage, IsApachesWordForWord)
{
    asked.request.scope = site.main().base.get();
    const std::string text = page(404);
    EXPECT_TRUE(text.starts_with(
        "<!DOCTYPE HTML PUBLIC \"-//W3C//DTD HTML 4.01//EN\" "
        "\"http://www.w3.org/TR/html4/strict.dtd\">\n<html><head>\n<title>404 Not Found</title>\n"
        "</head><body>\n<h1>Not Found</h1>\n"
        "<p>The requested URL was not found on this server.</p>\n"))
        << text;
    EXPECT_TRUE(text.ends_with("</body></html>\n"));
    EXPECT_EQ(asked.response.content_type, "text/html; charset=iso-8859-1");
    EXPECT_TRUE(asked.response.is_error_page);
}

TEST_F(ErrorPage, EscapesWhatTheClientSent)
{
    asked.request.method_name = "<script>";
    EXPECT_EQ(page(405).find("<script>"), std::string::npos);
    asked.request.headers.add("Expect", "\"<b>\"");
    const std::string expectation = page(417);
    EXPECT_EQ(expectation.find("<b>"), std::string::npos);
    EXPECT_NE(expectation.find("&lt;b&gt;"), std::string::npos);
    asked.request.hostname = "<i>";
    EXPECT_EQ(page(404).find("<i>"), std::string::npos);
    asked.response.headers.set("Location", "http://x/\"><u>");
    EXPECT_EQ(page(302).find("<u>"), std::string::npos);
}

TEST_F(ErrorPage, ForgetsTheBodyAndTheFieldsOfWhatFailed)
{
    asked.response.body.add("half a page");
    asked.response.headers.set("Content-Length", "11");
    asked.response.content_encodings.push_back("gzip");
    asked.response.charset = "utf-8";
    EXPECT_EQ(page(500).find("half a page"), std::string::npos);
    EXPECT_FALSE(asked.response.headers.has("Content-Length"));
    EXPECT_TRUE(asked.response.content_encodings.empty());
    EXPECT_EQ(asked.response.charset, "");
}

TEST_F(ErrorPage, HasNoBodyForHeadAndForStatusesWithoutOne)
{
    EXPECT_EQ(page(304), "");
    EXPECT_EQ(page(204), "");
    asked.request.head_only = true;
    EXPECT_EQ(page(404), "");
}

TEST_F(ErrorPage, TellsOfAnErrorDocumentThatFailed)
{
    EXPECT_NE(page(404, 403).find("<p>Additionally, a 403 Forbidden\nerror was encountered while "
                                  "trying to use an ErrorDocument to handle the request.</p>\n"),
              std::string::npos);
}

TEST_F(ErrorPage, EveryErrorStatusHasAPage)
{
    for (const int status : {400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412,
                             413, 414, 415, 416, 417, 421, 422, 423, 424, 426, 428, 429, 431,
                             451, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511}) {
        const std::string text = page(status);
        EXPECT_NE(text.find("<title>" + std::to_string(status) + " "), std::string::npos) << status;
        EXPECT_TRUE(text.ends_with("</body></html>\n")) << status;
    }
}

TEST_F(ErrorPage, SignatureWithEMailLinksTheAdministratorEscaped)
{
    const auto text = server_signature(asked.request);
    EXPECT_TRUE(text.ends_with(" Server at <a href=\"mailto:&lt;me&gt;@example.com\">example.com"
                               "</a> Port 80</address>\n"))
        << text;
    const Site quiet("ServerName example.com\n");
    EXPECT_EQ(server_signature(Asked(quiet).request), "");
}

TEST(Banner, SaysAsMuchAsServerTokensAllows)
{
    using Tokens = ProcessSettings::Tokens;
    Site site("ServerName example.com\n");
    auto banner = [&](Tokens tokens) {
        site.configuration->process.server_tokens = tokens;
        return server_banner(*site.configuration);
    };
    const std::string version(signet_version);
    EXPECT_EQ(banner(Tokens::product), "signet");
    EXPECT_EQ(banner(Tokens::minimal), "signet/" + version);
    EXPECT_EQ(banner(Tokens::os), "signet/" + version + " (Unix)");
    EXPECT_TRUE(banner(Tokens::full).starts_with("signet/" + version + " (Unix) OpenSSL/"));
    EXPECT_TRUE((version + ".").starts_with(banner(Tokens::major).substr(7) + "."));
    EXPECT_TRUE(banner(Tokens::minor).starts_with(banner(Tokens::major) + "."));
}

TEST(Body, CountsBytesAndFilesAndLeavesOutTheEmpty)
{
    Body body;
    EXPECT_TRUE(body.empty());
    body.add("");
    body.add(FileRef(FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC))), 0, 0);
    EXPECT_TRUE(body.empty());
    body.add("abc");
    body.add(FileRef(FileDescriptor(::open("/dev/null", O_RDONLY | O_CLOEXEC))), 5, 7);
    EXPECT_EQ(body.size(), 10U);
    EXPECT_EQ(body.pieces().size(), 2U);
}

TEST(FileRef, TheLastReferenceClosesTheFile)
{
    const int descriptor = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    auto is_open = [&] { return ::fcntl(descriptor, F_GETFD) != -1; };
    Body body;
    {
        FileRef first{FileDescriptor(descriptor)};
        FileRef second = first;
        body.add(second, 0, 1);
        first = FileRef();
        second = std::move(first);
        EXPECT_TRUE(is_open());
    }
    EXPECT_TRUE(is_open());
    body.clear();
    EXPECT_FALSE(is_open());
}

TEST(Response, ItsOwnFieldsComeBeforeTheKeptOnes)
{
    Response response;
    response.always_headers.add("X", "kept");
    EXPECT_EQ(response.find("x"), "kept");
    response.headers.add("X", "own");
    EXPECT_EQ(response.find("x"), "own");
    EXPECT_EQ(response.find("y"), std::nullopt);
}

TEST(Exchange, KnowsNothingOfItsLastRequestAfterReset)
{
    Site site("ServerName example.com\n");
    Asked asked(site);
    Exchange exchange;
    Request& request = exchange.first.request;
    request.peer = &asked.peer;
    request.vhost = &site.main();
    request.scope = site.main().base.get();
    request.method_name = "POST";
    request.method = http::Method::post;
    request.head_only = true;
    request.user = "alice";
    request.auth_type = "Basic";
    request.admitted = true;
    request.query = "secret";
    request.path_info = "/p";
    request.handler = "h";
    request.hostname = "a.example";
    request.host_port = 99;
    request.error_status = 404;
    request.error_notes = "n";
    request.file.size = 5;
    request.keep_alive = false;
    request.headers.add("Authorization", "Basic x");
    request.env.add("E", "1");
    request.notes.add("N", "1");
    request.log_id = "id";
    Response& response = exchange.first.response;
    response.status = 500;
    response.reason = "Because";
    response.headers.add("Set-Cookie", "c");
    response.always_headers.add("X", "y");
    response.content_type = "text/plain";
    response.content_languages.push_back("en");
    response.body.add("bytes");
    response.body_is_known = false;
    response.is_error_page = response.no_cache = response.no_etag = response.head_sent = true;
    response.bytes_sent = 7;

    exchange.reset();

    EXPECT_EQ(request.peer, nullptr);
    EXPECT_EQ(request.vhost, nullptr);
    EXPECT_EQ(request.scope, nullptr);
    EXPECT_EQ(request.method, http::Method::get);
    EXPECT_EQ(request.query, std::nullopt);
    for (const auto text :
         {request.method_name, request.user, request.auth_type, request.path_info, request.handler,
          request.hostname, request.error_notes, std::string_view(request.log_id)}) {
        EXPECT_EQ(text, "");
    }
    EXPECT_FALSE(request.head_only);
    EXPECT_FALSE(request.admitted);
    EXPECT_TRUE(request.keep_alive);
    EXPECT_EQ(request.host_port, 0);
    EXPECT_EQ(request.error_status, 0);
    EXPECT_EQ(request.file.size, 0U);
    for (const auto* table : {&request.headers, &request.env, &request.notes, &response.headers,
                              &response.always_headers}) {
        EXPECT_TRUE(table->empty());
    }
    EXPECT_EQ(request.exchange, &exchange) << "what belongs to the exchange itself stays";
    EXPECT_EQ(request.response, &response);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.reason, "");
    EXPECT_EQ(response.content_type, "");
    EXPECT_TRUE(response.content_languages.empty());
    EXPECT_TRUE(response.body.empty());
    EXPECT_TRUE(response.body_is_known);
    EXPECT_FALSE(response.is_error_page || response.no_cache || response.no_etag
                 || response.head_sent);
    EXPECT_EQ(response.bytes_sent, 0U);
}

TEST(Exchange, DerivedRequestsAreGoneAfterReset)
{
    class Sink : public ResponseSink {
        Result<void> write(std::string_view) override { return {}; }
        Result<void> interim(int, const http::Headers&) override { return {}; }
    };
    Sink sink;
    Site site("ServerName example.com\n");
    Exchange exchange;
    Request& request = exchange.first.request;
    request.vhost = &site.main();
    request.user = "alice";
    request.headers.add("Accept", "text/html");
    exchange.first.response.set_sink(sink);
    RequestPair& derived = exchange.derive(request);
    EXPECT_EQ(derived.request.user, "alice");
    EXPECT_EQ(derived.request.headers.find("accept"), "text/html");
    EXPECT_EQ(derived.request.scope, site.main().base.get());
    EXPECT_EQ(exchange.pair_of(derived.request), &derived);
    EXPECT_EQ(exchange.pair_of(request), &exchange.first);
    exchange.final = &derived;
    exchange.reset();
    EXPECT_EQ(exchange.final, &exchange.first);
}

} // namespace
} // namespace signet::server
