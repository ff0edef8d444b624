// Tells whether anything changed below the directories of a path since it was looked at (inotify),
// so that the path cache is exact without a stat per request.
#pragma once
#include "base/file.h"
#include "base/text.h"
#include "net/loop.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct inotify_event; // <sys/inotify.h>

namespace signet::server {

// One per worker. Events are read before any request of a loop turn.
class PathWatch : public net::EventHandler {
public:
    // A directory's change counter and the value it had.
    struct Stamp {
        const uint64_t* counter;
        uint64_t seen;
    };
    // What must be unchanged for a path to be what it was: one stamp per directory above it. A file
    // that changes in a directory further up (a log, a temporary file) does not matter.
    struct Stamps {
        std::vector<Stamp> stamps;
        [[nodiscard]] bool valid() const
        {
            for (const auto& stamp : stamps) {
                if (*stamp.counter != stamp.seen) return false;
            }
            return true;
        }
    };

    // `any_name_is_override`: an AccessFileName without a leading dot is configured.
    PathWatch(net::Loop& loop, bool any_name_is_override);
    ~PathWatch() override;

    // Watches the directory with all its parents. False where watching is impossible: no watches
    // left, a file system that does not report (NFS, FUSE, overlay), or a symbolic link on the way.
    [[nodiscard]] bool watch(std::string_view directory, Stamps& stamps);

    void on_event(uint32_t events) override;
    // Reads what has happened until now: for a request that begins within a loop turn.
    void catch_up() { on_event(0); }
    // errno of the first time the kernel had no watch to give, 0: there was none. Answers are right
    // without watches, only dearer; the administrator should know.
    [[nodiscard]] int trouble() const { return trouble_; }
    // Counters only grow while a watch lives; they are kept until the process ends.
    [[nodiscard]] size_t watched() const { return directories_.size(); }

private:
    struct Directory {
        // Changes of the directory itself (moved, permissions) or of a .htaccess file in it.
        uint64_t own = 0;
        // Those, and changes of anything in it.
        uint64_t content = 0;
        bool alive = true; // false: the kernel dropped the watch
        std::string_view path{};
    };
    // nullptr: cannot be watched. `exists` tells a missing directory from that.
    Directory* add(std::string_view directory, bool& exists);
    void note(const inotify_event& event);
    void distrust_all();
    void start_over();

    net::Loop& loop_;
    bool any_name_is_override_;
    FileDescriptor inotify_;
    int trouble_ = 0;
    TextMap<std::unique_ptr<Directory>> directories_;
    std::unordered_map<int, std::vector<Directory*>> by_descriptor_;
};

} // namespace signet::server
