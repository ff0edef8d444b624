// Directives that protect something: where signet cannot enforce one yet, ignoring it would let
// people in, so it is an error instead of a warning.
#pragma once
#include "config/tree.h"

#include <optional>
#include <string>

namespace signet::server {

// What would be unprotected if this (unimplemented) directive were ignored, or nothing.
[[nodiscard]] std::optional<std::string> door_opened_by_ignoring(const config::Node& node);

} // namespace signet::server
