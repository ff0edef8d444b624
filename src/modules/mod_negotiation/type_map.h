// Type maps: files that list the variants of a resource, in blocks of fields with empty lines
// between. https://httpd.apache.org/docs/2.4/mod/mod_negotiation.html#typemaps
#pragma once
#include "modules/mod_negotiation/variant.h"

#include <string>
#include <string_view>

namespace signet::mod_negotiation {

struct TypeMap {
    Variants variants;
    // Of the first mistake: what stands before it counts all the same, unless is_useless.
    std::string_view apache_id{}; // "": there is none
    std::string message{};
    bool is_useless = false;
};

// `path` is for messages, `name` is the map's own: where bodies stand in it. The text lives in the
// arena, too.
[[nodiscard]] TypeMap parse_type_map(std::string_view text, std::string_view path,
                                     std::string_view name, Arena& arena);

} // namespace signet::mod_negotiation
