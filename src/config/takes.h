// How many words a directive takes: Apache's TAKE1, ITERATE, FLAG …
#pragma once
#include <cstdint>

namespace signet::config {

enum class Takes : uint8_t {
    none,
    one,
    two,
    three,
    one_or_two,
    one_or_three,
    two_or_three,
    one_to_three,
    iterate,     // one or more
    iterate_two, // one, then one or more
    flag,        // On or Off
    raw,         // anything: the handler reads node.arguments
};

} // namespace signet::config
