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
        mod_log_config(),
        mod_logio(),
        mod_reqtimeout(),
        mod_env(),      // SetEnv before SetEnvIf reads variables
        mod_setenvif(), // before everything that asks for environment variables
        mod_headers(),
        mod_access_compat(), // Allow and Deny before Require, as Apache orders them
        mod_authz_host(),
        mod_authz_core(),
        mod_rewrite(), // its rules before aliases, its [T] and [H] after mod_mime
        mod_mime(),    // types before directory indexes are looked up
        mod_dir(),
        mod_actions(),
        mod_userdir(),
        mod_alias(),
        mod_vhost_alias(), // last to translate: in place of DocumentRoot
        mod_ssl(),
        mod_status(),
        mod_http2(),
    };
    for (size_t i = 0; i < modules.size(); ++i) modules[i].index = static_cast<int>(i);
    return modules;
}

server::Providers all_providers()
{
    server::Providers providers;
    for (const auto& provided : {authz_core_providers(), authz_host_providers(), ssl_providers()}) {
        providers.authorization.insert(providers.authorization.end(), provided.begin(),
                                       provided.end());
    }
    providers.status.push_back(ssl_status());
    return providers;
}

} // namespace signet::modules
