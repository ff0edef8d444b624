// TLS towards the servers behind this one, for mod_proxy: the SSLProxy… directives as a policy.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslproxyengine
#include "base/file.h"
#include "modules/list.h"
#include "modules/mod_ssl/config.h"
#include "server/configuration.h"
#include "server/request.h"
#include "server/scope.h"
#include "tls/client_stream.h"

namespace signet::mod_ssl {
namespace {

std::string path_of_place(const std::optional<ProxyTls::Place>& place)
{
    return place ? place->path : std::string();
}

tls::ClientPolicy policy_of(const ProxyTls& settings)
{
    using Revocation = ProxyTls::RevocationCheck;
    const auto revocation = settings.crl_check.value_or(Revocation::none);
    tls::ClientPolicy policy{
        .protocols = settings.protocols.value_or(tls::Protocols{}),
        .cipher_list = settings.cipher_list.value_or(""),
        .cipher_suites = settings.cipher_suites.value_or(""),
        .verify = settings.verify.value_or(tls::VerifyClient::none),
        .depth = settings.verify_depth.value_or(1),
        .authorities_file = path_of_place(settings.ca_file),
        .authorities_path = path_of_place(settings.ca_path),
        .revocation_file = path_of_place(settings.crl_file),
        .revocation_path = path_of_place(settings.crl_path),
        .checks_revocation = revocation != Revocation::none,
        .of_whole_chain = revocation == Revocation::chain,
        .list_may_be_missing = settings.crl_may_be_missing,
        .pairs = settings.pairs,
        // Either of the two switches of old is enough to turn the check off.
        .checks_name =
            settings.check_peer_name.value_or(true) && settings.check_peer_cn.value_or(true),
        .checks_dates = settings.check_peer_expire.value_or(true),
    };
    if (settings.machine_chain)
        policy.chain = read_file(settings.machine_chain->path).value_or(std::string());
    return policy;
}

// Equal for policies that are equal.
std::string key_of(const tls::ClientPolicy& policy)
{
    std::string key;
    for (const auto* text : {&policy.cipher_list, &policy.cipher_suites, &policy.authorities_file,
                             &policy.authorities_path, &policy.revocation_file,
                             &policy.revocation_path, &policy.chain})
        key.append(*text).append(1, '\n');
    for (const int number :
         {int{policy.protocols.bits}, static_cast<int>(policy.verify), policy.depth,
          int{policy.checks_revocation}, int{policy.of_whole_chain},
          int{policy.list_may_be_missing}, int{policy.checks_name}, int{policy.checks_dates}})
        key.append(std::to_string(number)).append(1, ' ');
    for (const auto& pair : policy.pairs)
        key.append(std::to_string(reinterpret_cast<uintptr_t>(pair.get()))).append(1, ' ');
    return key;
}

Result<std::shared_ptr<const tls::ClientContext>> proxy_tls(const server::Request& request)
{
    const auto* module = request.configuration->find_module("ssl_module");
    if (!module) return fail(Error::Kind::denied, "mod_ssl is missing");
    const auto& settings = static_cast<const Config*>(request.scope->config(module->index))->proxy;
    if (!settings.engine.value_or(false) || !settings.contexts)
        return fail(Error::Kind::denied, "SSLProxyEngine is off");
    auto policy = policy_of(settings);
    auto& context = (*settings.contexts)[key_of(policy)];
    if (!context) {
        auto made = tls::ClientContext::make(std::move(policy));
        if (!made) return std::unexpected(made.error());
        context = std::move(*made);
    }
    return context;
}

} // namespace
} // namespace signet::mod_ssl

namespace signet::modules {

server::ProxyTlsOf ssl_proxy_tls()
{
    return mod_ssl::proxy_tls;
}

} // namespace signet::modules
