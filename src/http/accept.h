// What a client prefers: Accept, Accept-Charset, Accept-Encoding, Accept-Language.   RFC 9110 §12.5
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace signet::http {

// 0.5 is 500. Malformed text is 1000, as for a missing one: the element was asked for after all.
using Quality = uint16_t;
[[nodiscard]] Quality parse_quality(std::string_view text);

// One element: "text/html;level=1;q=0.5".
struct Preference {
    std::string_view value;      // "text/html", "gzip", "en-GB" or a wildcard
    std::string_view parameters; // ";level=1;q=0.5", or empty
    Quality quality = 1000;
};

// In the order sent. Elements beyond `most` are not looked at: nobody wants that many.
[[nodiscard]] std::vector<Preference> parse_preferences(std::string_view field, size_t most = 100);

// How much a coding is wanted: 0 when it is refused or not named. "identity" is wanted unless it or
// `*` is refused. Allocates nothing.
[[nodiscard]] Quality coding_quality(std::optional<std::string_view> accept_encoding,
                                     std::string_view coding);

} // namespace signet::http
