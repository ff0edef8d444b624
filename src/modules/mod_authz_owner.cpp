// mod_authz_owner: lets a user at the files that belong to the system's user of the same name.
//
//     Require file-owner       the user is the owner of the file
//     Require file-group       …is in the file's group, by AuthGroupFile (mod_authz_groupfile)
//
// There are no directives. Both are about files that exist, and meant for home directories.
// https://httpd.apache.org/docs/2.4/mod/mod_authz_owner.html
#include "modules/list.h"
#include "server/error_log.h"
#include "server/file_owner.h"
#include "server/request.h"

namespace signet::mod_authz_owner {
namespace {

using server::Authorization, server::AuthorizationRule, server::Request;

struct Config {};

Config merge(const Config&, const Config& inner)
{
    return inner;
}

class FileOwner : public AuthorizationRule {
public:
    Authorization check(Request& request) const override
    {
        if (!request.user.data()) return Authorization::needs_user;
        const auto owner = server::owner_of_file(request);
        if (!owner) return Authorization::denied;
        if (*owner == request.user) return Authorization::granted;
        server::log_event(request,
                          {.module = "authz_owner",
                           .apache_id = "AH01637",
                           .text = request.arena.join(
                               "Authorization of user ", request.user, " to access ", request.uri,
                               " failed, reason: file owner ", *owner, " does not match.")});
        return Authorization::denied;
    }
};

Result<std::unique_ptr<AuthorizationRule>> parse_file_owner(std::span<const std::string>,
                                                            const server::Words&)
{
    return std::make_unique<FileOwner>();
}

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("authz_owner_module", "mod_authz_owner.c", {}, {});
}

std::vector<server::AuthorizationProvider> providers()
{
    return {{"file-owner", parse_file_owner}};
}

} // namespace signet::mod_authz_owner

namespace signet::modules {

server::Module mod_authz_owner()
{
    return mod_authz_owner::module();
}

std::vector<server::AuthorizationProvider> authz_owner_providers()
{
    return mod_authz_owner::providers();
}

} // namespace signet::modules
