// How many words a directive takes and where it may stand, and Apache's message when it is wrong.
#pragma once
#include "config/known_directives.h"
#include "config/takes.h"
#include "config/tree.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet::config {

// "DocumentRoot takes one argument, …help…", or nothing when the words fit. Of a flag's words only
// the first counts, as in Apache. A section that takes Takes::raw is held against the manual's
// table: "<Directory> directive requires additional arguments".
[[nodiscard]] std::optional<std::string> check_arity(const Node& node, Takes takes,
                                                     std::string_view help);

// "ServerName not allowed in <Directory> context", or nothing when `where` (one Allowed bit) is
// among `allowed`. `section` is the innermost section around the node, without < >.
[[nodiscard]] std::optional<std::string> check_context(const Node& node, uint8_t allowed,
                                                       Allowed where, std::string_view section);

} // namespace signet::config
