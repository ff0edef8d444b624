// Accept and its relatives as Apache's negotiation reads them: leniently, and media types with
// level and charset. (http/accept.h reads them for everybody else.)
#pragma once
#include "base/arena.h"

#include <optional>
#include <string_view>
#include <vector>

namespace signet::mod_negotiation {

// One element of a list: "text/html;level=1;q=0.5". Views are into the arena, in small letters.
struct Wish {
    std::string_view name{};
    float quality = 1;
    float level = 0;
    std::string_view charset{};
};
using Wishes = std::vector<Wish>;

// What a quality value says: 1 for anything malformed.
[[nodiscard]] float parse_wish_quality(std::string_view text);

// A token up to white space, a comma or a semicolon, without the white space around it. Of a
// parameter's text, white space is a part.
[[nodiscard]] std::string_view take_token(std::string_view& rest, bool with_spaces = false);

// The next element, taken off `rest` together with the comma behind it.
[[nodiscard]] Wish take_wish(std::string_view& rest, Arena& arena);

// All elements, up to a bound that no client reaches; nothing for a missing field.
[[nodiscard]] std::optional<Wishes> parse_wishes(std::optional<std::string_view> field,
                                                 Arena& arena);

} // namespace signet::mod_negotiation
