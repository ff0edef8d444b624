// RFC 9112 §3.2; the statuses are those of Apache 2.4.
#include "server/host_memo.h"
#include "server/request_target.h"
#include "server/vhosts.h"
#include "unit/server/site.h"

#include <gtest/gtest.h>

namespace signet::server {
namespace {

class RequestTarget : public ::testing::Test {
protected:
    // The status, or 0; `host` null: no Host field.
    int ask(std::string_view target, const char* host = "one.example")
    {
        asked_ = std::make_unique<Asked>(site_);
        auto& request = asked_->request;
        request.method_name = method_;
        request.version = version_;
        request.unparsed_uri = target;
        if (host) request.headers.add("Host", host);
        return resolve_target(request, hosts_.at(asked_->peer.local), memo_);
    }
    [[nodiscard]] const Request& request() const { return asked_->request; }

    std::string_view method_ = "GET";
    http::Version version_ = http::Version::http11;

private:
    Site site_{"ServerName main.example\n"
               "<VirtualHost *:80>\nServerName first.example\n</VirtualHost>\n"
               "<VirtualHost *:80>\nServerName one.example\nAllowEncodedSlashes NoDecode\n"
               "</VirtualHost>\n"
               "<VirtualHost *:80>\nServerName two.example\nMergeSlashes Off\n</VirtualHost>\n"};
    HostMemo memo_;
    VirtualHosts hosts_{*site_.configuration};
    std::unique_ptr<Asked> asked_;
};

TEST_F(RequestTarget, AHostSeenBeforeLeadsToTheSameVhost)
{
    for (int time = 0; time < 2; ++time) {
        ASSERT_EQ(ask("/", "one.example:8080"), 0);
        EXPECT_EQ(request().vhost->server_name, "one.example");
        EXPECT_EQ(request().hostname, "one.example");
        EXPECT_EQ(request().host_port, 8080);
        ASSERT_EQ(ask("/", "two.example."), 0);
        EXPECT_EQ(request().vhost->server_name, "two.example");
        EXPECT_EQ(request().hostname, "two.example");
        EXPECT_EQ(ask("/", "one.example:80x"), 400);
    }
}

TEST_F(RequestTarget, HostChoosesTheVhostWhateverItsCasePortAndFinalDot)
{
    for (const char* host : {"one.example", "One.EXAMPLE", "one.example:8080", "one.example."}) {
        EXPECT_EQ(ask("/a?b=c", host), 0) << host;
        EXPECT_EQ(request().vhost->server_name, "one.example") << host;
        EXPECT_EQ(request().hostname, "one.example") << host;
        EXPECT_EQ(request().scope, request().vhost->base.get());
    }
    EXPECT_EQ(request().uri, "/a");
    EXPECT_EQ(request().query, "b=c");
}

TEST_F(RequestTarget, EmptyHostIsNoneIn11)
{
    EXPECT_EQ(ask("/", ""), 400);
    EXPECT_EQ(ask("http://one.example/", ""), 0);
    version_ = http::Version::http10;
    EXPECT_EQ(ask("/", ""), 0);
}

TEST_F(RequestTarget, TargetOfTheOtherSchemeLeavesTheNameToHost)
{
    EXPECT_EQ(ask("https://two.example/", "one.example"), 0);
    EXPECT_EQ(request().hostname, "one.example");
}

TEST_F(RequestTarget, ThePortOfHostIsRemembered)
{
    EXPECT_EQ(ask("/", "one.example:8080"), 0);
    EXPECT_EQ(request().host_port, 8080);
    EXPECT_EQ(ask("/", "one.example"), 0);
    EXPECT_EQ(request().host_port, 0);
}

TEST_F(RequestTarget, AbsoluteFormWinsOverHost)
{
    EXPECT_EQ(ask("http://Two.example:81/x?y", "one.example"), 0);
    EXPECT_EQ(request().vhost->server_name, "two.example");
    EXPECT_EQ(request().scheme, "http");
    EXPECT_EQ(request().uri, "/x");
    EXPECT_EQ(request().query, "y");
    EXPECT_EQ(request().host_port, 81);
}

TEST_F(RequestTarget, Http11NeedsAHostEvenInAbsoluteForm)
{
    EXPECT_EQ(ask("/", nullptr), 400);
    EXPECT_EQ(request().vhost->server_name, "first.example") << "for the log and the error page";
    EXPECT_EQ(ask("http://one.example/", nullptr), 400);
    version_ = http::Version::http10;
    EXPECT_EQ(ask("/", nullptr), 0);
    EXPECT_EQ(request().vhost->server_name, "first.example");
}

TEST_F(RequestTarget, AnEmptyHostIsTheFirstVhosts)
{
    (void)ask("/", "");
    EXPECT_EQ(request().vhost->server_name, "first.example");
    EXPECT_EQ(request().hostname, "");
}

TEST_F(RequestTarget, MalformedHostsAreRefused)
{
    for (const char* host : {"one.example:port", "one.example:99999", "one example", "[::1", "a/b",
                             "user@one.example", "one.example:80:80"}) {
        EXPECT_EQ(ask("/", host), 400) << host;
        EXPECT_NE(request().vhost, nullptr);
    }
}

TEST_F(RequestTarget, PathsAreNormalisedAsTheVhostSays)
{
    EXPECT_EQ(ask("/a/../b//c/%64", "first.example"), 0);
    EXPECT_EQ(request().uri, "/b/c/d");
    EXPECT_EQ(request().path_escaped, "/a/../b//c/%64");
    EXPECT_EQ(ask("/a//b", "two.example"), 0);
    EXPECT_EQ(request().uri, "/a//b");
    EXPECT_EQ(ask("/a%2fb", "first.example"), 404);
    EXPECT_EQ(ask("/a%2fb", "one.example"), 0);
    EXPECT_EQ(request().uri, "/a%2fb");
}

TEST_F(RequestTarget, PathsThatLeaveTheRootOrHoldBadEscapesAreRefused)
{
    EXPECT_EQ(ask("/../etc/passwd"), 400);
    EXPECT_EQ(ask("/a/../../b"), 400);
    EXPECT_EQ(ask("/%zz"), 400);
    EXPECT_EQ(ask("/%00"), 404);
    EXPECT_FALSE(request().uri.empty()) << "logs and error pages need something to show";
}

TEST_F(RequestTarget, TargetsOfNoFormAreRefused)
{
    EXPECT_EQ(ask("relative"), 400);
}

TEST_F(RequestTarget, AsteriskIsForTheServer)
{
    method_ = "OPTIONS";
    EXPECT_EQ(ask("*"), 0);
    EXPECT_EQ(request().uri, "*");
    EXPECT_EQ(request().method, http::Method::options);
}

TEST_F(RequestTarget, HeadIsAGetWithoutBody)
{
    method_ = "HEAD";
    EXPECT_EQ(ask("/"), 0);
    EXPECT_TRUE(request().head_only);
    EXPECT_EQ(request().method, http::Method::get);
}

TEST(StrictHostCheck, RefusesNamesNobodyHas)
{
    const Site site("ServerName main.example\nStrictHostCheck On\n"
                    "<VirtualHost *:80>\nServerName one.example\n</VirtualHost>\n");
    ASSERT_TRUE(site.loaded()) << site.error();
    const VirtualHosts hosts(*site.configuration);
    for (const auto& [host, status] : {std::pair{"one.example", 0}, {"other.example", 400}}) {
        Asked asked(site);
        asked.request.unparsed_uri = "/";
        asked.request.headers.add("Host", host);
        EXPECT_EQ(resolve_target(asked.request, hosts.at(asked.peer.local)), status) << host;
    }
}

} // namespace
} // namespace signet::server
