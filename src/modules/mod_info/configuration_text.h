// The configuration as mod_info prints it: file by file, with line numbers.
#pragma once
#include "config/tree.h"

#include <functional>
#include <span>
#include <string>

namespace signet::mod_info {

// Directives that `is_wanted` says yes to, and the sections around them; all, when it is empty.
[[nodiscard]] std::string
configuration_text(std::span<const config::Node> nodes,
                   const std::function<bool(const config::Node&)>& is_wanted);

} // namespace signet::mod_info
