// Colour and wrapped paragraphs for people; plain text when nobody sees colours.
#pragma once
#include <string>
#include <string_view>

namespace signet::tools {

enum class Ink { plain, bold, dim, red, yellow, green };

// True when standard output is a terminal and NO_COLOR is not set.
[[nodiscard]] bool wants_colour();
[[nodiscard]] std::string inked(Ink ink, std::string_view text, bool colour);
// `label` padded to `indent` columns, then the text broken at `width` columns.
[[nodiscard]] std::string paragraph(std::string_view label, std::string_view text, size_t indent,
                                    size_t width = 100);

} // namespace signet::tools
