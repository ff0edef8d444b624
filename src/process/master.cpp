// The master's loop. Its children are in master_workers.cpp, reloading in master_reload.cpp, its
// end and its succession in master_ending.cpp.
#include "process/master.h"

#include "net/socket.h"
#include "process/guardian.h"
#include "process/log.h"
#include "process/service_manager.h"
#include "process/signals.h"

#include <algorithm>
#include <csignal>
#include <poll.h>

namespace signet::process {

using namespace std::chrono_literals;
using diagnosis::Severity;

namespace {

constexpr auto log_program_look = 1s; // how often programs of piped logs may be started again
constexpr auto longest_sleep = 60s;
constexpr auto longest_preparation = 2s; // of a first start
constexpr auto preparation_look = 20ms;

} // namespace

Master::Master(const CommandLine& line, const Loader& loader, Scoreboard scoreboard)
    : line_(line)
    , loader_(loader)
    , scoreboard_(std::move(scoreboard))
    , watchdog_interval_(watchdog_interval())
    , next_watchdog_(Monotonic::now())
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
    auto signals = receive_signals(
        {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, SIGCHLD, upgrade_signal()});
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
    start_first(*generations_.front());
    while (!exit_code_) turn();
    if (!is_guardian_) return *exit_code_;
    // Programs of piped logs end when nobody can write to them any more.
    generations_.clear();
    return guard(signals_);
}

// The first clients shall find what the keeper fetches (OCSP responses), unless that takes long.
// Meanwhile they wait in the listening sockets. A reload has it from the generation before.
void Master::start_first(Generation& generation)
{
    if (generation.is_prepared()) return start_workers(generation, generation.wanted);
    generation.missing = generation.wanted;
    generation.next_start = Monotonic::now() + longest_preparation;
    generation.waits_for_keeper = true;
    start_keeper(generation);
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
    auto due = Monotonic::now() + longest_sleep;
    if (watchdog_interval_) due = std::min(due, next_watchdog_);
    if (end_deadline_) due = std::min(due, *end_deadline_);
    if (successor_) due = std::min(due, successor_->deadline());
    for (const auto& generation : generations_) {
        if (generation->missing > 0) due = std::min(due, generation->next_start);
        if (generation->waits_for_keeper && generation->missing > 0)
            due = std::min(due, Monotonic::now() + preparation_look);
        if (generation->deadline) due = std::min(due, *generation->deadline);
        if (generation->keeper_start) due = std::min(due, *generation->keeper_start);
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
    const int successor = successor_ ? successor_->channel() : -1; // poll(2) leaves out -1
    std::vector<pollfd> watched{{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                                {.fd = successor, .events = POLLIN, .revents = 0}};
    std::vector<Source> sources{{}, {}};
    for (const auto& generation : generations_) {
        for (const auto& worker : generation->workers) {
            if (!worker->channel) continue;
            watched.push_back({.fd = worker->channel.get(), .events = POLLIN, .revents = 0});
            sources.push_back({generation.get(), worker.get()});
        }
    }
    const auto patience =
        std::chrono::ceil<std::chrono::milliseconds>(next_due() - Monotonic::now());
    const auto limit = std::max<int64_t>(patience.count(), 0);
    if (::poll(watched.data(), watched.size(), static_cast<int>(limit)) <= 0) return;
    // Channels first: a worker's "ready" counts although its end may have been reported, too.
    for (size_t i = 2; i < watched.size(); ++i) {
        if (watched[i].revents != 0) read_channel(*sources[i].generation, *sources[i].worker);
    }
    if (watched[1].revents != 0) read_successor();
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
        const bool prepared = generation->waits_for_keeper && generation->is_prepared();
        if (generation->missing > 0 && (generation->next_start <= now || prepared)) {
            generation->waits_for_keeper = false;
            start_workers(*generation, std::exchange(generation->missing, 0U));
        }
        if (generation->keeper_start && *generation->keeper_start <= now) start_keeper(*generation);
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
    if (upgrade_wanted_) upgrade();
    if (successor_ && successor_->deadline() <= now) ::kill(successor_->pid(), SIGKILL);
    if (watchdog_interval_ && next_watchdog_ <= now) {
        next_watchdog_ = now + *watchdog_interval_;
        notify_alive();
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
    if (is_guardian_ && number != SIGCHLD) ::kill(heir_, number);
    if (number == upgrade_signal()) {
        upgrade_wanted_ = ending_ == Ending::none;
        return;
    }
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

} // namespace signet::process
