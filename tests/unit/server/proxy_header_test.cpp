#include "server/proxied_listeners.h"
#include "server/proxy_header.h"

#include <gtest/gtest.h>

namespace signet::server {
namespace {

using namespace std::string_literals;

std::string binary(unsigned char command, unsigned char family, const std::string& rest)
{
    std::string header = "\r\n\r\n\0\r\nQUIT\n"s;
    header += static_cast<char>(command);
    header += static_cast<char>(family);
    header += static_cast<char>(rest.size() >> 8);
    header += static_cast<char>(rest.size() & 0xff);
    return header + rest;
}

const std::string v4 = "\xcb\0\x71\x09\x0a\0\0\x01\x10\x92\0\x50"s; // 203.0.113.9:4242

// What is said about the client: "ip:port", "itself", "?" when more has to come, or the AH number.
// `piece`: how many bytes come at once. What follows the header has to be left alone.
std::string told(const std::string& header, size_t piece = 1000)
{
    ProxyHeaderReader reader;
    const std::string bytes = header + "GET / ";
    size_t at = 0;
    while (at < bytes.size() && !reader.is_complete()) {
        const auto taken = reader.take(std::string_view(bytes).substr(at, piece));
        if (!taken) return std::string(reader.apache_id());
        at += *taken;
    }
    if (!reader.is_complete()) return "?";
    EXPECT_EQ(at, header.size());
    return reader.client() ? reader.client()->text() : "itself";
}

TEST(ProxyHeader, LinesTellAnAddress)
{
    for (const size_t piece : {1u, 7u, 1000u}) {
        EXPECT_EQ(told("PROXY TCP4 203.0.113.9 10.0.0.1 4242 80\r\n", piece), "203.0.113.9:4242");
        EXPECT_EQ(told("PROXY TCP6 2001:db8::9 ::1 4242 80\r\n", piece), "[2001:db8::9]:4242");
        EXPECT_EQ(told("PROXY UNKNOWN\r\n", piece), "itself");
        EXPECT_EQ(told("PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", piece), "itself");
    }
}

TEST(ProxyHeader, BinaryOnesTellAnAddressAndMayHaveMoreFields)
{
    for (const size_t piece : {1u, 7u, 1000u}) {
        EXPECT_EQ(told(binary(0x21, 0x11, v4), piece), "203.0.113.9:4242");
        EXPECT_EQ(told(binary(0x21, 0x11, v4 + std::string(60000, 'x')), piece),
                  "203.0.113.9:4242");
        EXPECT_EQ(told(binary(0x20, 0x11, v4), piece), "itself");
        EXPECT_EQ(told(binary(0x20, 0x00, ""), piece), "itself");
    }
}

TEST(ProxyHeader, NonsenseIsRefused)
{
    EXPECT_EQ(told(""), "AH03496");
    EXPECT_EQ(told("PROXYX TCP4 203.0.113.9 10.0.0.1 4242 80\r\n"), "AH03496");
    EXPECT_EQ(told("PROXY \r\n"), "AH03497");
    EXPECT_EQ(told("PROXY UDP4 203.0.113.9 10.0.0.1 4242 80\r\n"), "AH03499");
    EXPECT_EQ(told("PROXY TCP4 2001:db8::9 ::1 4242 80\r\n"), "AH03500");
    EXPECT_EQ(told("PROXY TCP6 [::1] ::1 4242 80\r\n"), "AH03500");
    EXPECT_EQ(told("PROXY TCP4 203.0.113.9\r\n"), "AH03497");
    EXPECT_EQ(told("PROXY TCP4 203.0.113.9 10.0.0.1 70000 80\r\n"), "AH03501");
    EXPECT_EQ(told("PROXY TCP4 203.0.113.9 10.0.0.1 4242 80" + std::string(200, ' ') + "\r\n"),
              "AH10185");
    EXPECT_EQ(told("\r\n\r\n\0\r\nQUIX\n"s), "AH03496");
    EXPECT_EQ(told(binary(0x31, 0x11, v4)), "AH03509");
    EXPECT_EQ(told(binary(0x22, 0x11, v4)), "AH03507");
    EXPECT_EQ(told(binary(0x21, 0x12, v4)), "AH10183");
    EXPECT_EQ(told(binary(0x21, 0x11, v4.substr(0, 8))), "AH10597");
    EXPECT_EQ(told(binary(0x21, 0x21, v4)), "AH10598");
}

TEST(ProxiedListeners, AreMattersOfAddressesAndOffWins)
{
    const auto address = [](const char* ip, uint16_t port) {
        return *net::Address::parse(ip, port);
    };
    const auto client = address("192.0.2.7", 4711);
    ProxiedListeners listeners;
    EXPECT_FALSE(listeners.covers(address("10.0.0.1", 80), client));
    EXPECT_FALSE(listeners.set(net::Address::any_v4(80), true));
    EXPECT_TRUE(listeners.covers(address("10.0.0.1", 80), client));
    EXPECT_TRUE(listeners.covers(address("2001:db8::1", 80), client));
    EXPECT_FALSE(listeners.covers(address("10.0.0.1", 443), client));
    EXPECT_FALSE(listeners.set(address("10.0.0.1", 80), false));
    EXPECT_FALSE(listeners.covers(address("10.0.0.1", 80), client));
    EXPECT_TRUE(listeners.set(address("10.0.0.1", 80), true)); // overrides
    EXPECT_TRUE(listeners.covers(address("10.0.0.1", 80), client));
    listeners.except(*net::AddressRange::parse("192.0.2.0/24"));
    EXPECT_FALSE(listeners.covers(address("10.0.0.1", 80), client));
}

} // namespace
} // namespace signet::server
