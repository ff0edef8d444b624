#include "tls/probe.h"

#include "tools/probe.h"

#include <gtest/gtest.h>

namespace signet {
namespace {

TEST(Probe, UnderstandsUrlsAndPlaces)
{
    const auto url = tls::parse_probe_target("https://a.example:8443/x?y");
    ASSERT_TRUE(url);
    EXPECT_EQ(url->host, "a.example");
    EXPECT_EQ(url->port, 8443);
    EXPECT_EQ(url->path, "/x?y");
    const auto place = tls::parse_probe_target("[::1]:444");
    ASSERT_TRUE(place);
    EXPECT_EQ(place->host, "::1");
    EXPECT_EQ(place->port, 444);
    EXPECT_EQ(tls::parse_probe_target("a.example")->port, 443);
}

TEST(Probe, RefusesWhatIsNoPlace)
{
    for (const char* bad : {"", ":443", "a:0", "a:70000", "a:b", "http://a/", "[::1", "[::1]x",
                            "a b", "https://a/x y", "https://a/\r\nX: y"}) {
        EXPECT_FALSE(tls::parse_probe_target(bad)) << bad;
    }
}

TEST(Probe, TakesTheOneDashOptionsOfSClient)
{
    EXPECT_EQ(tools::with_two_dashes({"-tls1_2", "--json", "-h", "a:443", "-CAfile", "x"}),
              (std::vector<std::string>{"--tls1_2", "--json", "-h", "a:443", "--CAfile", "x"}));
}

} // namespace
} // namespace signet
