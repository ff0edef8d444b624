// Addresses and networks in expressions (-ipmatch, -R), read as apr_ipsubnet_create reads them.
// The net floor's ranges are a sibling's, and Require ip reads a few more spellings.
#pragma once
#include <array>
#include <optional>
#include <string_view>

namespace signet::config {

class Subnet {
public:
    // "192.0.2.1", "192.0.2.0/24", "192.0.2.0/255.255.255.0", "10.1", "2001:db8::/32".
    [[nodiscard]] static std::optional<Subnet> parse(std::string_view text);
    // False for anything that is no address. An IPv4-mapped IPv6 address is IPv4.
    [[nodiscard]] bool contains(std::string_view address) const;

private:
    std::array<unsigned char, 16> bytes_{};
    std::array<unsigned char, 16> mask_{};
    size_t size_ = 0; // 4 or 16
};

} // namespace signet::config
