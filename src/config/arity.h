// How many words a directive takes, and Apache's message when there are more or fewer.
#pragma once
#include "config/tree.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace signet::config {

enum class Takes : uint8_t {
    none, one, two, three, one_or_two, one_or_three, two_or_three, one_to_three,
    iterate,     // one or more
    iterate_two, // one, then one or more
    flag,        // On or Off
    raw,         // anything: the handler reads node.arguments
};

// "DocumentRoot takes one argument, …help…", or nothing when the words fit.
[[nodiscard]] std::optional<std::string> check_arity(
    const Node& node, Takes takes, std::string_view help);

} // namespace signet::config
