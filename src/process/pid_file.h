// PidFile: the number of the master, for -k and for service scripts.
// https://httpd.apache.org/docs/2.4/mod/mpm_common.html#pidfile
#pragma once
#include "base/result.h"

#include <string>
#include <sys/types.h>

namespace signet::process {

// What a pid file says about the server.
struct PidFile {
    enum class State {
        missing,
        running,   // the process lives and is signet (or nobody can tell)
        gone,      // no process has this number
        foreign,   // another program has it, or ourselves by chance
        corrupted, // no number in it, or it cannot be read
    };
    State state = State::missing;
    pid_t pid = 0;
    std::string program{}; // of a foreign process
    std::string trouble{}; // corrupted: why
};

[[nodiscard]] PidFile read_pid_file(const std::string& path);
[[nodiscard]] Result<void> write_pid_file(const std::string& path, pid_t pid);
// Removes the file if it still names this process.
void remove_pid_file(const std::string& path, pid_t pid);

// "httpd (pid 123) already running", "httpd (no pid file) not running", "httpd (pid 123?) not
// running": scripts compare these.
[[nodiscard]] std::string describe(const PidFile& file);

} // namespace signet::process
