// mod_authn_dbm: names and passwords in a database file, as htdbm writes it.
//
//     AuthBasicProvider dbm
//     AuthDBMUserFile conf/members      without the suffixes that some types add
//     AuthDBMType GDBM                  default, SDBM, GDBM, NDBM or DB
//
// The key is the name, or "name:realm" for AuthType Digest; the value is the hash, perhaps with a
// colon and more behind it. The file is opened for each login.
// https://httpd.apache.org/docs/2.4/mod/mod_authn_dbm.html
#include "base/text.h"
#include "modules/list.h"
#include "server/configuration.h"
#include "server/dbm_file.h"
#include "server/error_log.h"
#include "server/password_checker.h"
#include "server/request.h"
#include "server/worker.h"

#include <optional>

namespace signet::mod_authn_dbm {
namespace {

using config::allowed_directory, config::override_auth_config;
using server::Authentication, server::Request, server::Takes, server::Words;

constexpr int unopened = 918;

struct Config {
    std::optional<std::string> file;
    std::optional<std::string> type;
};

Config merge(const Config& outer, const Config& inner)
{
    return {.file = inner.file ? inner.file : outer.file,
            .type = inner.type ? inner.type : outer.type};
}

Result<void> user_file(Config& config, const Words& words)
{
    config.file = words.path(words[0]);
    return {};
}

Result<void> type(Config& config, const Words& words)
{
    config.type = words[0];
    return {};
}

// Sets the value up to a colon, then granted.
Authentication find(const Config& config, Request& request, const std::string& key,
                    std::string& value)
{
    const std::string kind = config.type.value_or("default");
    const std::string file = config.file.value_or("");
    const auto found = server::find_in_dbm(request, kind, file, {key});
    if (!found) {
        if (found.error().kind != Error::Kind::cancelled) {
            server::log_event(request, {.module = "authn_dbm",
                                        .apache_id = "AH10285",
                                        .id = unopened,
                                        .text = request.arena.join("could not open dbm (type ",
                                                                   kind, ") file: ", file, " (",
                                                                   found.error().text, ")")});
        }
        return Authentication::failed;
    }
    if (!*found) return Authentication::user_unknown;
    value = (*found)->substr(0, (*found)->find(':'));
    return Authentication::granted;
}

void keep(Request& request, std::string_view user, std::string_view realm, std::string_view hash)
{
    const auto* providers = request.configuration->providers;
    if (providers && providers->keep_credentials)
        providers->keep_credentials(request, "dbm", user, realm, hash);
}

Authentication check(const void* config, Request& request, std::string_view user,
                     std::string_view password)
{
    std::string hash;
    const auto found = find(*static_cast<const Config*>(config), request, std::string(user), hash);
    if (found != Authentication::granted) return found;
    keep(request, user, {}, hash);
    const auto fits = request.worker->passwords().fits(user, password, hash);
    if (!fits) return Authentication::failed;
    return *fits ? Authentication::granted : Authentication::denied;
}

Authentication find_hash(const void* config, Request& request, std::string_view user,
                         std::string_view realm, std::string& hash)
{
    const std::string key = std::string(user) + ":" + std::string(realm);
    const auto found = find(*static_cast<const Config*>(config), request, key, hash);
    if (found == Authentication::granted) keep(request, user, realm, hash);
    return found;
}

constexpr server::Directive<Config> directives[] = {
    {"AuthDBMUserFile", Takes::one, user_file, allowed_directory, override_auth_config,
     "dbm database file containing user IDs and passwords"},
    {"AuthDBMType", Takes::one, type, allowed_directory, override_auth_config,
     "what type of DBM file the user file is"},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("authn_dbm_module", "mod_authn_dbm.c", directives,
                                                {});
}

std::vector<server::AuthenticationProvider> providers()
{
    return {{"dbm", "authn_dbm_module", check, find_hash}};
}

} // namespace signet::mod_authn_dbm

namespace signet::modules {

server::Module mod_authn_dbm()
{
    return mod_authn_dbm::module();
}

std::vector<server::AuthenticationProvider> authn_dbm_providers()
{
    return mod_authn_dbm::providers();
}

} // namespace signet::modules
