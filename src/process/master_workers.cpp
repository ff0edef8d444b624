// The master's children: how they are started, and what it does when one ends.
#include "process/log.h"
#include "process/master.h"
#include "process/signals.h"
#include "process/worker_process.h"

#include <csignal>
#include <sys/wait.h>

namespace signet::process {

using diagnosis::Severity;

void Master::start_workers(Generation& generation, unsigned count)
{
    for (unsigned i = 0; i < count; ++i) {
        const auto spawned = generation.spawn(scoreboard_, [&] { forget_what_is_the_masters(); });
        if (spawned) continue;
        const bool is_full = spawned.error().kind == Error::Kind::too_large;
        note(is_full ? message::no_slot : message::cannot_fork, Severity::error,
             spawned.error().text, "core");
        if (generation.state == Generation::State::starting) return abandon(generation);
        generation.missing = count - i;
        generation.next_start = generation.back_off.died(Monotonic::now(), {});
        return;
    }
}

// Only a generation that serves has a keeper, or the first one of all: while two stand side by
// side, there is one.
void Master::start_keeper(Generation& generation)
{
    generation.keeper_start.reset();
    if (generation.configuration->keeper_tasks.empty()) return;
    if (auto spawned = generation.spawn_keeper([&] { forget_what_is_the_masters(); }); !spawned) {
        note(message::keeper_cannot_start, Severity::error, spawned.error().text, "core");
        generation.keeper_start = generation.keeper_back_off.died(Monotonic::now(), {});
    }
}

void Master::forget_what_is_the_masters()
{
    signals_.reset();
    started_ = {};
    successor_.reset();
    // Other generations' logs and sockets, and the channels of all workers.
    generations_.clear();
}

void Master::reap()
{
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        if (successor_ && successor_->pid() == pid) {
            successor_ended(status);
            continue;
        }
        for (Generation* generation : all()) {
            if (WorkerHandle* worker = generation->find(pid)) {
                if (worker->is_keeper) {
                    keeper_ended(*generation, *worker, status);
                } else {
                    worker_ended(*generation, *worker, status);
                }
                break;
            }
            if (const auto log = generation->configuration->log_sinks->child_ended(pid)) {
                note(message::log_program_restarted, Severity::error,
                     "piped log program '" + server::program_of(*log) + "' failed unexpectedly",
                     "core");
                break;
            }
        }
    }
}

void Master::note_death(const WorkerHandle& worker, int status) const
{
    const std::string pid = std::to_string(worker.pid);
    if (WIFSIGNALED(status)) {
        const int number = WTERMSIG(status);
        if (number == SIGTERM || number == SIGKILL) {
            if (ending_ != Ending::none) return;
        }
        const auto& directory = generations_.back()->configuration->process.core_dump_directory;
        std::string text = "child pid " + pid + " exit signal " + signal_text(number) + " ("
                           + std::to_string(number) + ")";
        const bool dumped = WCOREDUMP(status) && !directory.empty();
        if (dumped) text += ", possible coredump in " + directory;
        note({.severity = Severity::notice,
              .module = "core",
              .apache_id = dumped ? "AH00051" : "AH00052",
              .id = message::worker_crashed,
              .text = text});
    } else if (WEXITSTATUS(status) != exit_served) {
        note(message::worker_ended, Severity::error,
             "child pid " + pid + " exit status " + std::to_string(WEXITSTATUS(status)), "core");
    }
}

void Master::worker_ended(Generation& generation, WorkerHandle& worker, int status)
{
    note_death(worker, status);
    const auto now = Monotonic::now();
    const auto lived = now - worker.started;
    const bool was_ready = worker.ready;
    const bool was_retiring = worker.retiring;
    generation.forget(worker, scoreboard_);
    if (ending_ != Ending::none || generation.state == Generation::State::draining) return;
    if (generation.state == Generation::State::starting && !was_ready) return abandon(generation);
    if (was_retiring) return;
    ++generation.missing;
    generation.next_start = generation.back_off.died(now, lived);
    if (generation.back_off.short_lives() == 3) {
        note(message::worker_backing_off, Severity::warn,
             "workers die soon after their start; starting them more slowly", "core");
    }
}

void Master::keeper_ended(Generation& generation, WorkerHandle& keeper, int status)
{
    const auto now = Monotonic::now();
    const auto lived = now - keeper.started;
    const pid_t pid = keeper.pid;
    generation.forget(keeper, scoreboard_);
    if (ending_ != Ending::none || generation.state != Generation::State::serving) return;
    const std::string task = generation.keeper_note ? generation.keeper_note->read() : "";
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        note(message::keeper_task_hung, Severity::error,
             "keeper: " + task + " took too long; the keeper is started anew", "core");
    } else {
        note(message::keeper_died, Severity::error,
             "keeper pid " + std::to_string(pid)
                 + (WIFSIGNALED(status)
                        ? std::string(" exit signal ") + signal_text(WTERMSIG(status))
                        : " exit status " + std::to_string(WEXITSTATUS(status)))
                 + (task.empty() ? "" : " during " + task) + "; it is started anew",
             "core");
    }
    generation.keeper_start = generation.keeper_back_off.died(now, lived);
}

} // namespace signet::process
