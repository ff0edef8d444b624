// Why a client does not get what a directory demands of its connection: Apache's line, then ours
// with who it was, cause and fix. What scanners and browsers without certificates do is no error
// of the server's and stays below that level (docs/differences.md).
#pragma once
#include "server/error_log.h"
#include "server/module.h"

#include <string_view>

namespace signet::mod_ssl {

// Ids of the catalogue.
inline constexpr int legacy_renegotiation = 383;
inline constexpr int cannot_ask = 656;
inline constexpr int certificate_not_good = 658;
inline constexpr int certificate_missing = 823;
inline constexpr int renegotiation_broken_off = 824;

// Apache's line.
struct RefusalLine {
    std::string_view apache_id; // "" when it has none: then only ours is logged
    std::string_view text;
    std::string_view library_error{}; // OpenSSL's, on a line of its own
};

// Counts the client, logs at the severity that `id` has in the catalogue. Always 403.
server::Outcome refuse_client(const server::Request& request, int id, const RefusalLine& line);

} // namespace signet::mod_ssl
