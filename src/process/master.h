// The master: supervises workers, obeys signals, replaces one generation of configuration by the
// next. It serves nobody itself and never waits for anything but events.
#pragma once
#include "base/file.h"
#include "process/command_line.h"
#include "process/generation.h"
#include "process/loader.h"
#include "process/scoreboard.h"
#include "server/error_log.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace signet::process {

// How long session tickets are sealed with one key; two older ones still open tickets.
inline constexpr std::chrono::hours ticket_key_life{1};

// Makes descriptor 2 the main server's error log, as Apache does.
void redirect_standard_error(const server::Configuration& configuration);

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

    // Workers.
    void start_workers(Generation& generation, unsigned count);
    void reap();
    void worker_ended(Generation& generation, WorkerHandle& worker, int status);
    void note_death(const WorkerHandle& worker, int status) const;
    void forget_what_is_the_masters();

    // Reloading.
    void reload(bool graceful);
    void commit(Generation& generation);
    void abandon(Generation& generation);
    void drop_drained();

    // Ending.
    void stop(Ending how);
    void finish_if_ended();

    void reopen_logs();
    void rotate_ticket_keys();
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
    Monotonic::time_point next_rotation_;
    std::optional<int> exit_code_;
};

} // namespace signet::process
