// mod_authz_dbm: rules about groups of users, listed in a database file.
//
//     AuthDBMGroupFile conf/groups      the key is the user, the value "group,group"; a file with
//     AuthzDBMType default              passwords too has "hash:group,group"
//     Require dbm-group staff admins
//     Require dbm-file-group            the group that the file belongs to
//
// https://httpd.apache.org/docs/2.4/mod/mod_authz_dbm.html
#include "base/text.h"
#include "modules/list.h"
#include "server/configuration.h"
#include "server/dbm_file.h"
#include "server/error_log.h"
#include "server/file_owner.h"
#include "server/request.h"
#include "server/require_names.h"
#include "server/scope.h"

#include <algorithm>
#include <optional>

namespace signet::mod_authz_dbm {
namespace {

using config::allowed_directory, config::override_auth_config;
using server::Authorization, server::AuthorizationRule, server::Request, server::RequireNames,
    server::Takes, server::Words;
using Parsed = Result<std::unique_ptr<AuthorizationRule>>;

constexpr int unopened = 918;
constexpr std::string_view module_name = "authz_dbm_module";

struct Config {
    std::optional<std::string> file;
    std::optional<std::string> type;
};

Config merge(const Config& outer, const Config& inner)
{
    return {.file = inner.file ? inner.file : outer.file,
            .type = inner.type ? inner.type : outer.type};
}

Result<void> group_file(Config& config, const Words& words)
{
    config.file = words.path(words[0]);
    return {};
}

Result<void> type(Config& config, const Words& words)
{
    config.type = words[0];
    return {};
}

// AH numbers of the messages that both rules have.
struct Numbers {
    std::string_view unset, unopened, no_groups, not_member;
};
constexpr Numbers group_numbers{"AH01798", "AH01799", "AH01800", "AH01801"};
constexpr Numbers file_group_numbers{"AH01802", "AH01803", "AH01804", "AH01805"};

void log(const Request& request, std::string_view apache_id, std::string_view text, int id = 0)
{
    server::log_event(request,
                      {.module = "authz_dbm", .apache_id = apache_id, .id = id, .text = text});
}

void log_failure(const Request& request, std::string_view apache_id, std::string_view reason)
{
    log(request, apache_id,
        request.arena.join("Authorization of user ", request.user, " to access ", request.uri,
                           " failed, reason: ", reason));
}

// The groups that the request's user is in; nothing when there are none, which has been logged.
std::optional<std::vector<std::string>> groups_of_user(Request& request, const Numbers& numbers)
{
    const auto* module = request.configuration->find_module(module_name);
    const auto& config = *static_cast<const Config*>(request.scope->config(module->index));
    if (!config.file) {
        log(request, numbers.unset, "No group file was specified in the configuration", unopened);
        return std::nullopt;
    }
    const std::string kind = config.type.value_or("default");
    const std::string user(request.user);
    const std::string with_realm = user + ":" + std::string(request.realm.value_or(""));
    const auto found = server::find_in_dbm(request, kind, *config.file, {with_realm, user});
    if (!found) {
        if (found.error().kind == Error::Kind::cancelled) return std::nullopt;
        log(request, numbers.unopened,
            request.arena.join("could not open dbm (type ", kind, ") group access file: ",
                               *config.file, " (", found.error().text, ")"),
            unopened);
        return std::nullopt;
    }
    if (!*found) {
        log_failure(
            request, numbers.no_groups,
            request.arena.join("user doesn't appear in DBM group file (", *config.file, ")."));
        return std::nullopt;
    }
    std::string_view list = **found;
    if (const size_t colon = list.find(':'); colon != list.npos) list.remove_prefix(colon + 1);
    list = list.substr(0, list.find(':'));
    std::vector<std::string> groups;
    for (const auto name : split(list, ',')) groups.emplace_back(name);
    return groups;
}

bool contains(const std::vector<std::string>& groups, std::string_view name)
{
    return std::ranges::find(groups, name) != groups.end();
}

class Group : public AuthorizationRule {
public:
    explicit Group(RequireNames names)
        : names_(std::move(names))
    {
    }
    Authorization check(Request& request) const override
    {
        if (!request.user.data()) return Authorization::needs_user;
        const auto groups = groups_of_user(request, group_numbers);
        if (!groups) return Authorization::denied;
        const auto names = names_.evaluate(request, "authz_dbm", "AH02591",
                                           "authz_dbm authorize: require dbm-group");
        if (!names) return Authorization::denied;
        for (const auto& name : *names) {
            if (contains(*groups, name)) return Authorization::granted;
        }
        log_failure(request, group_numbers.not_member,
                    "user is not part of the 'require'ed group(s).");
        return Authorization::denied;
    }

private:
    RequireNames names_;
};

class FileGroup : public AuthorizationRule {
public:
    Authorization check(Request& request) const override
    {
        if (!request.user.data()) return Authorization::needs_user;
        const auto groups = groups_of_user(request, file_group_numbers);
        if (!groups) return Authorization::denied;
        const auto group = server::group_of_file(request);
        if (!group) return Authorization::denied;
        if (contains(*groups, *group)) return Authorization::granted;
        log_failure(request, file_group_numbers.not_member,
                    "user is not part of the 'require'ed group(s).");
        return Authorization::denied;
    }
};

Parsed parse_group(std::span<const std::string> arguments, const Words& words)
{
    auto names = RequireNames::parse(arguments, words);
    if (!names) return std::unexpected(names.error());
    return std::make_unique<Group>(std::move(*names));
}

Parsed parse_file_group(std::span<const std::string>, const Words&)
{
    return std::make_unique<FileGroup>();
}

constexpr server::Directive<Config> directives[] = {
    {"AuthDBMGroupFile", Takes::one, group_file, allowed_directory, override_auth_config,
     "database file containing group names and member user IDs"},
    {"AuthzDBMType", Takes::one, type, allowed_directory, override_auth_config,
     "what type of DBM file the group file is"},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>(module_name, "mod_authz_dbm.c", directives, {});
}

std::vector<server::AuthorizationProvider> providers()
{
    return {{"dbm-group", parse_group}, {"dbm-file-group", parse_file_group}};
}

} // namespace signet::mod_authz_dbm

namespace signet::modules {

server::Module mod_authz_dbm()
{
    return mod_authz_dbm::module();
}

std::vector<server::AuthorizationProvider> authz_dbm_providers()
{
    return mod_authz_dbm::providers();
}

} // namespace signet::modules
