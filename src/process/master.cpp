// The master's loop and its workers; reloading is in master_reload.cpp.
#include "process/master.h"

#include "net/socket.h"
#include "process/log.h"
#include "process/service_manager.h"
#include "process/signals.h"
#include "process/worker_process.h"
#include "server/banner.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace signet::process {

using namespace std::chrono_literals;
using diagnosis::Severity;

namespace {

constexpr auto log_program_look = 1s; // how often programs of piped logs may be started again

} // namespace

Master::Master(const CommandLine& line, const Loader& loader, Scoreboard scoreboard)
    : line_(line)
    , loader_(loader)
    , scoreboard_(std::move(scoreboard))
    , next_rotation_(Monotonic::now() + ticket_key_life)
{
}

void Master::note(const server::LogEvent& event) const
{
    if (!generations_.empty()) log(generations_.back()->configuration->main, event);
}

void Master::note(int id, Severity severity, const std::string& text, const char* module) const
{
    const Generation* serving = current();
    if (!serving) return note({.severity = severity, .module = module, .id = id, .text = text});
    log(serving->configuration->main,
        {.severity = severity, .module = module, .id = id, .text = text});
}

std::vector<Generation*> Master::all() const
{
    std::vector<Generation*> pointers;
    for (const auto& generation : generations_) pointers.push_back(generation.get());
    return pointers;
}

Generation* Master::current() const
{
    for (const auto& generation : generations_) {
        if (generation->state == Generation::State::serving) return generation.get();
    }
    return nullptr;
}

Generation* Master::incoming() const
{
    for (const auto& generation : generations_) {
        if (generation->state == Generation::State::starting) return generation.get();
    }
    return nullptr;
}

int Master::run(std::shared_ptr<server::Configuration> configuration, ListeningSockets sockets,
                std::function<void()> started)
{
    started_ = std::move(started);
    auto signals = receive_signals({SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD});
    auto first = std::make_unique<Generation>(std::move(configuration), std::move(sockets));
    first->number = first->configuration->generation = next_number_++;
    first->wanted = worker_count(first->configuration->process);
    generations_.push_back(std::move(first));
    if (!signals) {
        note(message::worker_cannot_start, Severity::alert, signals.error().text, "core");
        return 1;
    }
    signals_ = std::move(*signals);
    net::ignore_broken_pipes();
    start_workers(*generations_.front(), generations_.front()->wanted);
    while (!exit_code_) turn();
    return *exit_code_;
}

void Master::turn()
{
    wait();
    do_what_is_due();
    drop_drained();
    finish_if_ended();
}

Monotonic::time_point Master::next_due() const
{
    auto due = next_rotation_;
    if (end_deadline_) due = std::min(due, *end_deadline_);
    for (const auto& generation : generations_) {
        if (generation->missing > 0) due = std::min(due, generation->next_start);
        if (generation->deadline) due = std::min(due, *generation->deadline);
        for (const auto& [target, sink] : generation->configuration->log_sinks->all()) {
            if (sink->program() > 0) due = std::min(due, Monotonic::now() + log_program_look);
        }
    }
    return due;
}

void Master::wait()
{
    struct Source {
        Generation* generation;
        WorkerHandle* worker;
    };
    std::vector<pollfd> watched{{.fd = signals_.get(), .events = POLLIN, .revents = 0}};
    std::vector<Source> sources{{}};
    for (const auto& generation : generations_) {
        for (const auto& worker : generation->workers) {
            if (!worker->channel) continue;
            watched.push_back({.fd = worker->channel.get(), .events = POLLIN, .revents = 0});
            sources.push_back({generation.get(), worker.get()});
        }
    }
    const auto patience =
        std::chrono::ceil<std::chrono::milliseconds>(next_due() - Monotonic::now());
    const auto limit = std::clamp<int64_t>(patience.count(), 0, 60'000);
    if (::poll(watched.data(), watched.size(), static_cast<int>(limit)) <= 0) return;
    // Channels first: a worker's "ready" counts although its end may have been reported, too.
    for (size_t i = 1; i < watched.size(); ++i) {
        if (watched[i].revents != 0) read_channel(*sources[i].generation, *sources[i].worker);
    }
    if (watched[0].revents == 0) return;
    while (const auto number = next_signal(signals_)) on_signal(*number);
}

void Master::read_channel(Generation& generation, WorkerHandle& worker)
{
    while (worker.channel) {
        auto received = worker.channel.receive();
        using Received = net::UnixChannel::Message::State;
        if (!received || received->state == Received::closed) {
            worker.channel.close(); // SIGCHLD will tell how it ended
            return;
        }
        if (received->state == Received::would_block) return;
        const auto message = decode(received->bytes);
        if (!message) continue;
        if (message->kind == ControlMessage::Kind::ready) {
            worker.ready = true;
        } else if (message->kind == ControlMessage::Kind::retiring && !worker.retiring) {
            worker.retiring = true;
            if (generation.state == Generation::State::serving && ending_ == Ending::none) {
                ++generation.missing;
                generation.next_start = Monotonic::now();
            }
        }
    }
}

void Master::do_what_is_due()
{
    const auto now = Monotonic::now();
    for (Generation* generation : all()) {
        if (generation->missing > 0 && generation->next_start <= now) {
            start_workers(*generation, std::exchange(generation->missing, 0U));
        }
        generation->configuration->log_sinks->restart_programs();
        if (generation->state == Generation::State::starting) {
            if (generation->all_ready()) {
                commit(*generation);
            } else if (generation->deadline && *generation->deadline <= now) {
                abandon(*generation);
            }
        } else if (generation->deadline && *generation->deadline <= now) {
            generation->deadline.reset();
            generation->kill_workers(SIGKILL);
        }
    }
    if (next_rotation_ <= now) {
        next_rotation_ = now + ticket_key_life;
        rotate_ticket_keys();
    }
    if (end_deadline_ && *end_deadline_ <= now) {
        end_deadline_.reset();
        if (ending_ == Ending::graceful) {
            stop(Ending::now);
        } else {
            note(message::worker_hangs, Severity::warn,
                 "workers did not stop in time and are killed", "core");
            for (const auto& generation : generations_) generation->kill_workers(SIGKILL);
        }
    }
}

void Master::on_signal(int number)
{
    switch (number) {
    case SIGCHLD: reap(); break;
    case SIGTERM:
    case SIGINT: stop(Ending::now); break;
    case SIGWINCH: stop(Ending::graceful); break;
    case SIGUSR1: reload(true); break;
    case SIGHUP: reload(false); break;
    case SIGUSR2: reopen_logs(); break;
    default: break;
    }
}

void Master::start_workers(Generation& generation, unsigned count)
{
    for (unsigned i = 0; i < count; ++i) {
        const auto spawned = generation.spawn(scoreboard_, [&] { forget_what_is_the_masters(); });
        if (spawned) continue;
        note(message::no_slot, Severity::error, spawned.error().text, "core");
        if (generation.state == Generation::State::starting) return abandon(generation);
        generation.missing = count - i;
        generation.next_start = generation.back_off.died(Monotonic::now(), {});
        return;
    }
}

void Master::forget_what_is_the_masters()
{
    signals_.reset();
    started_ = {};
    // Other generations' logs and sockets, and the channels of all workers.
    generations_.clear();
}

void Master::reap()
{
    int status = 0;
    for (pid_t pid = 0; (pid = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        bool known = false;
        for (Generation* generation : all()) {
            if (WorkerHandle* worker = generation->find(pid)) {
                worker_ended(*generation, *worker, status);
                known = true;
            } else if (generation->configuration->log_sinks->child_ended(pid)) {
                note(message::log_program_restarted, Severity::warn,
                     "piped log program (pid " + std::to_string(pid) + ") ended unexpectedly",
                     "core");
                known = true;
            }
            if (known) break;
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
    generation.forget(worker);
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

} // namespace signet::process
