// Where a backend is: "http://host:8080/path", "unix:/run/app.sock|http://localhost/",
// "balancer://name/path".   https://httpd.apache.org/docs/2.4/mod/mod_proxy.html#proxypass
#pragma once
#include "base/result.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace signet::mod_proxy {

// Views into what was parsed.
struct UrlParts {
    std::string_view socket{};    // of a Unix socket, else ""
    std::string_view scheme{};    // as written
    std::string_view host{};      // IPv6 in brackets
    std::string_view authority{}; // as written, with the port
    uint16_t port = 0;            // 0: none given
    std::string_view rest{};      // from the slash of the path on; may be ""
};

// Errors: what is missing.
[[nodiscard]] Result<UrlParts> parse_url(std::string_view url);

// 0 for a scheme that signet does not speak.
[[nodiscard]] uint16_t default_port(std::string_view scheme);

// The URL without the Unix socket: what <Proxy> and ProxyPassReverse compare.
[[nodiscard]] std::string_view without_socket(std::string_view url);

// "127.0.0.1:8080" as Apache's log lines have it: with the port.
[[nodiscard]] std::string host_and_port(const UrlParts& url);

} // namespace signet::mod_proxy
