#include "process/worker_process.h"

#include "net/fiber.h"
#include "net/listener.h"
#include "net/loop.h"
#include "process/child_process.h"
#include "process/control.h"
#include "process/crash_report.h"
#include "process/log.h"
#include "process/privileges.h"
#include "process/sandbox.h"
#include "process/signals.h"
#include "server/connection.h"
#include "server/path_cache.h"
#include "server/worker.h"

#include <algorithm>
#include <csignal>
#include <functional>
#include <optional>
#include <sys/wait.h>
#include <unistd.h>

namespace signet::process {
namespace {

using namespace std::chrono_literals;

constexpr auto tick = 1s;
constexpr auto look_for_room = 50ms; // how often a full worker looks whether it has room again
constexpr unsigned ticks_per_trim = 10;
constexpr auto between_complaints = 60s;

// A descriptor that calls back when it is readable.
class Readable final : public net::EventHandler {
public:
    Readable(net::Loop& loop, int descriptor, std::function<void()> call)
        : loop_(loop)
        , descriptor_(descriptor)
        , call_(std::move(call))
    {
    }
    ~Readable() override { loop_.unwatch(descriptor_, *this); }
    [[nodiscard]] Result<void> watch() { return loop_.watch_level(descriptor_, *this, false); }
    void on_event(uint32_t) override { call_(); }

private:
    net::Loop& loop_;
    int descriptor_;
    std::function<void()> call_;
};

class WorkerProcess final : public net::Acceptor {
public:
    WorkerProcess(net::Loop& loop, WorkerTask& task)
        : loop_(loop)
        , task_(task)
        , worker_(loop, task.configuration, task.capacity, task.board, task.slot)
    {
        const auto by_capacity = static_cast<unsigned>(task.capacity.connections);
        const unsigned by_descriptors = task.connection_limit;
        connection_limit_ = by_capacity == 0 || by_descriptors == 0
                                ? std::max(by_capacity, by_descriptors)
                                : std::min(by_capacity, by_descriptors);
        worker_.on_drained = [](void* self) { static_cast<WorkerProcess*>(self)->loop_.stop(); };
        worker_.on_drained_argument = this;
    }

    Result<void> listen()
    {
        for (const auto& socket : task_.sockets) {
            FileDescriptor copy(::dup(socket->descriptor.get()));
            if (!copy) return fail_errno("dup");
            auto listener =
                net::Listener::create(loop_, std::move(copy), *this, task_.shares_sockets);
            if (!listener) return std::unexpected(listener.error());
            listeners_.push_back(std::move(*listener));
        }
        task_.sockets.clear(); // the listeners have their own copies
        return {};
    }

    void serve()
    {
        keep_time();
        loop_.run();
        report_state(WorkerSlot::State::stopping);
        task_.configuration->log_sinks->flush_all();
    }

    void stop()
    {
        close_listeners();
        loop_.stop();
    }

    void stop_gracefully()
    {
        if (stopping_) return;
        stopping_ = true;
        report_state(WorkerSlot::State::stopping);
        // Not now: this may be one of the listeners calling.
        loop_.defer(
            [](void* self) {
                auto& process = *static_cast<WorkerProcess*>(self);
                process.close_listeners();
                process.worker_.stop_gracefully();
            },
            this);
    }

    void accepted(net::Socket socket, const net::Address& peer) override
    {
        const net::Address local = socket.local_address();
        auto connection =
            std::make_unique<server::Connection>(worker_, std::move(socket), peer, local);
        // From here it destroys itself when it is over.
        if (connection->start()) static_cast<void>(connection.release());
        const auto most = task_.configuration->process.max_connections_per_child;
        if (most != 0 && worker_.connections_begun >= most && task_.channel) retire();
        if (is_full() && !paused_) wait_for_room();
    }

    void starved(int error) override
    {
        // The listener tries again ten times a second: one line a minute says it as well.
        const auto now = loop_.now();
        if (starved_at_ && now - *starved_at_ < between_complaints) return;
        starved_at_ = now;
        log(task_.configuration->main,
            {.severity = diagnosis::Severity::error,
             .module = "core",
             .id = message::starved,
             .text = "cannot accept connections: the listener rests for a moment",
             .system_error = error});
    }

    void obey(net::UnixChannel& channel)
    {
        while (true) {
            auto message = channel.receive();
            if (!message || message->state == net::UnixChannel::Message::State::closed) {
                // The master is gone without a word (killed). Nobody could ever stop us.
                stop_watching_master();
                stop_gracefully();
                return;
            }
            if (message->state == net::UnixChannel::Message::State::would_block) return;
            if (const auto decoded = decode(message->bytes)) {
                obey(*decoded, message->descriptors);
            }
        }
    }

    std::unique_ptr<Readable> channel_watch;

private:
    void obey(const ControlMessage& message, std::vector<FileDescriptor>& descriptors)
    {
        using Kind = ControlMessage::Kind;
        switch (message.kind) {
        case Kind::stop: stop(); break;
        case Kind::stop_gracefully: stop_gracefully(); break;
        case Kind::reopened_log:
            if (!descriptors.empty()) {
                adopt_log(*task_.configuration, message.text, std::move(descriptors.front()));
            }
            break;
        default: break; // not for a worker
        }
    }

    void stop_watching_master()
    {
        loop_.post([this] { channel_watch.reset(); });
    }

    void retire()
    {
        if (stopping_) return;
        // A master that does not listen will notice the end of this process.
        static_cast<void>(send(task_.channel, {ControlMessage::Kind::retiring}));
        stop_gracefully();
    }

    [[nodiscard]] bool is_full() const
    {
        return connection_limit_ != 0 && worker_.connections() >= connection_limit_;
    }

    // Others may have room; if not, connections wait in the kernel's queue.
    void wait_for_room()
    {
        if (!paused_) {
            for (auto& listener : listeners_) listener->pause();
            if (worker_.capacity.connections == connection_limit_) worker_.report_full();
        }
        paused_ = true;
        worker_.status().accepting = 0;
        worker_.make_room(net::Listener::batch);
        loop_.arm(
            room_, look_for_room,
            [](void* self) {
                auto& process = *static_cast<WorkerProcess*>(self);
                if (process.is_full()) return process.wait_for_room();
                process.paused_ = false;
                process.worker_.status().accepting = 1;
                for (auto& listener : process.listeners_) {
                    if (!listener->resume()) return process.wait_for_room();
                }
            },
            this);
    }

    void close_listeners()
    {
        room_.disarm();
        listeners_.clear();
    }

    void report_state(WorkerSlot::State state)
    {
        worker_.status().state = state;
        if (state == WorkerSlot::State::stopping) worker_.status().accepting = 0;
        worker_.publish();
    }

    void keep_time()
    {
        report_state(stopping_ ? WorkerSlot::State::stopping : WorkerSlot::State::serving);
        // Lines that a full disk or pipe kept back, messages logged outside of requests.
        task_.configuration->log_sinks->flush_all();
        tell_of_logs();
        if (!task_.channel) reap_programs();
        mention_watch_trouble();
        if (++ticks_ % ticks_per_trim == 0) worker_.fibers.trim();
        loop_.arm(
            tick_, tick, [](void* self) { static_cast<WorkerProcess*>(self)->keep_time(); }, this);
    }

    void mention_watch_trouble()
    {
        const int error = worker_.paths->watch_trouble();
        if (error == 0 || std::exchange(watch_trouble_mentioned_, true)) return;
        log(task_.configuration->main,
            {.severity = diagnosis::Severity::notice,
             .module = "core",
             .id = message::not_watching,
             .text = "changes of files cannot be watched: each request looks for itself",
             .system_error = error});
    }

    // A disk or program that takes no lines: in the error log, which may be elsewhere.
    void tell_of_logs()
    {
        for (const auto& [target, error, lost] : task_.configuration->log_sinks->news()) {
            const bool over = error == 0;
            const std::string text = over ? "lines are written to " + target + " again; "
                                                + std::to_string(lost) + " were lost"
                                          : "Error writing to " + target;
            log(task_.configuration->main,
                {.severity = over ? server::Severity::notice : server::Severity::warn,
                 .module = "log_config",
                 .id = over ? message::log_written_again : message::log_not_written,
                 .text = text,
                 .system_error = error});
        }
    }

    // In a single process nobody else looks after the programs of piped logs.
    void reap_programs()
    {
        for (const auto& [target, sink] : task_.configuration->log_sinks->all()) {
            const pid_t program = sink->program();
            if (program > 0 && ::waitpid(program, nullptr, WNOHANG) == program) {
                task_.configuration->log_sinks->child_ended(program);
            }
        }
        task_.configuration->log_sinks->restart_programs();
    }

    net::Loop& loop_;
    WorkerTask& task_;
    server::Worker worker_;
    std::vector<std::unique_ptr<net::Listener>> listeners_;
    net::Timeout tick_, room_;
    unsigned connection_limit_ = 0; // 0: none
    unsigned ticks_ = 0;
    bool stopping_ = false;
    bool paused_ = false;
    bool watch_trouble_mentioned_ = false;
    std::optional<Monotonic::time_point> starved_at_;
};

// What both kinds of process share, once they are who they shall be.
int serve(WorkerTask& task, const FileDescriptor& signals,
          void (*on_signal)(WorkerProcess&, int number))
{
    net::ignore_broken_pipes();
    report_crashes();
    net::report_stack_overflows();
    auto loop = net::Loop::create();
    if (!loop) return cannot_serve(*task.configuration, loop.error());
    WorkerProcess process(**loop, task);
    Readable signal_watch(**loop, signals.get(), [&] {
        while (const auto number = next_signal(signals)) on_signal(process, *number);
    });
    if (auto watched = signal_watch.watch(); !watched)
        return cannot_serve(*task.configuration, watched.error());
    if (auto listening = process.listen(); !listening) {
        return cannot_serve(*task.configuration, listening.error());
    }
    if (task.channel) {
        process.channel_watch = std::make_unique<Readable>(**loop, task.channel.get(),
                                                           [&] { process.obey(task.channel); });
        if (auto watched = process.channel_watch->watch(); !watched) {
            return cannot_serve(*task.configuration, watched.error());
        }
        if (auto sent = send(task.channel, {ControlMessage::Kind::ready}); !sent) {
            return cannot_serve(*task.configuration, sent.error());
        }
    }
    process.serve();
    return exit_served;
}

} // namespace

int run_worker(WorkerTask task)
{
    ignore_orders_of_the_terminal();
    redirect_standard_error(*task.configuration);
    auto signals = receive_signals({SIGTERM});
    if (!signals) return cannot_serve(*task.configuration, signals.error());
    if (auto dropped = drop_privileges(task.configuration->process); !dropped) {
        return cannot_serve(*task.configuration, dropped.error());
    }
    prepare_core_dumps(*task.configuration);
    if (auto forbidden = forbid_calls(); !forbidden) {
        log(task.configuration->main, {.severity = diagnosis::Severity::info,
                                       .module = "core",
                                       .id = message::no_sandbox,
                                       .text = forbidden.error().text});
    }
    return serve(task, *signals, [](WorkerProcess& process, int) { process.stop(); });
}

int run_single_process(WorkerTask task)
{
    task.shares_sockets = false;
    auto signals = receive_signals({SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGWINCH, upgrade_signal()});
    if (!signals) return cannot_serve(*task.configuration, signals.error());
    return serve(task, *signals, [](WorkerProcess& process, int number) {
        if (number == SIGWINCH) return process.stop_gracefully();
        if (number == SIGTERM || number == SIGINT) process.stop();
    });
}

} // namespace signet::process
