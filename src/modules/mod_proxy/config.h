// What ProxyPass and its kin say. Internal to mod_proxy.
#pragma once
#include "server/module.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace signet::mod_proxy {

// One ProxyPass: where requests below a path go.
struct Pass {
    std::string path;      // of the URI
    bool excluded = false; // "!": not to be proxied
    std::string host;      // of the backend; IPv6 in brackets
    uint16_t port = 80;
    std::string target;                                       // the path there
    std::optional<std::chrono::milliseconds> timeout;         // timeout=
    std::optional<std::chrono::milliseconds> connect_timeout; // connectiontimeout=
};

struct Config {
    std::vector<Pass> passes;
    std::optional<std::chrono::milliseconds> timeout; // ProxyTimeout
    std::optional<bool> preserve_host;                // ProxyPreserveHost
    std::optional<bool> add_headers;                  // ProxyAddHeaders
};

[[nodiscard]] Config merge(const Config& outer, const Config& inner);
extern const std::span<const server::Directive<Config>> directives;

// How many characters of the URI the path covers; 0 when it does not match. Where the path ends
// without a slash, only whole segments match.
[[nodiscard]] size_t covered(std::string_view path, std::string_view uri);

// The handler: asks the backend to change protocols, and makes a tunnel of the connection.
[[nodiscard]] server::Outcome open_websocket(const Config& config, const Pass& pass,
                                             server::Request& request, server::Response& response);

// Catalogue ids.
inline constexpr int no_effect_yet = 5;
inline constexpr int parameter_without_effect = 624; // (diagnosis/module_entries.cpp)
inline constexpr int cannot_connect = 625;
inline constexpr int bad_answer = 626;
inline constexpr int not_an_upgrade = 627;
inline constexpr int name_unknown = 628;

} // namespace signet::mod_proxy
