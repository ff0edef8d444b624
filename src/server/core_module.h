// Core: the directives of Apache's core.c as a module, always the first (index 0), because the
// server itself reads its configuration (Scope::core).
// https://httpd.apache.org/docs/2.4/mod/core.html
#pragma once
#include "server/module.h"

namespace signet::server {

[[nodiscard]] Module core_module();

} // namespace signet::server
