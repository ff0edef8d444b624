// signet explain: what a message means and what to do, by its number (SG0042) or Apache's
// (AH00558).
#pragma once
#include "base/result.h"

#include <string>
#include <string_view>

namespace signet::tools {

// Every entry of the catalogue that has this number, or an error that says how numbers look.
[[nodiscard]] Result<std::string> explain(std::string_view number);

} // namespace signet::tools
