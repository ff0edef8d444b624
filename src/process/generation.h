// One generation of configuration at work: its sockets and its workers, as the master sees them.
#pragma once
#include "base/clock.h"
#include "net/unix_channel.h"
#include "process/control.h"
#include "process/keeper.h"
#include "process/listeners.h"
#include "process/scoreboard.h"
#include "server/configuration.h"

#include <functional>
#include <memory>
#include <optional>
#include <sys/types.h>
#include <vector>

namespace signet::process {

// A child of the master: a worker, or the keeper.
struct WorkerHandle {
    pid_t pid = 0;
    net::UnixChannel channel{};
    WorkerSlot* slot = nullptr; // none for the keeper
    Monotonic::time_point started{};
    bool ready = false;
    bool retiring = false; // ends by itself; its successor is started already
    bool is_keeper = false;
};

// How many workers: one per processor this process may use, but no more than MaxRequestWorkers and
// ServerLimit.
[[nodiscard]] unsigned worker_count(const server::ProcessSettings& settings);
// How many connections a worker may hold for its descriptors, 0: any number.
[[nodiscard]] unsigned connection_limit();

// Starting workers again: at once after a long life, later and later after short ones.
class BackOff {
public:
    // A worker died: when the next one may start.
    Monotonic::time_point died(Monotonic::time_point now, Monotonic::duration lived);
    [[nodiscard]] unsigned short_lives() const { return short_lives_; }

private:
    unsigned short_lives_ = 0;
};

// Owned by the master; every member is the master's to read and write.
struct Generation {
    enum class State {
        starting, // not all of its workers serve yet
        serving,
        draining, // its workers finish what they have
    };

    std::shared_ptr<server::Configuration> configuration;
    ListeningSockets sockets;
    uint64_t number = 0;
    State state = State::starting;
    unsigned wanted = 0; // workers
    std::vector<std::unique_ptr<WorkerHandle>> workers{};
    BackOff back_off{};
    unsigned missing = 0; // workers to start at `next_start`
    Monotonic::time_point next_start{};
    bool waits_for_keeper = false;                   // … or as soon as its keeper is_prepared()
    std::optional<Monotonic::time_point> deadline{}; // to be ready, or to have ended
    std::optional<Monotonic::time_point> keeper_start{};
    BackOff keeper_back_off{};
    std::optional<KeeperNote> keeper_note{}; // since the keeper's first start

    // Forks one worker. `in_child` runs first in the new process: it closes what is the master's.
    [[nodiscard]] Result<void> spawn(Scoreboard& scoreboard, const std::function<void()>& in_child);
    [[nodiscard]] Result<void> spawn_keeper(const std::function<void()>& in_child);
    // Tells every worker and the keeper; one that cannot be told is killed.
    void tell(ControlMessage::Kind kind);
    void kill_workers(int signal) const;
    [[nodiscard]] bool all_ready() const;
    [[nodiscard]] bool has_keeper() const;
    // What the keeper does for the first clients has been done.
    [[nodiscard]] bool is_prepared() const;
    [[nodiscard]] WorkerHandle* find(pid_t pid) const;
    void forget(const WorkerHandle& worker, Scoreboard& scoreboard);
};

} // namespace signet::process
