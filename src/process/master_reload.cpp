// How the master replaces one generation of configuration by another, and opens logs anew.
#include "base/text.h"
#include "process/log.h"
#include "process/master.h"
#include "process/pid_file.h"
#include "process/service_manager.h"
#include "server/banner.h"

#include <algorithm>
#include <csignal>
#include <unistd.h>

namespace signet::process {

using namespace std::chrono_literals;
using diagnosis::Severity;

namespace {

constexpr auto time_to_start = 60s; // for the workers of a new generation, all of them

} // namespace

void Master::note_report(const std::string& report, const server::Configuration& where) const
{
    std::string_view rest = report;
    while (!rest.empty()) {
        const auto line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const auto severity = line.starts_with("warning") ? Severity::warn : Severity::error;
        if (!line.empty()) log(where.main, {.severity = severity, .module = "core", .text = line});
    }
}

void Master::reload(bool graceful)
{
    Generation* old = current();
    if (ending_ != Ending::none) return;
    if (!old || incoming() || successor_) {
        reload_again_ = graceful;
        return;
    }
    if (graceful) {
        note(message::restarting_gracefully, Severity::notice,
             "SIGUSR1 received.  Doing graceful restart");
    } else {
        note(message::restarting, Severity::notice, "SIGHUP received.  Attempting to restart");
    }
    notify_reloading();
    config::Diagnostics diagnostics;
    auto configuration = loader_.load(false, old->configuration.get(), diagnostics);
    const std::string report = loader_.report(diagnostics);
    const auto refuse = [&](int id, const std::string& why) {
        note(id, Severity::error, why + "; the old configuration goes on serving", "core");
        notify_ready(::getpid(), "Reload failed; the old configuration goes on serving");
    };
    note_report(report, configuration ? *configuration : *old->configuration);
    if (!configuration) {
        return refuse(message::reload_failed,
                      "reload refused: " + std::to_string(diagnostics.errors())
                          + " errors in the new configuration");
    }
    auto sockets = open_listeners(*configuration, old->sockets);
    if (!sockets) return refuse(message::reload_sockets_failed, sockets.error().text);

    reload_is_graceful_ = graceful;
    auto next = std::make_unique<Generation>(std::move(configuration), std::move(*sockets));
    next->number = next->configuration->generation = next_number_++;
    next->wanted = worker_count(next->configuration->process);
    next->deadline = Monotonic::now() + time_to_start;
    generations_.push_back(std::move(next));
    Generation& starting = *generations_.back();
    start_workers(starting, starting.wanted);
}

// All workers of the new generation serve: the old one may go.
void Master::commit(Generation& generation)
{
    Generation* old = current();
    generation.state = Generation::State::serving;
    generation.deadline.reset();
    if (!generation.has_keeper()) generation.keeper_start = Monotonic::now();
    if (old) {
        old->state = Generation::State::draining;
        old->missing = 0;
        old->keeper_start.reset();
        old->sockets.clear();
        if (reload_is_graceful_) {
            scoreboard_.reloaded();
        } else {
            scoreboard_.restarted(wall_micros() / 1'000'000);
        }
        using Kind = ControlMessage::Kind;
        old->tell(reload_is_graceful_ ? Kind::stop_gracefully : Kind::stop);
        if (!reload_is_graceful_) old->deadline = Monotonic::now() + time_to_stop;
        move_pid_file(*old->configuration, *generation.configuration);
        redirect_standard_error(*generation.configuration);
    }
    note(message::running, Severity::notice,
         server::server_banner(*generation.configuration)
             + " configured -- resuming normal operations");
    note(message::command_line, Severity::notice, "Command line: '" + line_.text + "'", "core");
    notify_ready(::getpid(), "Serving with " + std::to_string(generation.wanted) + " workers");
    if (started_) std::exchange(started_, {})();
    if (const auto again = std::exchange(reload_again_, std::nullopt)) reload(*again);
}

// A new generation cannot start: it goes, as if it had never been.
void Master::abandon(Generation& generation)
{
    const bool is_first = !current();
    generation.state = Generation::State::draining;
    generation.missing = 0;
    generation.sockets.clear();
    generation.tell(ControlMessage::Kind::stop);
    generation.deadline = Monotonic::now() + time_to_stop;
    if (is_first) {
        note({.severity = Severity::alert,
              .module = "core",
              .id = message::worker_cannot_start,
              .text = "a worker could not start; the server ends"});
        exit_code_ = 1;
        generation.kill_workers(SIGKILL);
        const auto& configuration = *generation.configuration;
        remove_pid_file(configuration.path(configuration.process.pid_file), ::getpid());
        return;
    }
    note(
        message::reload_workers_failed, Severity::error,
        "the workers of the new configuration did not start; the old configuration goes on serving",
        "core");
    notify_ready(::getpid(), "Reload failed; the old configuration goes on serving");
    if (const auto again = std::exchange(reload_again_, std::nullopt)) reload(*again);
}

void Master::drop_drained()
{
    std::erase_if(generations_, [&](const auto& generation) {
        return generation->state == Generation::State::draining && generation->workers.empty()
               && generations_.size() > 1;
    });
}

void Master::move_pid_file(const server::Configuration& from, const server::Configuration& to) const
{
    const std::string old_path = from.path(from.process.pid_file);
    const std::string new_path = to.path(to.process.pid_file);
    if (old_path == new_path) return;
    if (auto written = write_pid_file(new_path, ::getpid()); !written) {
        return note(message::pid_file_unwritable, Severity::error,
                    "could not create " + new_path + ": " + written.error().text
                        + "; the server keeps " + old_path,
                    "core");
    }
    remove_pid_file(old_path, ::getpid());
}

// The master opens the files (workers may not be allowed to) and hands them over.
void Master::reopen_logs()
{
    for (const auto& generation : generations_) {
        for (const auto& [target, sink] : generation->configuration->log_sinks->all()) {
            if (auto reopened = sink->reopen(); !reopened) {
                note(message::log_not_reopened, Severity::error, reopened.error().text, "core");
                continue;
            }
            if (sink->descriptor() < 0 || sink->program() != 0) continue;
            const int descriptor = sink->descriptor();
            for (const auto& worker : generation->workers) {
                // A worker that does not read goes on with the old file.
                static_cast<void>(send(worker->channel,
                                       {ControlMessage::Kind::reopened_log, target},
                                       {&descriptor, 1}));
            }
        }
    }
    if (const Generation* serving = current()) redirect_standard_error(*serving->configuration);
    note(message::logs_reopened, Severity::notice, "SIGUSR2 received.  Logs opened anew", "core");
}

} // namespace signet::process
