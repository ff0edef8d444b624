// Which application protocols a virtual host speaks: Protocols, ProtocolsHonorOrder, H2Direct.
// https://httpd.apache.org/docs/2.4/mod/core.html#protocols
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::server {

class VirtualHost;

// For ALPN, best first. Without Protocols: h2 and http/1.1. http/1.1 is always spoken.
[[nodiscard]] std::vector<std::string> protocols_for_tls(const VirtualHost& vhost);
// Is the protocol among those of Protocols (or its default: h2 over TLS, http/1.1 always)?
[[nodiscard]] bool speaks(const VirtualHost& vhost, std::string_view protocol);
// May a client begin with HTTP/2 at once, without having negotiated it? For h2c that is the rule.
[[nodiscard]] bool takes_http2_directly(const VirtualHost& vhost);
// May a request ask for h2c by its Upgrade field?
[[nodiscard]] bool takes_http2_upgrade(const VirtualHost& vhost);
// HTTP2-Settings is written so (RFC 7540 §3.2.1); nothing when it is malformed.
[[nodiscard]] std::optional<std::string> decode_base64url(std::string_view text);

} // namespace signet::server
