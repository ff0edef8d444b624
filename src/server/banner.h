// How the server names itself: the Server field and error pages (ServerTokens), -v and -V.
#pragma once
#include "server/configuration.h"

#include <string>
#include <string_view>

namespace signet::server {

inline constexpr std::string_view signet_version = "0.1.0";
// The release of Apache httpd whose behaviour is the specification.
inline constexpr std::string_view apache_version = "2.4.71";

// "signet", "signet/0.1.0 (Unix) OpenSSL/3.0.22" …
[[nodiscard]] std::string server_banner(const Configuration& configuration);

} // namespace signet::server
