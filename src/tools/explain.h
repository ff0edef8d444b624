// signet explain: what a message means and what to do, by its number (SG0042) or Apache's
// (AH00558); or the answer to a question (explain_topic.h).
#pragma once
#include "base/result.h"
#include "pki/describe.h"

#include <string>
#include <string_view>

namespace signet::tools {

// Every entry of the catalogue that has this number, or the answers to what is no number. Here and
// in explain_tls.h and explain_topic.h: the text is for people; each thing in it is also appended
// to the array `found`, for programs.
[[nodiscard]] Result<std::string> explain(std::string_view number, pki::Facts* found = nullptr);
// True for "SG0042", "AH00558:", "42".
[[nodiscard]] bool is_message_number(std::string_view text);

} // namespace signet::tools
