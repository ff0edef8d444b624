// What mod_proxy takes apart: URLs, FastCGI's records, and whose turn it is among backends.
#include "modules/mod_proxy/backend_url.h"
#include "modules/mod_proxy/balancer.h"
#include "modules/mod_proxy/fcgi_records.h"

#include <gtest/gtest.h>

#include <map>

namespace signet::mod_proxy {
namespace {

TEST(BackendUrl, HasSchemeHostPortAndPath)
{
    const auto url = parse_url("http://[::1]:8080/app/x");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->scheme, "http");
    EXPECT_EQ(url->host, "[::1]");
    EXPECT_EQ(url->port, 8080);
    EXPECT_EQ(url->rest, "/app/x");
    EXPECT_EQ(host_and_port(*url), "[::1]:8080");
    EXPECT_EQ(host_and_port(*parse_url("fcgi://h")), "h:8000");
}

TEST(BackendUrl, MayNameAUnixSocket)
{
    const auto url = parse_url("unix:/run/a b.sock|fcgi://localhost/srv");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->socket, "/run/a b.sock");
    EXPECT_EQ(url->host, "localhost");
    EXPECT_EQ(url->rest, "/srv");
    EXPECT_EQ(without_socket("unix:/run/s|http://h/"), "http://h/");
    EXPECT_EQ(without_socket("unix:/run/s"), "unix:/run/s");
    EXPECT_TRUE(parse_url("unix:/run/s|http://"));
}

TEST(BackendUrl, IsRefusedWithoutSchemeOrHost)
{
    for (const auto* wrong : {"", "http", "http:/h", "http://", "://h", "http://h:99999/", "/path",
                              "http://:80/", "unix:/run/s|", "http://a b/"})
        EXPECT_FALSE(parse_url(wrong)) << wrong;
}

std::string content_of(fcgi::Kind wanted, std::string_view bytes, size_t step)
{
    fcgi::Reader reader;
    std::string found;
    while (!bytes.empty()) {
        auto piece = bytes.substr(0, step);
        bytes.remove_prefix(piece.size());
        fcgi::Reader::Record record;
        while (true) {
            const auto more = reader.next(piece, record);
            if (!more) return "refused";
            if (!*more) break;
            if (record.kind == wanted) found.append(record.content);
        }
    }
    return found;
}

TEST(FcgiRecords, ComeBackWhateverTheirPieces)
{
    std::string bytes;
    fcgi::append_begin(bytes, true);
    const std::string large(200'000, 'x');
    fcgi::append_stream(bytes, fcgi::Kind::output, large);
    fcgi::append_stream(bytes, fcgi::Kind::errors, "oh");
    fcgi::append_record(bytes, fcgi::Kind::end, std::string_view("\0\0\0\0\0\0\0\0", 8));
    EXPECT_EQ(bytes.size() % 8, 0U);
    for (const size_t step : {size_t{1}, size_t{7}, size_t{4096}, bytes.size()}) {
        EXPECT_EQ(content_of(fcgi::Kind::output, bytes, step), large);
        EXPECT_EQ(content_of(fcgi::Kind::errors, bytes, step), "oh");
        EXPECT_EQ(content_of(fcgi::Kind::end, bytes, step).size(), 8U);
    }
}

TEST(FcgiRecords, OfAnotherVersionAreRefused)
{
    EXPECT_EQ(content_of(fcgi::Kind::output, "HTTP/1.1 400 Bad Request\r\n", 100), "refused");
    EXPECT_EQ(content_of(fcgi::Kind::output, std::string_view("\1\3\0\1\0\4\0\0abcd", 12), 100),
              "refused"); // an end that is too short
}

TEST(FcgiRecords, WritePairsWithShortAndLongLengths)
{
    std::string out;
    fcgi::append_pair(out, "A", "bc");
    EXPECT_EQ(out, std::string("\1\2Abc"));
    out.clear();
    fcgi::append_pair(out, "N", std::string(300, 'v'));
    EXPECT_EQ(out.substr(0, 6), std::string_view("\1\x80\0\1\x2cN", 6)); // 0x8000012c
}

Backend member(const std::string& url, Parameters parameters = {})
{
    return {
        .url = url, .parameters = std::move(parameters), .state = std::make_shared<BackendState>()};
}

std::map<std::string, int> turns(const Balancer& balancer, int count)
{
    std::map<std::string, int> taken;
    for (int i = 0; i < count; ++i) {
        const Backend* chosen = choose_member(balancer, {});
        if (!chosen) break;
        ++taken[chosen->url];
        ++chosen->state->requests;
    }
    return taken;
}

TEST(Balancer, SharesRequestsByFactor)
{
    Balancer balancer;
    balancer.members = {member("a", {.load_factor = 1}), member("b", {.load_factor = 3})};
    const auto taken = turns(balancer, 40);
    EXPECT_EQ(taken.at("a"), 10);
    EXPECT_EQ(taken.at("b"), 30);
}

TEST(Balancer, PrefersTheLeastBusy)
{
    Balancer balancer{.parameters = {.method = "bybusyness"}};
    balancer.members = {member("a"), member("b")};
    balancer.members[0].state->busy = 3;
    EXPECT_EQ(turns(balancer, 5).at("b"), 5);
}

TEST(Balancer, SharesTraffic)
{
    Balancer balancer{.parameters = {.method = "bytraffic"}};
    balancer.members = {member("a", {.load_factor = 2}), member("b")};
    balancer.members[0].state->bytes_from = 150;
    balancer.members[1].state->bytes_from = 100;
    EXPECT_EQ(choose_member(balancer, {})->url, "a");
}

TEST(Balancer, LeavesOutWhatIsDisabledFailedOrTried)
{
    Balancer balancer;
    balancer.members = {member("a", {.disabled = true}), member("b"), member("c"), member("d")};
    balancer.members[1].state->failed = true;
    balancer.members[1].state->failed_at = Monotonic::now();
    const std::vector<const Backend*> tried{&balancer.members[2]};
    EXPECT_EQ(choose_member(balancer, tried)->url, "d");
}

TEST(Balancer, AsksStandbysAndLaterSetsLast)
{
    Balancer balancer;
    balancer.members = {member("spare", {.hot_standby = true}), member("second", {.set_number = 1}),
                        member("first")};
    std::vector<const Backend*> tried;
    for (const auto* expected : {"first", "second", "spare"}) {
        const Backend* chosen = choose_member(balancer, tried);
        ASSERT_TRUE(chosen);
        EXPECT_EQ(chosen->url, expected);
        tried.push_back(chosen);
    }
    EXPECT_FALSE(choose_member(balancer, tried));
}

TEST(Balancer, RecoversAllAtOnceUnlessToldNotTo)
{
    Balancer balancer;
    balancer.members = {member("a")};
    balancer.members[0].state->failed = true;
    balancer.members[0].state->failed_at = Monotonic::now();
    EXPECT_TRUE(choose_member(balancer, {}));
    balancer.parameters.force_recovery = false;
    EXPECT_FALSE(choose_member(balancer, {}));
}

} // namespace
} // namespace signet::mod_proxy
