// How a master ends: told to stop, or succeeded by another program (a binary upgrade).
#include "process/guardian.h"
#include "process/log.h"
#include "process/master.h"
#include "process/pid_file.h"
#include "process/service_manager.h"
#include "process/signals.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <sys/wait.h>
#include <unistd.h>

namespace signet::process {

using namespace std::chrono_literals;
using diagnosis::Severity;

namespace {

std::string pid_path(const server::Configuration& configuration)
{
    return configuration.path(configuration.process.pid_file);
}

} // namespace

void Master::stop(Ending how)
{
    if (ending_ == Ending::now || ending_ == how) return;
    if (heir_ == 0) notify_stopping();
    remove_pid_file(pid_path(*generations_.back()->configuration), ::getpid());
    if (how == Ending::now) {
        note(message::stopping, Severity::notice, "caught SIGTERM, shutting down");
    } else {
        note(message::stopping_gracefully, Severity::notice,
             "caught SIGWINCH, shutting down gracefully");
    }
    // Whatever was to come after us has not served anybody yet.
    if (successor_) ::kill(successor_->pid(), SIGTERM);
    successor_.reset();
    end_workers(how);
}

void Master::end_workers(Ending how)
{
    ending_ = how;
    const auto timeout = generations_.back()->configuration->process.graceful_shutdown_timeout;
    if (how == Ending::now) {
        end_deadline_ = Monotonic::now() + time_to_stop;
    } else if (timeout != 0) {
        end_deadline_ = Monotonic::now() + std::chrono::seconds(timeout);
    }
    reload_again_.reset();
    upgrade_wanted_ = false;
    for (const auto& generation : generations_) {
        if (generation->state == Generation::State::starting) {
            generation->state = Generation::State::draining;
        }
        generation->missing = 0;
        generation->keeper_start.reset();
        generation->sockets.clear();
        using Kind = ControlMessage::Kind;
        generation->tell(how == Ending::now ? Kind::stop : Kind::stop_gracefully);
    }
}

void Master::finish_if_ended()
{
    if (ending_ == Ending::none) return;
    const bool ended = std::ranges::all_of(
        generations_, [](const auto& generation) { return generation->workers.empty(); });
    if (ended) exit_code_ = 0;
}

// Starts the new program beside this one. Called again and again until it may be done.
void Master::upgrade()
{
    const Generation* serving = current();
    if (ending_ != Ending::none || successor_ || !serving || incoming()) return;
    upgrade_wanted_ = false;
    note(message::upgrading, Severity::notice,
         "upgrade requested: starting " + line_.program + " beside this server", "core");
    notify_reloading();
    serving->configuration->log_sinks->flush_all();
    auto successor =
        Successor::start(line_, serving->sockets, inheritance_of(*serving->configuration));
    if (!successor) return upgrade_failed(successor.error().text);
    successor_ = std::move(*successor);
}

void Master::read_successor()
{
    switch (successor_->look()) {
    case Successor::State::starting: break;
    case Successor::State::serves: hand_over(); break;
    case Successor::State::failed:
        // It ends, or has ended: reap() tells how. One that only closed the channel ends now.
        ::kill(successor_->pid(), SIGTERM);
        break;
    }
}

void Master::successor_ended(int status)
{
    upgrade_failed(WIFSIGNALED(status)
                       ? std::string("it ended by a signal: ") + signal_text(WTERMSIG(status))
                       : "it ended with exit status " + std::to_string(WEXITSTATUS(status)));
}

void Master::upgrade_failed(const std::string& why)
{
    successor_.reset();
    note(message::upgrade_failed, Severity::error,
         "upgrade failed: " + why + "; this server goes on", "core");
    const std::string path = pid_path(*current()->configuration);
    if (read_pid_file(path).pid != ::getpid()) {
        if (auto written = write_pid_file(path, ::getpid()); !written) {
            note(message::pid_file_unwritable, Severity::error, written.error().text, "core");
        }
    }
    notify_ready(::getpid(), "Upgrade failed; the old program goes on serving");
    if (const auto again = std::exchange(reload_again_, std::nullopt)) reload(*again);
}

// The new program serves on the same sockets. What came in meanwhile for a server is for it.
void Master::hand_over()
{
    heir_ = successor_->pid();
    successor_.reset();
    note(message::upgraded, Severity::notice,
         "pid " + std::to_string(heir_)
             + " has taken over; this server ends after the answers in progress",
         "core");
    if (reload_again_) ::kill(heir_, *reload_again_ ? SIGUSR1 : SIGHUP);
    notify_successor(heir_);
    // Under systemd the heir is known by its number; others know the number of this process only,
    // unless a guardian is there already.
    is_guardian_ = line_.foreground && !line_.takes_over && !::getenv("NOTIFY_SOCKET");
    if (is_guardian_) become_guardian();
    // The heir may have named its own; ours, if it is another, names nobody any more.
    remove_pid_file(pid_path(*generations_.back()->configuration), ::getpid());
    end_workers(Ending::graceful);
}

} // namespace signet::process
