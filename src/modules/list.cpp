#include "modules/list.h"

#include "server/core_module.h"

namespace signet::modules {

std::vector<server::Module> all_modules()
{
    // Within a phase and rank, hooks run in this order.
    std::vector<server::Module> modules{
        server::core_module(), // first: every other module's sections rest on it
        mod_so(),
        mpm_event(),
        mod_unixd(),
        mod_version(),
        mod_macro(),
        mod_remoteip(),     // before anything looks at the client's address
        mod_log_forensic(), // its first line comes before anything is done
        mod_log_debug(),
        mod_log_config(),
        mod_logio(),
        mod_reqtimeout(),
        mod_unique_id(), // before anything logs or asks for its variable
        mod_env(),       // SetEnv before SetEnvIf reads variables
        mod_setenvif(),  // before everything that asks for environment variables
        mod_expires(),
        mod_headers(),
        mod_allowmethods(),
        mod_access_compat(), // Allow and Deny before Require, as Apache orders them
        mod_authz_host(),
        mod_authz_core(),
        mod_authz_user(),
        mod_authz_groupfile(),
        mod_authz_dbm(),
        mod_authz_owner(),
        mod_authn_core(), // AuthType and AuthName before those who ask by them
        mod_auth_basic(),
        mod_auth_digest(),
        mod_authn_file(),
        mod_authn_dbm(),
        mod_authn_anon(),
        mod_authn_socache(),
        mod_rewrite(), // its rules before aliases, its [T] and [H] after mod_mime
        mod_proxy(),   // after rules, before everything that looks for files
        mod_mime(),    // types before directory indexes are looked up
        mod_dir(),
        mod_negotiation(), // names without an extension, before mod_mime looks at them (by rank)
        mod_speling(),     // names that mod_dir has no fallback for
        mod_include(),     // after mod_dir, whose index may be such a page
        mod_autoindex(),   // the handler of directories where mod_dir found no index
        mod_cgi(),
        mod_cgid(),
        mod_actions(),
        mod_userdir(),
        mod_alias(),
        mod_vhost_alias(), // last to translate: in place of DocumentRoot
        mod_md(),          // before mod_ssl, which serves the certificates that it brings
        mod_ssl(),
        mod_status(),
        mod_http2(),
        mod_info(),
        mod_filter(),
        mod_deflate(),
        mod_brotli(),
        mod_substitute(),
    };
    for (auto& part : proxy_parts()) modules.push_back(std::move(part));
    for (size_t i = 0; i < modules.size(); ++i) modules[i].index = static_cast<int>(i);
    return modules;
}

namespace {

template <class T> void append(std::vector<T>& all, const std::vector<T>& more)
{
    all.insert(all.end(), more.begin(), more.end());
}

} // namespace

server::Providers all_providers()
{
    server::Providers providers;
    for (const auto& provided : {authz_core_providers(), authz_host_providers(),
                                 authz_user_providers(), authz_groupfile_providers(),
                                 authz_dbm_providers(), authz_owner_providers(), ssl_providers()}) {
        append(providers.authorization, provided);
    }
    providers.status.push_back(md_status());
    providers.status.push_back(ssl_status());
    for (const auto& provided : {authn_file_providers(), authn_dbm_providers(),
                                 authn_anon_providers(), authn_socache_providers()}) {
        append(providers.authentication, provided);
    }
    for (const auto& provided : {auth_basic_schemes(), auth_digest_schemes()})
        append(providers.schemes, provided);
    providers.run_command = cgi_run_command();
    providers.keep_credentials = authn_socache_keep();
    providers.certificate_wish = ssl_certificate_wish();
    providers.proxy_tls = ssl_proxy_tls();
    for (const auto& provided :
         {deflate_filters(), brotli_filters(), include_filters(), substitute_filters()})
        append(providers.output_filters, provided);
    return providers;
}

} // namespace signet::modules
