// The master: supervises workers, obeys signals, replaces one generation of configuration by the
// next. It serves nobody itself and never waits for anything but events.
#pragma once
#include "base/file.h"
#include "process/command_line.h"
#include "process/generation.h"
#include "process/loader.h"
#include "process/scoreboard.h"
#include "process/successor.h"
#include "server/error_log.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace signet::process {

inline constexpr std::chrono::seconds time_to_stop{5}; // then a worker is killed

// One per process; the process must have a single thread (it forks).
class Master {
public:
    Master(const CommandLine& line, const Loader& loader, Scoreboard scoreboard);

    // Starts the first generation's workers and serves until told to stop. `started` is called
    // once, when all of them serve. Returns the exit code.
    [[nodiscard]] int run(std::shared_ptr<server::Configuration> configuration,
                          ListeningSockets sockets, std::function<void()> started);

private:
    enum class Ending { none, graceful, now };

    // A copy: what is done with them may add and remove some.
    [[nodiscard]] std::vector<Generation*> all() const;
    [[nodiscard]] Generation* current() const;
    [[nodiscard]] Generation* incoming() const;
    void note(const server::LogEvent& event) const;
    void note(int id, diagnosis::Severity severity, const std::string& text,
              const char* module = "mpm_event") const;
    void note_report(const std::string& report, const server::Configuration& where) const;

    // One turn: waits for events, handles them and what is due.
    void turn();
    void wait();
    [[nodiscard]] Monotonic::time_point next_due() const;
    void do_what_is_due();
    void on_signal(int number);
    void read_channel(Generation& generation, WorkerHandle& worker);

    // Workers and the keeper.
    void start_workers(Generation& generation, unsigned count);
    void start_keeper(Generation& generation);
    void start_first(Generation& generation);
    void reap();
    void worker_ended(Generation& generation, WorkerHandle& worker, int status);
    void keeper_ended(Generation& generation, WorkerHandle& keeper, int status);
    void note_death(const WorkerHandle& worker, int status) const;
    void forget_what_is_the_masters();

    // Reloading.
    void reload(bool graceful);
    void commit(Generation& generation);
    void abandon(Generation& generation);
    void drop_drained();

    // Ending.
    void stop(Ending how);
    void end_workers(Ending how);
    void finish_if_ended();

    // Being succeeded by another program.
    void upgrade();
    void read_successor();
    void successor_ended(int status);
    void upgrade_failed(const std::string& why);
    void hand_over();

    void reopen_logs();
    void move_pid_file(const server::Configuration& from, const server::Configuration& to) const;

    const CommandLine& line_;
    const Loader& loader_;
    Scoreboard scoreboard_;
    FileDescriptor signals_;
    std::vector<std::unique_ptr<Generation>> generations_; // oldest first
    std::function<void()> started_;
    uint64_t next_number_ = 1;
    bool reload_is_graceful_ = true;
    std::optional<bool> reload_again_; // a signal came during a reload: its kind
    Ending ending_ = Ending::none;
    std::optional<Monotonic::time_point> end_deadline_;
    bool upgrade_wanted_ = false;
    std::optional<Successor> successor_; // started, does not serve yet
    pid_t heir_ = 0;                     // serves in our place
    bool is_guardian_ = false;
    std::optional<std::chrono::microseconds> watchdog_interval_;
    Monotonic::time_point next_watchdog_;
    std::optional<int> exit_code_;
};

} // namespace signet::process
