// The keeper: one process per generation that does what is slow, periodic or outbound
// (server/keeper_task.h), so that neither the master nor a worker ever waits for it. It runs as
// User, without capabilities, and holds no listening socket.
#pragma once
#include "base/clock.h"
#include "base/shared_memory.h"
#include "net/unix_channel.h"
#include "server/configuration.h"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::process {

// When which task runs.
class KeeperSchedule {
public:
    using Tasks = std::span<const std::unique_ptr<server::KeeperTask>>;
    struct Observer {
        std::function<void(const server::KeeperTask&)> before;
        std::function<void(const server::KeeperTask&)> after;
        std::function<void(const server::KeeperTask&, const Error&)> failed;
    };

    KeeperSchedule(Tasks tasks, Monotonic::time_point now);
    // Runs every task that is due, one after the other.
    void run_due(Monotonic::time_point now, const Observer& observer);
    // When the next one is due.
    [[nodiscard]] Monotonic::time_point next() const;

    // How long a task that fails has to wait: doubled with each failure.
    static constexpr std::chrono::seconds shortest_wait{1};
    static constexpr std::chrono::seconds longest_wait{600};

private:
    struct Entry {
        server::KeeperTask* task;
        Monotonic::time_point due;
        std::chrono::seconds wait = shortest_wait;
    };
    std::vector<Entry> entries_;
};

// What the keeper is doing, for the master that has to explain its end. In shared memory, written
// by the keeper only.
class KeeperNote {
public:
    [[nodiscard]] static Result<KeeperNote> create();
    void write(std::string_view task);
    // Empty between tasks.
    [[nodiscard]] std::string read() const;

private:
    explicit KeeperNote(SharedMemory memory)
        : memory_(std::move(memory))
    {
    }
    SharedMemory memory_;
};

// The name of the process, as ps and top show it.
inline constexpr const char* keeper_name = "signet-keeper";

// Works until told to stop, or until the master is gone. In the process that was forked for it;
// returns the exit code (worker_process.h). A task that takes longer than its limit ends the
// process by SIGALRM.
[[nodiscard]] int run_keeper(const server::Configuration& configuration, net::UnixChannel channel,
                             KeeperNote& note);

} // namespace signet::process
