// ProxyPassReverse and its kin for cookies: what a backend calls itself becomes what clients call
// it.   https://httpd.apache.org/docs/2.4/mod/mod_proxy.html#proxypassreverse
#pragma once
#include <string>
#include <string_view>

namespace signet::server {
class Request;
}

namespace signet::mod_proxy {

struct Config;

// A field of the backend's answer: Location, Content-Location, URI, Destination and Set-Cookie are
// translated, others stay.
[[nodiscard]] std::string map_field(const Config& config, const server::Request& request,
                                    std::string_view name, std::string_view value);

// ${VARIABLE} by the request's environment, for what says "interpolate".
[[nodiscard]] std::string interpolate(std::string_view text, const server::Request& request);

} // namespace signet::mod_proxy
