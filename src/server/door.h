// Directives that protect something: where signet cannot enforce one yet, ignoring it would let
// people in, so it is an error instead of a warning.
#pragma once
#include "config/tree.h"

#include <optional>
#include <string>
#include <string_view>

namespace signet::server {

// What would be unprotected if this (unimplemented) directive were ignored, or nothing. A directive
// that protects only with some words (RewriteRule with [F]) does not without words.
[[nodiscard]] std::optional<std::string> door_opened_by_ignoring(const config::Node& node);

// Whether some directive of this module can be such a one. By stem: "auth_basic", "rewrite".
[[nodiscard]] bool may_protect(std::string_view module_stem);

} // namespace signet::server
