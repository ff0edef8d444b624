// One representation among which negotiation chooses: a file found by MultiViews, or an entry of a
// type map.
#pragma once
#include "modules/mod_negotiation/accept.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace signet::server {
class Request;
}

namespace signet::mod_negotiation {

// Views are into the request's arena or configuration.
struct Variant {
    // What was found out about it; null for an entry of a type map until it is chosen.
    server::Request* looked_up = nullptr;
    std::string_view file_name{}; // as a reference relative to the resource
    std::string_view type{};      // in small letters, without parameters
    std::string_view encoding{};  // "" when it is not encoded
    std::string_view charset{};
    std::string_view description{};
    std::vector<std::string_view> languages;
    std::optional<std::string_view> body{}; // stands in the type map itself
    std::optional<int64_t> length{};        // when it is known
    float source_quality = 0;               // qs; 0 when no type was named
    float level = 0;

    // What Selection finds.
    float language_quality = 1;
    float encoding_quality = 1;
    float charset_quality = 1;
    float type_quality = 1;
    float level_matched = 0;
    int stars = 0;           // of the best element of Accept: 1 "*/*", 2 "type/*", 3 the type
    int language_index = -1; // in LanguagePriority
    bool is_definite = true; // RFC 2296: chosen by no wildcard and no missing field

    [[nodiscard]] bool is_html() const
    {
        return type == "text/html" || type == "text/x-server-parsed-html"
               || type == "text/x-server-parsed-html3";
    }
    // What a Content-Type says.
    void set_type(const Wish& wish)
    {
        type = wish.name;
        source_quality = wish.quality;
        level = wish.level;
        charset = wish.charset;
    }
};
using Variants = std::vector<Variant>;

} // namespace signet::mod_negotiation
