// Every module compiled in, and the order they run in.
#pragma once
#include "server/module.h"
#include "server/providers.h"

#include <vector>

namespace signet::modules {

// All modules, core first, indexes assigned. Made once, at start.
[[nodiscard]] std::vector<server::Module> all_modules();

server::Module mod_access_compat();
server::Module mod_actions();
server::Module mod_alias();
server::Module mod_authz_core();
server::Module mod_authz_host();
server::Module mod_dir();
server::Module mod_env();
server::Module mod_headers();
server::Module mod_http2();
server::Module mod_log_config();
server::Module mod_logio();
server::Module mod_mime();
server::Module mod_reqtimeout();
server::Module mod_rewrite();
server::Module mod_setenvif();
server::Module mod_so();
server::Module mod_ssl();
server::Module mod_status();
server::Module mod_unixd();
server::Module mod_userdir();
server::Module mod_version();
server::Module mod_vhost_alias();
server::Module mpm_event();

// What they offer each other.
[[nodiscard]] server::Providers all_providers();

// Require's providers by module.
[[nodiscard]] std::vector<server::AuthorizationProvider> authz_core_providers();
[[nodiscard]] std::vector<server::AuthorizationProvider> authz_host_providers();
[[nodiscard]] std::vector<server::AuthorizationProvider> ssl_providers();
// Parts of the status pages.
[[nodiscard]] server::StatusSection ssl_status();

} // namespace signet::modules
