// signet explain WORDS: answers to questions that have no number.
#pragma once
#include "base/result.h"
#include "pki/describe.h"

#include <string>
#include <string_view>

namespace signet::tools {

// The answers that fit the words, topics first, then messages whose text has all of them.
[[nodiscard]] Result<std::string> explain_topic(std::string_view words,
                                                pki::Facts* found = nullptr);

} // namespace signet::tools
