#include "server/path_watch.h"

#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace signet::server {
namespace {

constexpr uint32_t changes = IN_ATTRIB | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MODIFY | IN_MOVE_SELF
    | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_ONLYDIR | IN_DONT_FOLLOW;
// A server with more directories than this asks the file system instead.
constexpr size_t max_directories = 20000;

// File systems that may change without telling this machine's inotify.
bool reports_changes(const std::string& directory)
{
    struct statfs about{};
    if (::statfs(directory.c_str(), &about) != 0) return false;
    switch (static_cast<unsigned long>(about.f_type)) {
    case NFS_SUPER_MAGIC:
    case SMB_SUPER_MAGIC:
    case 0xFF534D42UL: // CIFS
    case 0xFE534D42UL: // SMB2
    case FUSE_SUPER_MAGIC:
    case OVERLAYFS_SUPER_MAGIC:
    case V9FS_MAGIC:
    case CEPH_SUPER_MAGIC:
    case AFS_SUPER_MAGIC: return false;
    default: return true;
    }
}

} // namespace

PathWatch::PathWatch(net::Loop& loop, bool any_name_is_override)
    : loop_(loop)
    , any_name_is_override_(any_name_is_override)
    , inotify_(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC))
{
    if (inotify_ && !loop_.watch_first(inotify_.get(), *this)) inotify_.reset();
}

PathWatch::~PathWatch()
{
    if (inotify_) loop_.unwatch(inotify_.get(), *this);
}

PathWatch::Directory* PathWatch::add(std::string_view directory, bool& exists)
{
    exists = true;
    const auto found = directories_.find(directory);
    if (found != directories_.end() && found->second->alive) return found->second.get();
    const std::string path(directory);
    struct stat about{};
    if (::lstat(path.c_str(), &about) != 0 || (!S_ISDIR(about.st_mode) && !S_ISLNK(about.st_mode))) {
        exists = false;
        return nullptr;
    }
    if (!inotify_ || S_ISLNK(about.st_mode) || !reports_changes(path)) return nullptr;
    if (found == directories_.end() && directories_.size() >= max_directories) return nullptr;
    const int descriptor = ::inotify_add_watch(inotify_.get(), path.c_str(), changes);
    if (descriptor < 0) return nullptr;
    auto& entry = found != directories_.end()
        ? found->second
        : directories_.emplace(path, std::make_unique<Directory>()).first->second;
    entry->alive = true;
    by_descriptor_[descriptor].push_back(entry.get());
    return entry.get();
}

bool PathWatch::watch(std::string_view directory, Stamps& stamps)
{
    bool nearest = true;
    while (true) {
        bool exists = true;
        if (const Directory* entry = add(directory.empty() ? "/" : directory, exists)) {
            const uint64_t& counter = nearest ? entry->content : entry->own;
            stamps.stamps.push_back({&counter, counter});
            nearest = false;
        } else if (exists) {
            return false;
        } // else it is missing: its parent will tell when it appears
        if (directory.empty()) return true;
        directory = directory.substr(0, directory.rfind('/'));
    }
}

void PathWatch::on_event(uint32_t)
{
    alignas(inotify_event) char buffer[16384];
    while (true) {
        const ssize_t count = ::read(inotify_.get(), buffer, sizeof buffer);
        if (count <= 0) return;
        for (ssize_t at = 0; at < count;) {
            const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
            at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
            if (event->mask & IN_Q_OVERFLOW) {
                for (auto& [path, directory] : directories_) {
                    ++directory->own;
                    ++directory->content;
                }
                continue;
            }
            // AccessFileName files begin with a dot by custom; others make every name count.
            const bool own = event->len == 0 || event->name[0] == '.' || any_name_is_override_;
            const auto found = by_descriptor_.find(event->wd);
            if (found == by_descriptor_.end()) continue;
            for (Directory* directory : found->second) {
                ++directory->content;
                if (own) ++directory->own;
            }
            if (event->mask & IN_IGNORED) {
                // The kernel dropped the watch: the path may be another directory by now.
                for (Directory* directory : found->second) directory->alive = false;
                by_descriptor_.erase(found);
            }
        }
    }
}

} // namespace signet::server
