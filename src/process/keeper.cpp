#include "process/keeper.h"

#include "process/child_process.h"
#include "process/control.h"
#include "process/crash_report.h"
#include "process/log.h"
#include "process/privileges.h"
#include "process/signals.h"
#include "process/worker_process.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

namespace signet::process {

KeeperSchedule::KeeperSchedule(Tasks tasks, Monotonic::time_point now)
{
    for (const auto& task : tasks) entries_.push_back({.task = task.get(), .due = now});
}

void KeeperSchedule::run_due(Monotonic::time_point now, const Observer& observer)
{
    for (auto& entry : entries_) {
        if (entry.due > now) continue;
        observer.before(*entry.task);
        const auto next = entry.task->run(now);
        observer.after(*entry.task);
        if (next) {
            entry.due = *next;
            entry.wait = shortest_wait;
        } else {
            observer.failed(*entry.task, next.error());
            entry.due = now + entry.wait;
            entry.wait = std::min(entry.wait * 2, longest_wait);
        }
    }
}

Monotonic::time_point KeeperSchedule::next() const
{
    auto next = Monotonic::time_point::max();
    for (const auto& entry : entries_) next = std::min(next, entry.due);
    return next;
}

Result<KeeperNote> KeeperNote::create()
{
    auto memory = SharedMemory::create(keeper_name, 128);
    if (!memory) return std::unexpected(memory.error());
    return KeeperNote(std::move(*memory));
}

void KeeperNote::write(std::string_view task)
{
    const size_t length = std::min(task.size(), memory_.size() - 1);
    std::memcpy(memory_.data(), task.data(), length);
    memory_.data()[length] = std::byte{0};
}

std::string KeeperNote::read() const
{
    const auto* text = reinterpret_cast<const char*>(memory_.data());
    return {text, ::strnlen(text, memory_.size())};
}

namespace {

class Keeper {
public:
    Keeper(const server::Configuration& configuration, net::UnixChannel channel, KeeperNote& note)
        : configuration_(configuration)
        , channel_(std::move(channel))
        , note_(note)
        , schedule_(configuration.keeper_tasks, Monotonic::now())
        , observer_{
              .before = [this](const server::KeeperTask& task) { begin(task); },
              .after = [this](const server::KeeperTask&) { end(); },
              .failed = [this](const server::KeeperTask& task,
                               const Error& error) { report(task, error); },
          }
    {
    }

    int run(const FileDescriptor& signals)
    {
        if (!send(channel_, {ControlMessage::Kind::ready}))
            return exit_served; // nobody to work for
        while (!stopping_) {
            schedule_.run_due(Monotonic::now(), observer_);
            configuration_.log_sinks->flush_all();
            wait(signals);
        }
        return exit_served;
    }

private:
    // The alarm's default action ends this process however deep a library is stuck.
    void begin(const server::KeeperTask& task)
    {
        note_.write(task.name());
        ::alarm(static_cast<unsigned>(task.limit().count()));
    }

    void end()
    {
        ::alarm(0);
        note_.write("");
    }

    void report(const server::KeeperTask& task, const Error& error) const
    {
        log(configuration_.main,
            {.severity = diagnosis::Severity::warn,
             .module = "core",
             .id = message::keeper_task_failed,
             .text = std::string(task.name()) + ": " + error.text + "; trying again later"});
    }

    void wait(const FileDescriptor& signals)
    {
        constexpr std::chrono::milliseconds longest{60'000};
        const auto left =
            std::min<Monotonic::duration>(schedule_.next() - Monotonic::now(), longest);
        const auto patience = std::chrono::ceil<std::chrono::milliseconds>(left).count();
        pollfd watched[] = {{.fd = signals.get(), .events = POLLIN, .revents = 0},
                            {.fd = channel_.get(), .events = POLLIN, .revents = 0}};
        ::poll(watched, 2, static_cast<int>(std::max<int64_t>(patience, 0)));
        if (next_signal(signals)) stopping_ = true;
        if (watched[1].revents != 0) obey();
    }

    void obey()
    {
        using Received = net::UnixChannel::Message::State;
        using Kind = ControlMessage::Kind;
        while (!stopping_) {
            auto received = channel_.receive();
            if (!received || received->state == Received::closed) {
                stopping_ = true; // the master is gone
                return;
            }
            if (received->state == Received::would_block) return;
            const auto message = decode(received->bytes);
            if (!message) continue;
            if (message->kind == Kind::stop || message->kind == Kind::stop_gracefully) {
                stopping_ = true;
            } else if (message->kind == Kind::reopened_log && !received->descriptors.empty()) {
                adopt_log(configuration_, message->text, std::move(received->descriptors.front()));
            }
        }
    }

    const server::Configuration& configuration_;
    net::UnixChannel channel_;
    KeeperNote& note_;
    KeeperSchedule schedule_;
    KeeperSchedule::Observer observer_;
    bool stopping_ = false;
};

} // namespace

int run_keeper(const server::Configuration& configuration, net::UnixChannel channel,
               KeeperNote& note)
{
    ::prctl(PR_SET_NAME, keeper_name, 0, 0, 0);
    ignore_orders_of_the_terminal();
    auto signals = receive_signals({SIGTERM});
    if (!signals) return cannot_serve(configuration, signals.error());
    // Its tasks need resolv.conf and the system's certificates: it stays outside of ChrootDir.
    auto settings = configuration.process;
    settings.chroot_directory.clear();
    if (auto dropped = drop_privileges(settings); !dropped) {
        return cannot_serve(configuration, dropped.error());
    }
    redirect_standard_error(configuration);
    report_crashes();
    prepare_core_dumps(configuration);
    return Keeper(configuration, std::move(channel), note).run(*signals);
}

} // namespace signet::process
