#include "modules/mod_status/snapshot.h"

#include "server/banner.h"
#include "server/configuration.h"
#include "server/worker.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>

namespace signet::mod_status {
namespace {

using server::Activity;
using server::WorkerStatus;

// A worker without a bound shows as many places as it has for the details of connections.
constexpr uint64_t usual_capacity = WorkerStatus::max_connections;

uint64_t count(const WorkerStatus& status, Activity activity)
{
    return status.connections_by_activity[static_cast<size_t>(activity)];
}

WorkerView view(const WorkerStatus& status, size_t slot, uint64_t current_generation)
{
    WorkerView one{.slot = slot, .status = &status};
    one.pid = status.pid;
    one.generation = status.generation;
    one.stopping = status.state == WorkerStatus::State::stopping;
    one.is_old = one.generation < current_generation;
    one.accepting = status.accepting != 0;
    one.open = status.connections_open;
    one.reading = count(status, Activity::reading);
    one.sending = count(status, Activity::sending);
    one.keep_alive = count(status, Activity::keep_alive);
    one.closing = count(status, Activity::closing);
    const uint64_t active = one.reading + count(status, Activity::working);
    (one.stopping ? one.graceful : one.busy) = active;
    const uint64_t bound = status.capacity;
    const uint64_t capacity = bound != 0 ? std::min(bound, usual_capacity) : usual_capacity;
    one.idle = one.stopping || active >= capacity ? 0 : capacity - active;
    return one;
}

void add(WorkerView& sum, const WorkerView& one)
{
    sum.open += one.open;
    sum.busy += one.busy;
    sum.graceful += one.graceful;
    sum.idle += one.idle;
    sum.reading += one.reading;
    sum.sending += one.sending;
    sum.keep_alive += one.keep_alive;
    sum.closing += one.closing;
}

double seconds(uint64_t micros)
{
    return static_cast<double>(micros) / 1e6;
}

} // namespace

const std::string_view built_at = __DATE__ " " __TIME__;

std::unique_ptr<const Snapshot> look(const server::Request& request)
{
    auto snapshot = std::make_unique<Snapshot>();
    server::Worker& worker = *request.worker;
    worker.publish();
    snapshot->extended = request.configuration->process.extended_status.value_or(false);
    snapshot->now = worker.loop.wall_micros() / 1'000'000;
    snapshot->started = snapshot->now;
    if (::getloadavg(snapshot->load.data(), 3) != 3) snapshot->load = {};
    const server::StatusBoard* board = worker.board();
    if (!board) {
        snapshot->workers.push_back(view(worker.status(), 0, 0));
    } else {
        snapshot->started = board->restart_time();
        snapshot->configurations = board->configurations();
        snapshot->graceful_restarts = board->graceful_restarts();
        snapshot->totals.add(board->ended());
        const uint64_t current = request.configuration->generation;
        size_t slot = 0;
        for (const WorkerStatus& status : board->slots()) {
            if (status.state != WorkerStatus::State::free)
                snapshot->workers.push_back(view(status, slot, current));
            ++slot;
        }
    }
    snapshot->ended_user = seconds(snapshot->totals.cpu_user_micros);
    snapshot->ended_system = seconds(snapshot->totals.cpu_system_micros);
    for (const WorkerView& one : snapshot->workers) {
        snapshot->totals.add(one.totals());
        add(snapshot->sum, one);
        if (one.stopping) ++snapshot->stopping;
        snapshot->cpu_user += seconds(one.totals().cpu_user_micros);
        snapshot->cpu_system += seconds(one.totals().cpu_system_micros);
    }
    return snapshot;
}

char letter_of(Activity activity)
{
    switch (activity) {
    case Activity::none: return '_';
    case Activity::reading: return 'R';
    case Activity::working:
    case Activity::sending: return 'W';
    case Activity::keep_alive: return 'K';
    case Activity::closing: return 'C';
    }
    return '?';
}

std::string scoreboard_text(const Snapshot& snapshot)
{
    std::string text;
    for (const WorkerView& worker : snapshot.workers) {
        if (worker.stopping) {
            text.append(worker.graceful, 'G');
            continue;
        }
        if (worker.status->state == WorkerStatus::State::starting) {
            text += 'S';
            continue;
        }
        text.append(worker.reading, 'R');
        text.append(worker.busy - worker.reading, 'W');
        text.append(worker.idle, '_');
    }
    return text;
}

std::string duration_text(int64_t seconds)
{
    struct Unit {
        int64_t size;
        const char* name;
    };
    static constexpr Unit units[] = {{86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    std::string text;
    for (const auto& unit : units) {
        const int64_t number = seconds / unit.size;
        seconds %= unit.size;
        if (number == 0) continue;
        text += " " + std::to_string(number) + " " + unit.name;
        if (number != 1) text += 's';
    }
    return text;
}

std::string time_text(int64_t seconds)
{
    const auto time = static_cast<time_t>(seconds);
    tm parts{};
    ::localtime_r(&time, &parts);
    char text[80];
    return {text, std::strftime(text, sizeof text, "%A, %d-%b-%Y %H:%M:%S %Z", &parts)};
}

std::string server_version()
{
    return "Apache/" + std::string(server::apache_version) + " (signet/"
           + std::string(server::signet_version) + ")";
}

} // namespace signet::mod_status
