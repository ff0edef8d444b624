// mod_authn_anon: lets guests in who give an agreed name, as anonymous FTP does.
//
//     AuthBasicProvider anon
//     Anonymous guest anonymous "www visitor"      names, in any case; * is every name
//     Anonymous_NoUserID       Off                 On: the name may be left out
//     Anonymous_MustGiveEmail  On                  the password may not be empty
//     Anonymous_VerifyEmail    Off                 On: it has to have an @ and a dot
//     Anonymous_LogEmail       On                  it is logged, at level info
//
// A section that says any of this says all of it: the rest has its default.
// https://httpd.apache.org/docs/2.4/mod/mod_authn_anon.html
#include "base/text.h"
#include "modules/list.h"
#include "server/error_log.h"
#include "server/request.h"

#include <algorithm>

namespace signet::mod_authn_anon {
namespace {

using config::allowed_directory, config::override_auth_config;
using server::Authentication, server::Request, server::Takes, server::Words;

constexpr int empty_name = 773;

struct Config {
    std::vector<std::string> users;
    bool any_user = false;
    bool no_user = false;
    bool must_give_email = true;
    bool verify_email = false;
    bool log_email = true;
};

Config merge(const Config&, const Config& inner)
{
    return inner;
}

Result<void> anonymous(Config& config, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) {
        if (words[i].empty()) {
            return words.refuse(empty_name,
                                "Anonymous string cannot be empty, use Anonymous_NoUserId",
                                "a name", "Anonymous_NoUserID On");
        }
        if (words[i] == "*") {
            config.any_user = true;
        } else {
            config.users.push_back(words[i]);
        }
    }
    return {};
}

template <bool Config::*setting> Result<void> set(Config& config, const Words& words)
{
    config.*setting = words.on();
    return {};
}

bool is_guest(const Config& config, std::string_view user)
{
    if (user.empty()) return config.no_user;
    return config.any_user || std::ranges::any_of(config.users, [&](const std::string& name) {
               return iequals(name, user);
           });
}

Authentication check(const void* own, Request& request, std::string_view user,
                     std::string_view password)
{
    const auto& config = *static_cast<const Config*>(own);
    if (config.users.empty() && !config.any_user) return Authentication::user_unknown;
    if (!is_guest(config, user)) return Authentication::user_unknown;
    const bool looks_like_email =
        password.find('@') != password.npos && password.find('.') != password.npos;
    if ((config.must_give_email && password.empty())
        || (config.verify_email && !looks_like_email)) {
        return Authentication::denied;
    }
    if (config.log_email && !request.parent && !request.previous) {
        server::log_event(
            request, {.severity = server::Severity::info,
                      .module = "authn_anon",
                      .apache_id = "AH01672",
                      .text = request.arena.join("Anonymous: Passwd <", password, "> Accepted")});
    }
    return Authentication::granted;
}

constexpr server::Directive<Config> directives[] = {
    {"Anonymous", Takes::iterate, anonymous, allowed_directory, override_auth_config,
     "a space-separated list of user IDs"},
    {"Anonymous_MustGiveEmail", Takes::flag, set<&Config::must_give_email>, allowed_directory,
     override_auth_config, "On or Off"},
    {"Anonymous_NoUserID", Takes::flag, set<&Config::no_user>, allowed_directory,
     override_auth_config, "On or Off"},
    {"Anonymous_VerifyEmail", Takes::flag, set<&Config::verify_email>, allowed_directory,
     override_auth_config, "On or Off"},
    {"Anonymous_LogEmail", Takes::flag, set<&Config::log_email>, allowed_directory,
     override_auth_config, "On or Off"},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("authn_anon_module", "mod_authn_anon.c", directives,
                                                {});
}

std::vector<server::AuthenticationProvider> providers()
{
    return {{"anon", "authn_anon_module", check, nullptr}};
}

} // namespace signet::mod_authn_anon

namespace signet::modules {

server::Module mod_authn_anon()
{
    return mod_authn_anon::module();
}

std::vector<server::AuthenticationProvider> authn_anon_providers()
{
    return mod_authn_anon::providers();
}

} // namespace signet::modules
