// Conditional requests, in the order Apache weighs them (ap_meets_conditions).   RFC 9110 §13
#pragma once
#include "http/headers.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace signet::http {

// What is known about the selected representation.
struct Validators {
    std::string_view etag{}; // with quotes, and W/ when weak; "" when there is none
    // Seconds since 1970. Without it the representation counts as modified just now, as in Apache.
    std::optional<int64_t> modified{};
};

// If-Match, If-Unmodified-Since, If-None-Match, If-Modified-Since: 0 (go on), 304 or 412.
// `is_get` holds for HEAD too. `now` is when the request came, in seconds.
//
// Apache deviates from RFC 9110 §13.2.2, and we with it: If-Unmodified-Since counts even beside
// If-Match, and an If-Modified-Since that says "modified" overrules an If-None-Match that matches.
[[nodiscard]] int evaluate_conditions(const Headers& request, bool is_get,
                                      const Validators& validators, int64_t now);

// True when If-Range is absent or holds, so that Range counts. A date holds only when it equals the
// modification time and that is more than a minute old.
[[nodiscard]] bool if_range_holds(const Headers& request, const Validators& validators,
                                  int64_t now);

} // namespace signet::http
