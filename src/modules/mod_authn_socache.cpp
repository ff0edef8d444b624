// mod_authn_socache: keeps what a slow provider knows about users for a while.
//
//     AuthBasicProvider socache file        asks the cache first
//     AuthnCacheProvideFor file             whose answers are kept
//     AuthnCacheTimeout 300                 seconds
//     AuthnCacheContext directory           server, or a word: who shares them
//
// The cache is in the memory of each worker process and keeps hashes, not passwords. A changed
// password is noticed when the entry has expired. It is of little use with AuthUserFile, which is
// kept in memory anyway, and so are passwords that were right (server/password_checker.h).
// https://httpd.apache.org/docs/2.4/mod/mod_authn_socache.html
#include "base/text.h"
#include "modules/list.h"
#include "server/configuration.h"
#include "server/error_log.h"
#include "server/password_checker.h"
#include "server/request.h"
#include "server/scope.h"
#include "server/vhost.h"
#include "server/worker.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace signet::mod_authn_socache {
namespace {

using config::allowed_directory, config::in_directory, config::in_server;
using config::override_auth_config, config::override_none;
using server::Authentication, server::Request, server::Takes, server::Words;

constexpr int unknown_cache = 776;
constexpr int bad_timeout = 777;
constexpr std::string_view module_name = "authn_socache_module";

struct Config {
    std::optional<std::string> context;
    std::optional<int> timeout_seconds;
    std::vector<std::string> providers;
};

Config merge(const Config& outer, const Config& inner)
{
    return {.context = inner.context ? inner.context : outer.context,
            .timeout_seconds =
                inner.timeout_seconds ? inner.timeout_seconds : outer.timeout_seconds,
            .providers = inner.providers.empty() ? outer.providers : inner.providers};
}

Result<void> cache_context(Config& config, const Words& words)
{
    config.context = words[0];
    return {};
}

// Only tells Apache to make the cache, for .htaccess files that want it.
Result<void> cache_enable(Config&, const Words&)
{
    return {};
}

Result<void> provide_for(Config& config, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) config.providers.push_back(words[i]);
    return {};
}

Result<void> shared_cache(Config&, const Words& words)
{
    const std::string kind = words[0].substr(0, words[0].find(':'));
    if (kind == "shmcb" || kind == "default") return {};
    return words.refuse(unknown_cache,
                        "AuthnCacheSOCache: Unknown socache provider '" + kind
                            + "'. Maybe you need to load the appropriate socache module "
                              "(mod_socache_"
                            + kind + "?)",
                        "shmcb: the cache is in memory", "AuthnCacheSOCache shmcb");
}

Result<void> timeout(Config& config, const Words& words)
{
    const auto seconds = parse_number<int>(words[0]);
    if (!seconds) { // Apache takes the digits at the beginning, without a word
        words.warn(bad_timeout, "AuthnCacheTimeout " + words[0] + " is not a number of seconds",
                   "AuthnCacheTimeout 300");
    }
    const int read = static_cast<int>(std::strtol(words[0].c_str(), nullptr, 10));
    if (read != 0) config.timeout_seconds = read;
    return {};
}

const Config& config_of(const Request& request)
{
    const auto* module = request.configuration->find_module(module_name);
    return *static_cast<const Config*>(request.scope->config(module->index));
}

std::string key_of(const Config& config, const Request& request, std::string_view user,
                   std::string_view realm)
{
    const std::string_view context =
        config.context ? std::string_view(*config.context) : std::string_view("directory");
    std::string key(context);
    if (context == "directory" || context == "server") key = request.vhost->server_name;
    if (context == "directory") key += request.uri.substr(0, request.uri.rfind('/'));
    key.append(":").append(user);
    if (!realm.empty()) key.append(":").append(realm);
    return key;
}

void keep(Request& request, std::string_view provider, std::string_view user,
          std::string_view realm, std::string_view hash)
{
    const Config& config = config_of(request);
    if (std::ranges::find(config.providers, provider) == config.providers.end()) return;
    const int64_t until = request.start_micros / 1'000'000 + config.timeout_seconds.value_or(300);
    request.worker->passwords().keep_hash(key_of(config, request, user, realm), hash, until);
}

std::optional<std::string> find_kept(const Config& config, Request& request, std::string_view user,
                                     std::string_view realm, bool of_digest)
{
    if (config.providers.empty()) return std::nullopt;
    auto hash = request.worker->passwords().kept_hash(key_of(config, request, user, realm),
                                                      request.start_micros / 1'000'000);
    if (server::log_enabled(request, server::Severity::debug, "authn_socache")) {
        const std::string_view id =
            of_digest ? (hash ? "AH01688" : "AH01687") : (hash ? "AH01685" : "AH01684");
        server::log_event(request,
                          {.severity = server::Severity::debug,
                           .module = "authn_socache",
                           .apache_id = id,
                           .text = request.arena.join(
                               "Authn cache: ", hash ? "" : "no ",
                               hash ? "found credentials for " : "credentials found for ", user)});
    }
    return hash;
}

Authentication check(const void* config, Request& request, std::string_view user,
                     std::string_view password)
{
    const auto hash = find_kept(*static_cast<const Config*>(config), request, user, {}, false);
    if (!hash) return Authentication::user_unknown;
    const auto fits = request.worker->passwords().fits(user, password, *hash);
    if (!fits) return Authentication::failed;
    return *fits ? Authentication::granted : Authentication::denied;
}

Authentication find_hash(const void* config, Request& request, std::string_view user,
                         std::string_view realm, std::string& hash)
{
    auto kept = find_kept(*static_cast<const Config*>(config), request, user, realm, true);
    if (!kept) return Authentication::user_unknown;
    hash = std::move(*kept);
    return Authentication::granted;
}

constexpr server::Directive<Config> directives[] = {
    {"AuthnCacheContext", Takes::one, cache_context, in_directory, override_none,
     "directory, server or a word"},
    {"AuthnCacheEnable", Takes::raw, cache_enable, in_server, override_none, "nothing"},
    {"AuthnCacheProvideFor", Takes::iterate, provide_for, allowed_directory, override_auth_config,
     "authentication providers"},
    {"AuthnCacheSOCache", Takes::one, shared_cache, in_server, override_none, "shmcb"},
    {"AuthnCacheTimeout", Takes::one, timeout, allowed_directory, override_auth_config, "seconds"},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>(module_name, "mod_authn_socache.c", directives, {});
}

std::vector<server::AuthenticationProvider> providers()
{
    return {{"socache", module_name, check, find_hash}};
}

server::KeepCredentials keep_credentials()
{
    return keep;
}

} // namespace signet::mod_authn_socache

namespace signet::modules {

server::Module mod_authn_socache()
{
    return mod_authn_socache::module();
}

std::vector<server::AuthenticationProvider> authn_socache_providers()
{
    return mod_authn_socache::providers();
}

server::KeepCredentials authn_socache_keep()
{
    return mod_authn_socache::keep_credentials();
}

} // namespace signet::modules
