// mod_authz_user: rules about the name that the client has given and proved.
//
//     Require valid-user              anybody who has one
//     Require user anna "bob b"       these
//
// There are no directives. The names may be expressions: Require user %{env:owner}.
// https://httpd.apache.org/docs/2.4/mod/mod_authz_user.html
#include "modules/list.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/require_names.h"

namespace signet::mod_authz_user {
namespace {

using server::Authorization, server::AuthorizationRule, server::Request, server::RequireNames,
    server::Words;
using Parsed = Result<std::unique_ptr<AuthorizationRule>>;

struct Config {};

Config merge(const Config&, const Config& inner)
{
    return inner;
}

class ValidUser : public AuthorizationRule {
public:
    Authorization check(Request& request) const override
    {
        return request.user.data() ? Authorization::granted : Authorization::needs_user;
    }
};

Parsed parse_valid_user(std::span<const std::string>, const Words&)
{
    return std::make_unique<ValidUser>();
}

class User : public AuthorizationRule {
public:
    explicit User(RequireNames names)
        : names_(std::move(names))
    {
    }
    Authorization check(Request& request) const override
    {
        if (!request.user.data()) return Authorization::needs_user;
        const auto names =
            names_.evaluate(request, "authz_user", "AH02594", "authz_user authorize: require user");
        if (!names) return Authorization::denied;
        for (const auto& name : *names) {
            if (name == request.user) return Authorization::granted;
        }
        server::log_event(request,
                          {.module = "authz_user",
                           .apache_id = "AH01663",
                           .text = request.arena.join(
                               "access to ", request.uri, " failed, reason: user '", request.user,
                               "' does not meet 'require'ments for user to be allowed "
                               "access")});
        return Authorization::denied;
    }

private:
    RequireNames names_;
};

Parsed parse_user(std::span<const std::string> arguments, const Words& words)
{
    auto names = RequireNames::parse(arguments, words);
    if (!names) return std::unexpected(names.error());
    return std::make_unique<User>(std::move(*names));
}

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("authz_user_module", "mod_authz_user.c", {}, {});
}

std::vector<server::AuthorizationProvider> providers()
{
    return {{"user", parse_user}, {"valid-user", parse_valid_user}};
}

} // namespace signet::mod_authz_user

namespace signet::modules {

server::Module mod_authz_user()
{
    return mod_authz_user::module();
}

std::vector<server::AuthorizationProvider> authz_user_providers()
{
    return mod_authz_user::providers();
}

} // namespace signet::modules
