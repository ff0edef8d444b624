// What stands between somebody and a file: the directory that is missing, or the one that he may
// not pass. "Permission denied" names the file, while the culprit is a directory above it.
#pragma once
#include <string>
#include <sys/types.h>
#include <vector>

namespace signet {

struct Subject {
    uid_t user = 0;
    std::vector<gid_t> groups{}; // the first one and the supplementary ones

    // Whoever runs this process.
    [[nodiscard]] static Subject self();
    // A user by number and first group; supplementary groups come from /etc/group.
    [[nodiscard]] static Subject of(uid_t user, gid_t group);
};

// "/srv/a does not exist", "/srv/a may not be entered by uid 33 (mode 0700)", or empty: every
// directory above the absolute `path` can be passed. Mode bits only: where an access control list
// is set on a directory, it is taken to allow it.
[[nodiscard]] std::string obstacle(const std::string& path, const Subject& who);

} // namespace signet
