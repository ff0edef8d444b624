#include "process/privileges.h"

#include "base/text.h"

#include <grp.h>
#include <memory>
#include <pwd.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace signet::process {
namespace {

// "#33" → 33, "#-1" → nobody's number.
std::optional<uint32_t> number_of(std::string_view name)
{
    if (!name.starts_with('#')) return std::nullopt;
    name.remove_prefix(1);
    if (name.starts_with('-')) {
        const auto value = parse_number<uint32_t>(name.substr(1));
        return value ? std::optional(0U - *value) : std::nullopt;
    }
    return parse_number<uint32_t>(name);
}

Result<void> drop_capabilities()
{
    const std::unique_ptr<std::remove_pointer_t<cap_t>, int (*)(void*)> none(cap_init(), cap_free);
    if (!none || cap_set_proc(none.get()) != 0) return fail_errno("cannot drop capabilities");
    return {};
}

Result<void> become(const Identity& identity)
{
    // Supplementary groups come from the user's entry in /etc/group; a bare number has none.
    if (identity.user_name.starts_with('#')) {
        if (::setgroups(1, &identity.group) != 0) return fail_errno("AH02162: setgroups");
    } else if (::initgroups(identity.user_name.c_str(), identity.group) != 0) {
        return fail_errno("AH02161: initgroups: unable to set groups for User "
                          + identity.user_name);
    }
    if (::setresgid(identity.group, identity.group, identity.group) != 0) {
        return fail_errno("AH02156: setgid: unable to set group id to Group "
                          + std::to_string(identity.group));
    }
    if (::setresuid(identity.user, identity.user, identity.user) != 0) {
        return fail_errno("AH02162: setuid: unable to change to uid: "
                          + std::to_string(identity.user));
    }
    if (identity.user != 0 && ::setuid(0) == 0) return fail("root could be regained");
    return drop_capabilities();
}

} // namespace

Result<Identity> worker_identity(const server::ProcessSettings& settings)
{
    Identity identity{.user_name = settings.user.empty() ? "#-1" : settings.user,
                      .group_name = settings.group.empty() ? "#-1" : settings.group};
    if (const auto number = number_of(identity.user_name)) {
        identity.user = *number;
        if (const passwd* entry = ::getpwuid(identity.user)) identity.user_name = entry->pw_name;
    } else if (const passwd* entry = ::getpwnam(identity.user_name.c_str())) {
        identity.user = entry->pw_uid;
    } else {
        return fail("AH00543: bad user name " + identity.user_name);
    }
    if (const auto number = number_of(identity.group_name)) {
        identity.group = *number;
        if (const group* entry = ::getgrgid(identity.group)) identity.group_name = entry->gr_name;
    } else if (const group* entry = ::getgrnam(identity.group_name.c_str())) {
        identity.group = entry->gr_gid;
    } else {
        return fail("AH00544: bad group name " + identity.group_name);
    }
    return identity;
}

Result<void> drop_privileges(const server::ProcessSettings& settings)
{
    if (::geteuid() == 0) {
        // Names are looked up before the root directory changes.
        auto identity = worker_identity(settings);
        if (!identity) return std::unexpected(identity.error());
        if (!settings.chroot_directory.empty()
            && (::chdir(settings.chroot_directory.c_str()) != 0 || ::chroot(".") != 0
                || ::chdir("/") != 0)) {
            return fail_errno("AH02157: unable to chroot to " + settings.chroot_directory);
        }
        if (auto became = become(*identity); !became) return became;
    }
    ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    return {};
}

} // namespace signet::process
