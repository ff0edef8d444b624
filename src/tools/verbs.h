// What signet does when its first word is a verb and no flag: signet explain, signet adopt.
// httpd's own flags all begin with '-' and are untouched (process/command_line.h).
#pragma once
#include <optional>
#include <span>

namespace signet::tools {

// The exit code, or nothing when the words are httpd's.
[[nodiscard]] std::optional<int> run_verb(std::span<const char* const> words);

} // namespace signet::tools
