// The page of a listing, byte by byte as Apache writes it.
#pragma once
#include "modules/mod_autoindex/entries.h"

#include <span>
#include <string>

namespace signet::mod_autoindex {

// From the document type to the end of the head.
[[nodiscard]] std::string preamble(const Config& config, const View& view, std::string_view title);
// The heading when no header file takes its place.
[[nodiscard]] std::string heading(const Config& config, std::string_view title);
// The entries as a list, in columns, or as a table.
[[nodiscard]] std::string listing(const Config& config, const View& view,
                                  std::span<const Entry> entries, Arena& arena);

// Four characters: "  - ", " 56 ", "2.9K".
[[nodiscard]] std::string size_text(int64_t size);
// A description cut to a width; tags take no room, entities take one place.
[[nodiscard]] std::string_view cut_description(std::string& text, size_t width);

} // namespace signet::mod_autoindex
