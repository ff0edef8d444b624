#include "process/generation.h"

#include "process/worker_process.h"

#include <algorithm>
#include <csignal>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

namespace signet::process {
namespace {

using namespace std::chrono_literals;

constexpr auto short_life = 5s;
constexpr auto longest_wait = 5s;

} // namespace

unsigned worker_count(const server::ProcessSettings& settings)
{
    cpu_set_t set;
    CPU_ZERO(&set);
    unsigned count = 1;
    if (::sched_getaffinity(0, sizeof set, &set) == 0) {
        count = std::max(1U, static_cast<unsigned>(CPU_COUNT(&set)));
    }
    if (const unsigned most = server::request_workers(settings)) count = std::min(count, most);
    if (settings.server_limit != 0) count = std::min(count, settings.server_limit);
    return count;
}

unsigned connection_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return 0;
    // A connection may have one file open; logs, listeners and watches need some more.
    constexpr rlim_t others = 128;
    const rlim_t half = limit.rlim_cur / 2;
    return static_cast<unsigned>(std::min<rlim_t>(half > others ? half - others : 1, 1U << 30));
}

Monotonic::time_point BackOff::died(Monotonic::time_point now, Monotonic::duration lived)
{
    if (lived >= short_life) {
        short_lives_ = 0;
        return now;
    }
    const auto wait = 100ms * (1U << std::min(short_lives_, 10U));
    ++short_lives_;
    return now + std::min<Monotonic::duration>(wait, longest_wait);
}

Result<void> Generation::spawn(Scoreboard& scoreboard, const std::function<void()>& in_child)
{
    auto ends = net::UnixChannel::pair();
    if (!ends) return std::unexpected(ends.error());
    WorkerSlot* slot = scoreboard.take(number, wall_micros() / 1'000'000);
    if (!slot) return fail(Error::Kind::too_large, "the scoreboard is full");
    configuration->log_sinks->flush_all(); // or both processes would write what waits
    const pid_t pid = ::fork();
    if (pid < 0) {
        auto failed = fail_errno("fork: Unable to fork new process");
        scoreboard.free(*slot);
        return failed;
    }
    if (pid == 0) {
        slot->pid = ::getpid();
        ends->first.close();
        WorkerTask task{.configuration = configuration,
                        .sockets = sockets,
                        .channel = std::move(ends->second),
                        .board = &scoreboard,
                        .slot = slot,
                        .capacity = server::capacity_of(configuration->process, wanted),
                        .connection_limit = process::connection_limit()};
        // A worker that is broken into must not know how to open the next key.
        configuration->shared.erase("ssl.phrases");
        in_child(); // `this` may be gone now
        ::_exit(run_worker(std::move(task)));
    }
    slot->pid = pid;
    workers.push_back(std::make_unique<WorkerHandle>(WorkerHandle{
        .pid = pid, .channel = std::move(ends->first), .slot = slot, .started = Monotonic::now()}));
    return {};
}

Result<void> Generation::spawn_keeper(const std::function<void()>& in_child)
{
    if (!keeper_note) {
        auto note = KeeperNote::create();
        if (!note) return std::unexpected(note.error());
        keeper_note = std::move(*note);
    }
    auto ends = net::UnixChannel::pair();
    if (!ends) return std::unexpected(ends.error());
    configuration->log_sinks->flush_all();
    const pid_t pid = ::fork();
    if (pid < 0) return fail_errno("fork: Unable to fork new process");
    if (pid == 0) {
        ends->first.close();
        const auto own = configuration;
        auto note = std::move(*keeper_note);
        own->shared.erase("ssl.phrases");
        in_child(); // `this` may be gone now, and the listening sockets with it
        ::_exit(run_keeper(*own, std::move(ends->second), note));
    }
    workers.push_back(std::make_unique<WorkerHandle>(WorkerHandle{.pid = pid,
                                                                  .channel = std::move(ends->first),
                                                                  .started = Monotonic::now(),
                                                                  .is_keeper = true}));
    return {};
}

void Generation::tell(ControlMessage::Kind kind)
{
    for (const auto& worker : workers) {
        if (!send(worker->channel, {kind})) ::kill(worker->pid, SIGKILL);
    }
}

void Generation::kill_workers(int signal) const
{
    for (const auto& worker : workers) ::kill(worker->pid, signal);
}

bool Generation::all_ready() const
{
    const auto is_up = [](const auto& worker) { return worker->ready && !worker->is_keeper; };
    const auto up = static_cast<size_t>(std::ranges::count_if(workers, is_up));
    return up >= wanted && up + (has_keeper() ? 1 : 0) == workers.size();
}

bool Generation::has_keeper() const
{
    return std::ranges::any_of(workers, &WorkerHandle::is_keeper);
}

bool Generation::is_prepared() const
{
    return std::ranges::all_of(configuration->keeper_tasks,
                               [](const auto& task) { return task->is_ready(); });
}

WorkerHandle* Generation::find(pid_t pid) const
{
    const auto found =
        std::ranges::find_if(workers, [&](const auto& worker) { return worker->pid == pid; });
    return found == workers.end() ? nullptr : found->get();
}

void Generation::forget(const WorkerHandle& gone, Scoreboard& scoreboard)
{
    if (gone.slot) scoreboard.free(*gone.slot);
    std::erase_if(workers, [&](const auto& worker) { return worker.get() == &gone; });
}

} // namespace signet::process
