// Other programs: started without a shell, with nothing inherited by accident, never left behind.
#pragma once
#include "base/file.h"
#include "base/result.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>
#include <vector>

namespace signet::net {

enum class ChildStream : unsigned char {
    null,    // /dev/null
    inherit, // ours
    pipe,    // a pipe; our end is in Child
};

// RLimitCPU, RLimitMEM, RLimitNPROC. setrlimit(2)
struct ChildLimit {
    int resource = 0;  // RLIMIT_CPU …
    uint64_t soft = 0; // unlimited: RLIM_INFINITY
    uint64_t hard = 0; // above ours only for root
};

// Whom a program runs as; only root can make it somebody else.
struct ChildIdentity {
    uid_t user = 0;
    gid_t group = 0;
    std::vector<gid_t> groups{}; // supplementary ones
};

struct ChildOptions {
    std::vector<std::string> arguments;   // [0] is the program's path; PATH is not searched
    std::vector<std::string> environment; // "NAME=value"; nothing is inherited
    std::string directory{};              // where it runs; empty: where we are
    ChildStream input = ChildStream::null;
    ChildStream output = ChildStream::pipe;
    ChildStream errors = ChildStream::inherit;
    std::vector<ChildLimit> limits{};
    std::optional<ChildIdentity> identity{}; // none: ours
};

struct ExitStatus {
    int code = 0;   // what it returned, when it ended by itself
    int signal = 0; // or the signal that ended it
    [[nodiscard]] bool ok() const { return code == 0 && signal == 0; }
    [[nodiscard]] std::string text() const; // "exit status 2", "signal 9 (Killed)"
};

// A running program, the leader of its own process group. Destroying this kills the group and
// reaps the leader. Nobody else may wait for it (no waitpid(-1) in a process that has children).
class Child {
public:
    // Fails when the program cannot be executed.
    [[nodiscard]] static Result<Child> spawn(const ChildOptions& options);
    Child(Child&& other) noexcept;
    Child& operator=(Child&& other) noexcept;
    ~Child();

    // Our pipe ends, non-blocking and close-on-exec: watch them with a Loop, or use run_child().
    [[nodiscard]] FileDescriptor& input() { return input_; }
    [[nodiscard]] FileDescriptor& output() { return output_; }
    [[nodiscard]] FileDescriptor& errors() { return errors_; }

    [[nodiscard]] pid_t pid() const { return pid_; }
    // Readable when the program has ended (pidfd_open(2)): for Loop::watch_level.
    [[nodiscard]] int exit_descriptor() const { return pidfd_.get(); }

    // Blocks up to `limit`; fails with Kind::timed_out. A limit of 0 only asks.
    [[nodiscard]] Result<ExitStatus> wait(std::chrono::milliseconds limit);
    // Signals the whole group; nothing when the program was reaped already.
    void kill(int signal) const;

private:
    Child() = default;
    void end();

    pid_t pid_ = -1; // -1 once reaped
    ExitStatus status_;
    bool reaped_ = false;
    FileDescriptor pidfd_;
    FileDescriptor input_;
    FileDescriptor output_;
    FileDescriptor errors_;
};

struct ChildOutput {
    std::string output{};
    ExitStatus status{};
};

// Runs a program to its end: feeds it `input`, collects at most `max_output` bytes of its standard
// output. Blocking; fails (and kills it) on time-out or too much output.
[[nodiscard]] Result<ChildOutput> run_child(ChildOptions options, std::string_view input,
                                            size_t max_output, std::chrono::milliseconds limit);

} // namespace signet::net
