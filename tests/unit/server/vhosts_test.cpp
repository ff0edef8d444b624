// https://httpd.apache.org/docs/2.4/vhosts/details.html
#include "server/vhosts.h"
#include "unit/server/site.h"

#include <gtest/gtest.h>

namespace signet::server {
namespace {

std::string vhost(const std::string& addresses, const std::string& name,
                  const std::string& more = "")
{
    return "<VirtualHost " + addresses + ">\nServerName " + name + "\n" + more
           + "\n</VirtualHost>\n";
}

class Hosts {
public:
    explicit Hosts(const std::string& text)
        : site("ServerName main.example\n" + text)
        , hosts_(*site.configuration)
    {
    }
    [[nodiscard]] std::string find(std::string_view ip, uint16_t port, std::string_view name) const
    {
        return hosts_.at(*net::Address::parse(ip, port)).find(name).server_name;
    }
    [[nodiscard]] const NameTable& table(std::string_view ip, uint16_t port) const
    {
        return hosts_.at(*net::Address::parse(ip, port));
    }

    Site site;

private:
    VirtualHosts hosts_;
};

TEST(VirtualHosts, WithoutAnyEverythingIsTheMainServers)
{
    const Hosts hosts("");
    EXPECT_EQ(hosts.find("192.0.2.1", 80, "whatever.example"), "main.example");
}

TEST(VirtualHosts, AnUnknownNameGoesToTheFirstOfItsAddress)
{
    const Hosts hosts(vhost("*:80", "first.example") + vhost("*:80", "second.example"));
    EXPECT_EQ(hosts.find("192.0.2.1", 80, "second.example"), "second.example");
    EXPECT_EQ(hosts.find("192.0.2.1", 80, "nobody.example"), "first.example");
    EXPECT_EQ(hosts.find("192.0.2.1", 80, ""), "first.example");
    EXPECT_EQ(hosts.table("192.0.2.1", 80).find_exact("nobody.example"), nullptr);
    EXPECT_EQ(hosts.find("192.0.2.1", 81, "second.example"), "main.example");
}

TEST(VirtualHosts, TheMostSpecificAddressHidesTheOthers)
{
    const Hosts hosts(vhost("*:*", "any.example") + vhost("*:80", "port.example")
                      + vhost("192.0.2.1", "ip.example") + vhost("192.0.2.1:80", "both.example"));
    EXPECT_EQ(hosts.find("192.0.2.1", 80, ""), "both.example");
    EXPECT_EQ(hosts.find("192.0.2.1", 81, ""), "ip.example");
    EXPECT_EQ(hosts.find("192.0.2.2", 80, ""), "port.example");
    EXPECT_EQ(hosts.find("192.0.2.2", 81, ""), "any.example");
    EXPECT_EQ(hosts.find("192.0.2.1", 80, "port.example"), "both.example")
        << "names of less specific addresses are not looked at";
}

TEST(VirtualHosts, OneVhostMayHaveSeveralAddresses)
{
    const Hosts hosts(vhost("192.0.2.1:80 [2001:db8::1]:8080", "many.example"));
    EXPECT_EQ(hosts.find("192.0.2.1", 80, ""), "many.example");
    EXPECT_EQ(hosts.find("2001:db8::1", 8080, ""), "many.example");
    EXPECT_EQ(hosts.find("2001:db8::1", 80, ""), "main.example");
}

TEST(VirtualHosts, DefaultIsTheWildcardAddress)
{
    const Hosts hosts(vhost("_default_:80", "default.example"));
    EXPECT_EQ(hosts.find("203.0.113.9", 80, ""), "default.example");
}

TEST(NameTable, AliasesCountLikeNames)
{
    const Hosts hosts(vhost("*:80", "first.example")
                      + vhost("*:80", "second.example", "ServerAlias WWW.second.example two"));
    EXPECT_EQ(hosts.find("192.0.2.1", 80, "www.second.example"), "second.example");
    EXPECT_EQ(hosts.find("192.0.2.1", 80, "two"), "second.example");
}

TEST(NameTable, AnEarlierWildcardWinsOverALaterExactName)
{
    const Hosts hosts(vhost("*:80", "wild.example", "ServerAlias *.example.org")
                      + vhost("*:80", "www.example.org"));
    EXPECT_EQ(hosts.find("192.0.2.1", 80, "www.example.org"), "wild.example");
}

TEST(NameTable, AnEarlierExactNameWinsOverALaterWildcard)
{
    const Hosts hosts(vhost("*:80", "first.example") + vhost("*:80", "www.example.org")
                      + vhost("*:80", "wild.example", "ServerAlias *.example.org"));
    EXPECT_EQ(hosts.find("192.0.2.1", 80, "www.example.org"), "www.example.org");
    EXPECT_EQ(hosts.find("192.0.2.1", 80, "api.example.org"), "wild.example");
    EXPECT_EQ(hosts.find("192.0.2.1", 80, "example.org"), "first.example");
}

TEST(NameTable, TheFirstOfTwoWildcardsWins)
{
    const Hosts hosts(vhost("*:80", "one.example", "ServerAlias *.example.?rg")
                      + vhost("*:80", "two.example", "ServerAlias *.example.org"));
    EXPECT_EQ(hosts.find("192.0.2.1", 80, "a.example.org"), "one.example");
}

TEST(NameTable, TheFirstOfTwoEqualNamesWins)
{
    const Hosts hosts(vhost("*:80", "same.example", "ServerAlias a.example")
                      + vhost("*:80", "same.example", "ServerAlias b.example"));
    EXPECT_EQ(&hosts.table("192.0.2.1", 80).find("same.example"), &hosts.site.vhost(0));
    EXPECT_EQ(&hosts.table("192.0.2.1", 80).find("b.example"), &hosts.site.vhost(1));
}

TEST(VirtualHostAddress, ImpossiblePortsAreErrorsWithTheirLine)
{
    for (const char* address : {"*:0", "*:65536", "*:http", "[::1"}) {
        const Site site("ServerName main.example\n" + vhost(address, "x.example"));
        EXPECT_FALSE(site.loaded()) << address;
        EXPECT_NE(site.error().find("(line 2)"), std::string::npos) << address << site.error();
    }
}

TEST(VirtualHosts, ServerPathFindsTheVhostOfAClientThatSendsNoName)
{
    const Hosts hosts(vhost("*:80", "first.example")
                      + vhost("*:80", "second.example", "ServerPath /old"));
    const auto& table = hosts.table("192.0.2.1", 80);
    ASSERT_NE(table.find_path("/old"), nullptr);
    EXPECT_EQ(table.find_path("/old/x")->server_name, "second.example");
    EXPECT_EQ(table.find_path("/older"), nullptr);
    EXPECT_EQ(below_server_path(*table.find_path("/old"), "/old/x"), "/x");
    EXPECT_EQ(below_server_path(table.fallback(), "/old/x"), std::nullopt);
}

} // namespace
} // namespace signet::server
