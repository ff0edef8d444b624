// IPv4 and IPv6 addresses with ports, and address ranges as Apache writes them.
#pragma once
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <sys/socket.h>

namespace signet::net {

// A socket address. An IPv4-mapped IPv6 address compares and prints as IPv4, as in Apache.
class Address {
public:
    Address() = default;
    [[nodiscard]] static Address from(const sockaddr* address, socklen_t length);
    // "192.0.2.1", "2001:db8::1" (brackets allowed); no names, no DNS.
    [[nodiscard]] static Result<Address> parse(std::string_view host, uint16_t port);
    [[nodiscard]] static Address any_v4(uint16_t port);
    [[nodiscard]] static Address any_v6(uint16_t port);

    [[nodiscard]] bool is_v6() const;
    [[nodiscard]] bool is_any() const;
    [[nodiscard]] bool is_loopback() const;
    [[nodiscard]] uint16_t port() const;
    [[nodiscard]] std::string ip() const;   // "192.0.2.1"
    [[nodiscard]] std::string text() const; // "192.0.2.1:80", "[::1]:80"
    // 16 network-order bytes; IPv4 as ::ffff:a.b.c.d.
    [[nodiscard]] const unsigned char* bytes() const { return bytes_; }
    [[nodiscard]] bool same_ip(const Address& other) const;
    [[nodiscard]] socklen_t to_sockaddr(sockaddr_storage& out) const;
    bool operator==(const Address& other) const;

private:
    unsigned char bytes_[16]{};
    uint16_t port_ = 0;
    bool v6_ = false;
};

// "10.0.0.0/8", "10.1", "192.168.0.0/255.255.0.0", "2001:db8::/32": Require ip, Allow from.
class AddressRange {
public:
    [[nodiscard]] static Result<AddressRange> parse(std::string_view text);
    [[nodiscard]] bool contains(const Address& address) const;

private:
    unsigned char bytes_[16]{};
    unsigned char mask_[16]{};
    bool v6_ = false;
};

} // namespace signet::net
