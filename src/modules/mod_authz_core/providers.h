// The providers that come with mod_authz_core: all, env, method, expr.
// https://httpd.apache.org/docs/2.4/mod/mod_authz_core.html#requiredirectives
#pragma once
#include "server/providers.h"

#include <vector>

namespace signet::mod_authz_core {

[[nodiscard]] std::vector<server::AuthorizationProvider> providers();

} // namespace signet::mod_authz_core
