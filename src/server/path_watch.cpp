#include "server/path_watch.h"

#include <cerrno>
#include <climits>
#include <linux/magic.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

namespace signet::server {
namespace {

constexpr uint32_t changes = IN_ATTRIB | IN_CREATE | IN_DELETE | IN_DELETE_SELF | IN_MODIFY
                             | IN_MOVE_SELF | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE
                             | IN_ONLYDIR | IN_DONT_FOLLOW;
// A server with more directories than this asks the file system instead.
constexpr size_t max_directories = 20000;
// A folder with busy files in it (logs) must not keep the server from its requests.
constexpr int reads_per_turn = 4;

// File systems that may change without telling this machine's inotify.
bool reports_changes(const std::string& directory)
{
    struct statfs about {};
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
    if (!inotify_) trouble_ = errno;
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
    struct stat about {};
    if (::lstat(path.c_str(), &about) != 0
        || (!S_ISDIR(about.st_mode) && !S_ISLNK(about.st_mode))) {
        exists = false;
        return nullptr;
    }
    if (!inotify_ || S_ISLNK(about.st_mode) || !reports_changes(path)) return nullptr;
    if (found == directories_.end() && directories_.size() >= max_directories) return nullptr;
    const int descriptor = ::inotify_add_watch(inotify_.get(), path.c_str(), changes);
    if (descriptor < 0) {
        const bool used_up = errno == ENOSPC || errno == ENOMEM || errno == EMFILE;
        if (used_up && trouble_ == 0) trouble_ = errno;
        return nullptr;
    }
    auto& entry = found != directories_.end()
                      ? found->second
                      : directories_.emplace(path, std::make_unique<Directory>()).first->second;
    entry->alive = true;
    entry->path = found != directories_.end() ? found->first : directories_.find(path)->first;
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
    if (!inotify_) return;
    alignas(inotify_event) char buffer[16384];
    for (int reads = 0; reads < reads_per_turn; ++reads) {
        const int descriptor = inotify_.get();
        const ssize_t count = ::read(descriptor, buffer, sizeof buffer);
        if (count <= 0) return;
        for (ssize_t at = 0; at < count;) {
            const auto* event = reinterpret_cast<const inotify_event*>(buffer + at);
            at += static_cast<ssize_t>(sizeof(inotify_event) + event->len);
            note(*event);
            if (inotify_.get() != descriptor)
                return; // what is left was about watches that are gone
        }
        // Less than a full buffer: the next event would have fitted, so there was none.
        if (static_cast<size_t>(count) < sizeof buffer - sizeof(inotify_event) - NAME_MAX - 1)
            return;
    }
    // What is still unread may be about anything; the next turn reads on.
    distrust_all();
}

void PathWatch::note(const inotify_event& event)
{
    // Lost events may have told that a watch is on a directory that is no longer at its path.
    if (event.mask & IN_Q_OVERFLOW) return start_over();
    const auto found = by_descriptor_.find(event.wd);
    if (found == by_descriptor_.end()) return;
    // A watch follows its directory, not the path: with another directory in its place (or above
    // it), all paths are looked at anew.
    if (event.mask & IN_MOVE_SELF) return start_over();
    const std::string_view name = event.len == 0 ? "" : event.name;
    constexpr uint32_t leaves_path = IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;
    if ((event.mask & IN_ISDIR) && (event.mask & leaves_path)) {
        for (const Directory* directory : found->second) {
            std::string path(directory->path);
            if (!path.ends_with('/')) path += '/';
            path += name;
            const auto child = directories_.find(path);
            if (child != directories_.end() && child->second->alive) return start_over();
        }
    }
    // AccessFileName files begin with a dot by custom; others make every name count.
    const bool own = name.empty() || name.front() == '.' || any_name_is_override_;
    for (Directory* directory : found->second) {
        ++directory->content;
        if (own) ++directory->own;
    }
    if (event.mask & IN_IGNORED) {
        // The kernel dropped the watch: the path may be another directory by now.
        for (Directory* directory : found->second) directory->alive = false;
        by_descriptor_.erase(found);
    }
}

void PathWatch::distrust_all()
{
    for (auto& [path, directory] : directories_) {
        ++directory->own;
        ++directory->content;
    }
}

void PathWatch::start_over()
{
    distrust_all();
    for (auto& [path, directory] : directories_) directory->alive = false;
    by_descriptor_.clear();
    loop_.unwatch(inotify_.get(), *this);
    FileDescriptor fresh(
        ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)); // before the old one goes: another number
    inotify_ = std::move(fresh);
    if (inotify_ && !loop_.watch_first(inotify_.get(), *this)) inotify_.reset();
}

} // namespace signet::server
