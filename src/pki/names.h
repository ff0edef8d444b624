// Host names as certificates spell them.   RFC 6125 §6.4, RFC 9525 §6
#pragma once
#include <string>
#include <string_view>
#include <vector>

namespace signet::pki {

// True when a certificate's name covers the host: equal ignoring ASCII case and one final dot, or
// the pattern's whole leftmost label is "*" and stands for exactly one label of the host. A pattern
// needs two labels after the star ("*.com" covers nothing); an IP address never matches a wildcard.
[[nodiscard]] bool name_covers(std::string_view pattern, std::string_view host);

// True when any of the names covers the host.
[[nodiscard]] bool any_name_covers(const std::vector<std::string>& names, std::string_view host);

// "192.0.2.1", "::1" or "[::1]".
[[nodiscard]] bool is_ip_address(std::string_view host);

} // namespace signet::pki
