// Directives that modules read and check although nothing acts on them yet. `-L` says so, and a
// configuration that relies on one gets the warning "accepted, no effect yet".
#pragma once
#include "config/tree.h"

#include <string_view>

namespace signet::server {

[[nodiscard]] bool is_without_effect(std::string_view directive);
// False where the words ask for what happens anyway ("HostnameLookups Off").
[[nodiscard]] bool misses_its_effect(const config::Node& node);

} // namespace signet::server
