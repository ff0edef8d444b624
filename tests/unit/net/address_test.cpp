// Addresses and ranges, compared with what Apache 2.4's `Require ip` takes and refuses.
#include "net/address.h"

#include <gtest/gtest.h>

namespace signet::net {
namespace {

Address ip(std::string_view text)
{
    return Address::parse(text, 0).value();
}
bool in(std::string_view range, std::string_view address)
{
    return AddressRange::parse(range).value().contains(ip(address));
}

TEST(Address, PrintsAsItWasWritten)
{
    EXPECT_EQ(Address::parse("192.0.2.1", 80)->text(), "192.0.2.1:80");
    EXPECT_EQ(Address::parse("[2001:DB8::1]", 443)->text(), "[2001:db8::1]:443");
    EXPECT_EQ(Address::any_v6(80).text(), "[::]:80");
    EXPECT_EQ(Address::any_v4(80).text(), "0.0.0.0:80");
}

TEST(Address, MappedIpv6IsIpv4)
{
    EXPECT_EQ(ip("::ffff:192.0.2.1"), ip("192.0.2.1"));
    EXPECT_EQ(ip("::ffff:192.0.2.1").ip(), "192.0.2.1");
    EXPECT_FALSE(ip("::ffff:192.0.2.1").is_v6());
}

TEST(Address, GarbageIsRefused)
{
    for (const auto* text : {"", "[", "[]", "localhost", "1.2.3", "1.2.3.4.5", "1.2.3.256",
                             "[1.2.3.4]", ":::", "1:2:3:4:5:6:7:8:9", "1.2.3.4 ", "[::1", "::1]"})
        EXPECT_FALSE(Address::parse(text, 0)) << text;
    EXPECT_FALSE(Address::parse(std::string_view("1.2.3.4\0x", 9), 0));
    EXPECT_FALSE(Address::parse(std::string(100000, '1'), 0));
}

TEST(Address, KnowsAnyAndLoopback)
{
    EXPECT_TRUE(Address::any_v4(1).is_any());
    EXPECT_TRUE(Address::any_v6(1).is_any());
    EXPECT_TRUE(ip("127.3.2.1").is_loopback());
    EXPECT_TRUE(ip("::1").is_loopback());
    EXPECT_FALSE(ip("::2").is_loopback());
    EXPECT_FALSE(ip("128.0.0.1").is_any());
}

TEST(Address, SurvivesTheWayThroughASockaddr)
{
    for (const auto* text : {"192.0.2.7", "2001:db8::7"}) {
        const auto address = Address::parse(text, 8080).value();
        sockaddr_storage storage{};
        const auto length = address.to_sockaddr(storage);
        EXPECT_EQ(Address::from(reinterpret_cast<sockaddr*>(&storage), length), address);
    }
}

TEST(AddressRange, TakesWhatApacheTakes)
{
    EXPECT_TRUE(in("10.0.0.0/8", "10.255.0.1"));
    EXPECT_FALSE(in("10.0.0.0/8", "11.0.0.1"));
    EXPECT_TRUE(in("10.1", "10.1.200.3"));
    EXPECT_TRUE(in("10.1.", "10.1.200.3"));
    EXPECT_FALSE(in("10.1", "10.2.0.0"));
    EXPECT_TRUE(in("192.168.0.0/255.255.0.0", "192.168.9.9"));
    EXPECT_TRUE(in("10.0.0.0/255.0.255.0", "10.7.0.9"));
    EXPECT_TRUE(in("2001:db8::/33", "2001:db8:7fff::1"));
    EXPECT_FALSE(in("2001:db8::/33", "2001:db8:8000::1"));
    EXPECT_TRUE(in("192.0.2.1", "::ffff:192.0.2.1"));
    EXPECT_FALSE(in("192.0.2.1", "192.0.2.2"));
    EXPECT_FALSE(in("::/1", "10.0.0.1"));
    EXPECT_TRUE(in("10.1.2.3/9", "10.5.0.0"));
}

TEST(AddressRange, RefusesWhatApacheRefuses)
{
    for (const auto* text :
         {"10.1/16", "10.1.2.3.4", "10.256", "10..1", "2001:db8", "[::1]", "", "."})
        EXPECT_EQ(AddressRange::parse(text).error().text, "The specified IP address is invalid.")
            << text;
    for (const auto* text : {"10.0.0.0/0", "10.0.0.0/33", "2001:db8::/0", "2001:db8::/129",
                             "1.2.3.4/", "1.2.3.4/x", "2001:db8::/255.0.0.0"})
        EXPECT_EQ(AddressRange::parse(text).error().text, "The specified network mask is invalid.")
            << text;
}

} // namespace
} // namespace signet::net
