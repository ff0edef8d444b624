// Giving up root's power in a worker, for good.
#pragma once
#include "base/result.h"
#include "server/configuration.h"

#include <optional>
#include <string>
#include <sys/types.h>

namespace signet::process {

struct Identity {
    std::string user_name, group_name; // as configured, "#33" resolved to its name if it has one
    uid_t user = 0;
    gid_t group = 0;
};

// Who workers run as: User and Group, "#-1" when none is given, as in Apache.
[[nodiscard]] Result<Identity> worker_identity(const server::ProcessSettings& settings);

// As root: ChrootDir, groups, user, no capability left, none to regain. Otherwise nothing but
// no_new_privs.
[[nodiscard]] Result<void> drop_privileges(const server::ProcessSettings& settings);

} // namespace signet::process
