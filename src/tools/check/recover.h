// Gives a configuration its line breaks back: text that was copied from a web page or PDF.
#pragma once
#include <string>
#include <string_view>

namespace signet::tools::check {

// Every line that must have been many is broken where known directives begin; comments between them
// get lines of their own, and sections are indented. Lines that are fine stay as they are.
[[nodiscard]] std::string recover_lines(std::string_view text);

} // namespace signet::tools::check
