// mod_authn_file: names and passwords in a text file, as htpasswd and htdigest write it.
//
//     AuthUserFile conf/members       below ServerRoot, outside of what is served
//
// A line is "user:hash"; for AuthBasicUseDigestAlgorithm it is "user:realm:hash". The file is read
// when it has changed. It must be readable for the user that the server runs as.
// https://httpd.apache.org/docs/2.4/mod/mod_authn_file.html
#include "base/text.h"
#include "modules/list.h"
#include "server/configuration.h"
#include "server/error_log.h"
#include "server/password_checker.h"
#include "server/request.h"
#include "server/worker.h"

#include <optional>

namespace signet::mod_authn_file {
namespace {

using config::allowed_directory, config::override_auth_config;
using server::Authentication, server::CredentialFile, server::Request, server::Takes, server::Words;

constexpr int no_file = 772;

struct Config {
    std::optional<std::string> file;
};

Config merge(const Config& outer, const Config& inner)
{
    return inner.file ? inner : outer;
}

Result<void> auth_user_file(Config& config, const Words& words)
{
    config.file = words.path(words[0]);
    return {};
}

void log(const Request& request, std::string_view apache_id, std::string_view text,
         int system_error = 0)
{
    server::log_event(request, {.module = "authn_file",
                                .apache_id = apache_id,
                                .id = no_file,
                                .text = text,
                                .system_error = system_error});
}

// Null: not to be had, which has been logged.
std::shared_ptr<const CredentialFile> read(const Config& config, Request& request,
                                           std::string_view unset_id, std::string_view unread_id)
{
    if (!config.file) {
        log(request, unset_id, "AuthUserFile not specified in the configuration");
        return nullptr;
    }
    auto read = request.worker->passwords().read(*config.file);
    if (!read) return nullptr; // the client is gone
    if (!read->file) {
        log(request, unread_id, request.arena.join("Could not open password file: ", *config.file),
            read->system_error);
    }
    return std::move(read->file);
}

void keep(Request& request, std::string_view user, std::string_view realm, std::string_view hash)
{
    const auto* providers = request.configuration->providers;
    if (providers && providers->keep_credentials)
        providers->keep_credentials(request, "file", user, realm, hash);
}

Authentication check(const void* config, Request& request, std::string_view user,
                     std::string_view password)
{
    const auto file = read(*static_cast<const Config*>(config), request, "AH01619", "AH01620");
    if (!file) return Authentication::failed;
    const std::string* line = file->find(user);
    if (!line) return Authentication::user_unknown;
    const auto hash = std::string_view(*line).substr(0, line->find(':'));
    keep(request, user, {}, hash);
    const auto fits = request.worker->passwords().fits(user, password, hash);
    if (!fits) return Authentication::failed;
    return *fits ? Authentication::granted : Authentication::denied;
}

Authentication find_hash(const void* config, Request& request, std::string_view user,
                         std::string_view realm, std::string& hash)
{
    const auto file = read(*static_cast<const Config*>(config), request, "AH01621", "AH01622");
    if (!file) return Authentication::failed;
    for (const auto& line : file->lines) {
        if (line.name != user) continue;
        const std::string_view rest = line.rest;
        const size_t colon = rest.find(':');
        if (rest.substr(0, colon) != realm) continue;
        const auto tail = colon == rest.npos ? std::string_view() : rest.substr(colon + 1);
        hash = tail.substr(0, tail.find(':'));
        keep(request, user, realm, hash);
        return Authentication::granted;
    }
    return Authentication::user_unknown;
}

constexpr server::Directive<Config> directives[] = {
    {"AuthUserFile", Takes::one, auth_user_file, allowed_directory, override_auth_config,
     "text file containing user IDs and passwords"},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("authn_file_module", "mod_authn_file.c", directives,
                                                {});
}

std::vector<server::AuthenticationProvider> providers()
{
    return {{"file", "authn_file_module", check, find_hash}};
}

} // namespace signet::mod_authn_file

namespace signet::modules {

server::Module mod_authn_file()
{
    return mod_authn_file::module();
}

std::vector<server::AuthenticationProvider> authn_file_providers()
{
    return mod_authn_file::providers();
}

} // namespace signet::modules
