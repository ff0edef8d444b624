// Spellings of Apache 1.3, 2.0 and 2.2 that 2.4 no longer knows, and those of its old TLS add-ons
// (Apache-SSL, Sioux, Stronghold): what each means today.
#pragma once
#include "config/tree.h"

#include <string_view>

namespace signet::server {

struct OldDirective {
    std::string_view name;
    std::string_view replacement; // the directive that does it today; empty: nothing is needed
    // Rewrites the arguments for the replacement, where they differ.
    void (*convert)(config::Node&);
    int id;                       // warning in the catalogue
    std::string_view explanation; // what the warning says
};

// Case-insensitive; nullptr when the name was never a directive (or still is one).
[[nodiscard]] const OldDirective* find_old_directive(std::string_view name);

} // namespace signet::server
