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
server::Module mod_auth_basic();
server::Module mod_auth_digest();
server::Module mod_authn_anon();
server::Module mod_authn_core();
server::Module mod_authn_dbm();
server::Module mod_authn_file();
server::Module mod_authn_socache();
server::Module mod_authz_core();
server::Module mod_authz_dbm();
server::Module mod_authz_groupfile();
server::Module mod_authz_host();
server::Module mod_authz_owner();
server::Module mod_authz_user();
server::Module mod_autoindex();
server::Module mod_brotli();
server::Module mod_cgi();
server::Module mod_cgid();
server::Module mod_deflate();
server::Module mod_dir();
server::Module mod_env();
server::Module mod_expires();
server::Module mod_filter();
server::Module mod_headers();
server::Module mod_http2();
server::Module mod_include();
server::Module mod_info();
server::Module mod_log_config();
server::Module mod_logio();
server::Module mod_log_debug();
server::Module mod_log_forensic();
server::Module mod_mime();
server::Module mod_negotiation();
server::Module mod_proxy();
// Names for LoadModule and <IfModule>: mod_proxy does their work.
[[nodiscard]] std::vector<server::Module> proxy_parts();
server::Module mod_remoteip();
server::Module mod_reqtimeout();
server::Module mod_rewrite();
server::Module mod_setenvif();
server::Module mod_so();
server::Module mod_md();
server::Module mod_speling();
server::Module mod_ssl();
server::Module mod_status();
server::Module mod_substitute();
server::Module mod_unique_id();
server::Module mod_unixd();
server::Module mod_allowmethods();
server::Module mod_macro();
server::Module mod_userdir();
server::Module mod_version();
server::Module mod_vhost_alias();
server::Module mpm_event();

// What they offer each other.
[[nodiscard]] server::Providers all_providers();

// Require's providers by module.
[[nodiscard]] std::vector<server::AuthorizationProvider> authz_core_providers();
[[nodiscard]] std::vector<server::AuthorizationProvider> authz_dbm_providers();
[[nodiscard]] std::vector<server::AuthorizationProvider> authz_groupfile_providers();
[[nodiscard]] std::vector<server::AuthorizationProvider> authz_host_providers();
[[nodiscard]] std::vector<server::AuthorizationProvider> authz_owner_providers();
[[nodiscard]] std::vector<server::AuthorizationProvider> authz_user_providers();
[[nodiscard]] std::vector<server::AuthorizationProvider> ssl_providers();
// Filters by module.
[[nodiscard]] std::vector<server::OutputFilterProvider> deflate_filters();
[[nodiscard]] std::vector<server::OutputFilterProvider> brotli_filters();
[[nodiscard]] std::vector<server::OutputFilterProvider> include_filters();
[[nodiscard]] std::vector<server::OutputFilterProvider> substitute_filters();
// For <!--#exec cmd="…" -->.
[[nodiscard]] server::RunCommand cgi_run_command();
// Parts of the status pages.
[[nodiscard]] server::StatusSection md_status();
[[nodiscard]] server::StatusSection ssl_status();

// AuthBasicProvider's, AuthType's, and who keeps what they found.
[[nodiscard]] std::vector<server::AuthenticationProvider> authn_anon_providers();
[[nodiscard]] std::vector<server::AuthenticationProvider> authn_dbm_providers();
[[nodiscard]] std::vector<server::AuthenticationProvider> authn_file_providers();
[[nodiscard]] std::vector<server::AuthenticationProvider> authn_socache_providers();
[[nodiscard]] std::vector<server::AuthenticationScheme> auth_basic_schemes();
[[nodiscard]] std::vector<server::AuthenticationScheme> auth_digest_schemes();
[[nodiscard]] server::KeepCredentials authn_socache_keep();
// Which virtual hosts mod_md may get certificates for.
[[nodiscard]] server::CertificateWishOf ssl_certificate_wish();
[[nodiscard]] server::ProxyTlsOf ssl_proxy_tls();

} // namespace signet::modules
