#include "base/obstacle.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

namespace signet {
namespace {

bool may_enter(const struct stat& info, const Subject& who)
{
    if (who.user == 0) return true;
    if (info.st_uid == who.user) return (info.st_mode & S_IXUSR) != 0;
    if (std::ranges::find(who.groups, info.st_gid) != who.groups.end()) {
        return (info.st_mode & S_IXGRP) != 0;
    }
    return (info.st_mode & S_IXOTH) != 0;
}

bool has_access_list(const std::string& directory)
{
    return ::getxattr(directory.c_str(), "system.posix_acl_access", nullptr, 0) > 0;
}

std::string octal(mode_t mode)
{
    char text[8];
    std::snprintf(text, sizeof text, "%04o", static_cast<unsigned>(mode & 07777));
    return text;
}

} // namespace

Subject Subject::self()
{
    Subject subject{.user = ::geteuid(), .groups = {::getegid()}};
    std::vector<gid_t> more(static_cast<size_t>(std::max(::getgroups(0, nullptr), 0)));
    if (::getgroups(static_cast<int>(more.size()), more.data()) >= 0) {
        subject.groups.insert(subject.groups.end(), more.begin(), more.end());
    }
    return subject;
}

Subject Subject::of(uid_t user, gid_t group)
{
    Subject subject{.user = user, .groups = {group}};
    if (const passwd* entry = ::getpwuid(user)) {
        int count = 64;
        std::vector<gid_t> all(static_cast<size_t>(count));
        if (::getgrouplist(entry->pw_name, group, all.data(), &count) >= 0) {
            all.resize(static_cast<size_t>(count));
            subject.groups = std::move(all);
        }
    }
    return subject;
}

std::string obstacle(const std::string& path, const Subject& who)
{
    // "/", "/srv", "/srv/a" for /srv/a/file.
    for (size_t end = path.find('/'); end != path.npos; end = path.find('/', end + 1)) {
        const std::string directory = path.substr(0, std::max<size_t>(end, 1));
        struct stat info {};
        if (::stat(directory.c_str(), &info) != 0) {
            if (errno == ENOENT) return directory + " does not exist";
            return directory + ": " + std::strerror(errno);
        }
        if (!S_ISDIR(info.st_mode)) return directory + " is not a directory";
        if (may_enter(info, who) || has_access_list(directory)) continue;
        return directory + " may not be entered by uid " + std::to_string(who.user) + " (mode "
               + octal(info.st_mode) + ")";
    }
    return {};
}

} // namespace signet
