// mod_authz_groupfile: rules about groups of users, listed in a text file.
//
//     AuthGroupFile conf/groups         lines of "group: anna bob"
//     Require group staff admins        members of one of these
//     Require file-group                members of the group that the file belongs to (with the
//                                       group of the same name in AuthGroupFile)
//
// Names of groups compare without case, those of users with it.
// https://httpd.apache.org/docs/2.4/mod/mod_authz_groupfile.html
#include "base/text.h"
#include "modules/list.h"
#include "server/configuration.h"
#include "server/error_log.h"
#include "server/file_owner.h"
#include "server/password_checker.h"
#include "server/request.h"
#include "server/require_names.h"
#include "server/scope.h"
#include "server/worker.h"

#include <algorithm>
#include <optional>

namespace signet::mod_authz_groupfile {
namespace {

using config::allowed_directory, config::override_auth_config;
using server::Authorization, server::AuthorizationRule, server::Request, server::RequireNames,
    server::Takes, server::Words;
using Parsed = Result<std::unique_ptr<AuthorizationRule>>;

constexpr int no_file = 775;
constexpr std::string_view module_name = "authz_groupfile_module";

struct Config {
    std::optional<std::string> file;
};

Config merge(const Config& outer, const Config& inner)
{
    return inner.file ? inner : outer;
}

Result<void> auth_group_file(Config& config, const Words& words)
{
    config.file = words.path(words[0]);
    return {};
}

void log(const Request& request, std::string_view apache_id, std::string_view text, int id = 0,
         int system_error = 0)
{
    server::log_event(request, {.module = "authz_groupfile",
                                .apache_id = apache_id,
                                .id = id,
                                .text = text,
                                .system_error = system_error});
}

// AH numbers of the messages that both rules have.
struct Numbers {
    std::string_view unset, unread, no_groups, not_member;
};
constexpr Numbers group_numbers{"AH01664", "AH01665", "AH01666", "AH01667"};
constexpr Numbers file_group_numbers{"AH01668", "AH01669", "AH01670", "AH01671"};

void log_failure(const Request& request, std::string_view apache_id, std::string_view reason,
                 std::string_view more = {})
{
    log(request, apache_id,
        request.arena.join("Authorization of user ", request.user, " to access ", request.uri,
                           " failed, reason: ", reason, more));
}

// The groups that the request's user is in; nothing when that is known to be none, and logged.
std::optional<std::vector<std::string>> groups_of_user(Request& request, const Numbers& numbers)
{
    const auto* module = request.configuration->find_module(module_name);
    const auto& config = *static_cast<const Config*>(request.scope->config(module->index));
    if (!config.file) {
        log(request, numbers.unset, "No group file was specified in the configuration", no_file);
        return std::nullopt;
    }
    const auto read = request.worker->passwords().read(*config.file);
    if (!read) return std::nullopt; // the client is gone
    if (!read->file) {
        log(request, numbers.unread,
            request.arena.join("Could not open group file: ", *config.file), no_file,
            read->system_error);
        return std::nullopt;
    }
    std::vector<std::string> groups;
    for (const auto& line : read->file->lines) {
        const auto members = split_words(line.rest);
        if (std::ranges::find(members, request.user) != members.end())
            groups.emplace_back(trim(line.name));
    }
    if (!groups.empty()) return groups;
    log_failure(request, numbers.no_groups, "user doesn't appear in group file (",
                request.arena.join(*config.file, ")."));
    return std::nullopt;
}

bool contains(const std::vector<std::string>& groups, std::string_view name)
{
    return std::ranges::any_of(groups,
                               [&](const std::string& group) { return iequals(group, name); });
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
        const auto names = names_.evaluate(request, "authz_groupfile", "AH02592",
                                           "authz_groupfile authorize: require group");
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
                    "user is not part of the 'require'ed file group.");
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
    {"AuthGroupFile", Takes::one, auth_group_file, allowed_directory, override_auth_config,
     "text file containing group names and member user IDs"},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>(module_name, "mod_authz_groupfile.c", directives,
                                                {});
}

std::vector<server::AuthorizationProvider> providers()
{
    return {{"group", parse_group}, {"file-group", parse_file_group}};
}

} // namespace signet::mod_authz_groupfile

namespace signet::modules {

server::Module mod_authz_groupfile()
{
    return mod_authz_groupfile::module();
}

std::vector<server::AuthorizationProvider> authz_groupfile_providers()
{
    return mod_authz_groupfile::providers();
}

} // namespace signet::modules
