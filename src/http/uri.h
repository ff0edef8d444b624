// Request targets and paths.   RFC 9112 §3.2, RFC 3986 · AllowEncodedSlashes, MergeSlashes
#pragma once
#include "base/arena.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace signet::http {

enum class TargetForm : uint8_t { origin, absolute, authority, asterisk };

// A request target taken apart; views into it.
struct Target {
    TargetForm form = TargetForm::origin;
    std::string_view scheme{};    // absolute form
    std::string_view authority{}; // absolute and authority form
    std::string_view path{};      // still escaped, without query
    std::optional<std::string_view> query{};
};

// Nothing when the target fits no form (400).
[[nodiscard]] std::optional<Target> parse_target(std::string_view target, bool is_connect);

enum class EncodedSlashes : uint8_t { refuse, decode, keep }; // Off, On, NoDecode

struct PathResult {
    int status = 0;          // 0: fine; 400: bad escape, or above the root; 404: %2F refused or %00
    std::string_view path{}; // unescaped, dot segments removed; in the arena or a part of the input
};
// What Apache's ap_normalize_path and ap_unescape_url do together.
[[nodiscard]] PathResult normalize_path(std::string_view escaped, EncodedSlashes slashes,
                                        bool merge_slashes, Arena& arena);

// Percent-encodes what a path may not contain (ap_os_escape_path, with ./ for a leading colon
// part).
[[nodiscard]] std::string_view escape_path(std::string_view path, Arena& arena);

// "host:port" of a Host field or authority, taken apart and checked (RFC 9110 §7.2).
struct Authority {
    std::string_view host{}; // without brackets' port; IPv6 keeps its brackets
    uint16_t port = 0;       // 0: none given
};
[[nodiscard]] std::optional<Authority> parse_authority(std::string_view text, bool strict);

} // namespace signet::http
