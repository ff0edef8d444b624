// Takes secrets out of text that is shown to others.
#pragma once
#include <string>
#include <string_view>

namespace signet::tools::report {

// A line of a configuration or log: pass phrases, passwords, tokens, credentials in URLs.
[[nodiscard]] std::string redact_line(std::string_view line);
// A whole text; blocks of private keys go entirely.
[[nodiscard]] std::string redact(std::string_view text);

} // namespace signet::tools::report
