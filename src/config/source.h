// Where something stands in the configuration: every directive remembers it, every message names
// it.
#pragma once
#include <cstdint>
#include <string>

namespace signet::config {

// What Apache calls the directives of the command line where it names a file.
inline constexpr const char* command_line_source = "-c/-C directives";

// A configuration file that was read, or the text of -C and -c. Owned by the Tree.
struct SourceFile {
    std::string path;
    const SourceFile* includer = nullptr; // whose Include named it; nullptr: the main file
    uint32_t include_line = 0;
};

struct Position {
    const SourceFile* file = nullptr;
    uint32_t line = 0;   // 1-based
    uint32_t column = 0; // 1-based, in bytes
    // Last line of a directive that backslashes continue; Apache names this one. 0: same as `line`.
    uint32_t end_line = 0;

    // "/etc/httpd.conf:14:3"; the parts that are unknown are left out.
    [[nodiscard]] std::string text() const;
    bool operator==(const Position&) const = default;
};

} // namespace signet::config
