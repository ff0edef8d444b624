// Binary upgrade, on the side that goes: the program is started anew beside the running one, from
// whatever file has its path now, and is given the listening sockets. The old one serves on until
// the new one does, and for ever if it does not. The other side is takeover.h.
#pragma once
#include "base/clock.h"
#include "net/unix_channel.h"
#include "process/command_line.h"
#include "process/inheritance.h"
#include "process/listeners.h"

#include <string>
#include <sys/types.h>

namespace signet::process {

// The file that a word of the command line names: itself if it has a slash, else the first
// executable one in `search_path` ("/usr/bin:/bin"); always absolute, as seen from `directory`.
[[nodiscard]] Result<std::string>
find_program(const std::string& word, const std::string& directory, std::string_view search_path);

// Owned by the master for as long as it is not known whether the new program serves.
class Successor {
public:
    enum class State { starting, serves, failed };

    // Starts the program of `line` with the same words and gives it what it needs.
    [[nodiscard]] static Result<Successor>
    start(const CommandLine& line, const ListeningSockets& sockets, const Inheritance& inheritance);

    // Reads what it has to say; watch channel() for it.
    [[nodiscard]] State look();
    [[nodiscard]] int channel() const { return channel_.get(); }
    [[nodiscard]] pid_t pid() const { return pid_; }
    // When the patience with it ends.
    [[nodiscard]] Monotonic::time_point deadline() const { return deadline_; }

private:
    Successor(pid_t pid, net::UnixChannel channel);
    [[nodiscard]] Result<void> bequeath(const ListeningSockets& sockets,
                                        const Inheritance& inheritance);

    pid_t pid_;
    net::UnixChannel channel_;
    Monotonic::time_point deadline_;
};

} // namespace signet::process
