// The URLs that rules make: schemes, escapes, what belongs to this server.
#pragma once
#include "base/arena.h"

#include <string>
#include <string_view>

namespace signet::server {
class Request;
}

namespace signet::mod_rewrite {

struct Scheme {
    size_t length = 0; // with "://" or ":"; 0: no scheme that mod_rewrite knows
    bool has_query = false;
};
[[nodiscard]] Scheme scheme_of(std::string_view uri);
[[nodiscard]] inline bool is_absolute_uri(std::string_view uri)
{
    return scheme_of(uri).length != 0;
}

// Percent-encodes what a path may not contain; "a:b" stays as it is.
[[nodiscard]] std::string_view escape_uri(std::string_view text, Arena& arena);
// Decodes every good escape, leaves the others.
[[nodiscard]] std::string unescape_uri(std::string_view text);
// Escapes all but scheme and host.
[[nodiscard]] std::string_view escape_absolute_uri(std::string_view uri, size_t scheme,
                                                   Arena& arena);
// With this server in front, unless it has a scheme already.
[[nodiscard]] std::string_view qualify(std::string_view uri, const server::Request& request);
// Without scheme and host when they are this virtual host's; unchanged otherwise.
[[nodiscard]] std::string_view reduce(std::string_view uri, const server::Request& request);
// `path` with `prefix` (as whole segments) replaced.
[[nodiscard]] std::string_view replace_prefix(std::string_view path, std::string_view prefix,
                                              std::string_view with,
                                              const server::Request& request);

} // namespace signet::mod_rewrite
