// How values are written into a page: encodings of echo and set, sizes of fsize.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet::mod_include {

// Names separated by commas, one after the other: none, url, urlencoded, base64, entity. Nothing
// when a name is unknown, which `unknown` then is.
[[nodiscard]] std::optional<std::string> encoded(std::string text, std::string_view names,
                                                 std::string_view& unknown);
[[nodiscard]] std::optional<std::string> decoded(std::string text, std::string_view names,
                                                 std::string_view& unknown);

// HTML's entities of Latin-1 and numbers below 256, as one byte each.
[[nodiscard]] std::string decode_entities(std::string_view text);

// " 49 ", "1.2M": four characters (apr_strfsize).
[[nodiscard]] std::string abbreviated_size(uint64_t bytes);
// "1,234,567".
[[nodiscard]] std::string grouped_size(uint64_t bytes);

} // namespace signet::mod_include
