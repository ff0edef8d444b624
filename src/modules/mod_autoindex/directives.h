// mod_autoindex's directive table.
#pragma once
#include "modules/mod_autoindex/config.h"
#include "server/module.h"

#include <span>

namespace signet::mod_autoindex {

[[nodiscard]] std::span<const server::Directive<Config>> directives();

} // namespace signet::mod_autoindex
