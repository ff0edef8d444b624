// Recognises a configuration whose line breaks were lost (pasted from a web page): Apache takes a
// page of directives that follow a # on one line for a comment and starts without them.
#pragma once
#include "config/known_directives.h"

#include <string>
#include <string_view>
#include <vector>

namespace signet::config {

// A directive that stands in the middle of a line.
struct Swallowed {
    size_t offset = 0;
    std::string_view name;                 // without < > /
    const KnownDirective* known = nullptr; // null for directives of older versions
    bool is_section = false;
    bool is_closing = false;
    std::string_view arguments; // up to the next directive, '>' or '#'
};

// The directives on a line that must have been many lines; empty when it may well be one.
[[nodiscard]] std::vector<Swallowed> find_swallowed(std::string_view line);

} // namespace signet::config
