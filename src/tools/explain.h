// signet explain: what a message means and what to do, by its number (SG0042) or Apache's
// (AH00558); or the answer to a question (explain_topic.h).
#pragma once
#include "base/result.h"

#include <string>
#include <string_view>

namespace signet::tools {

// Every entry of the catalogue that has this number, or the answers to what is no number.
[[nodiscard]] Result<std::string> explain(std::string_view number);
// True for "SG0042", "AH00558:", "42".
[[nodiscard]] bool is_message_number(std::string_view text);

} // namespace signet::tools
