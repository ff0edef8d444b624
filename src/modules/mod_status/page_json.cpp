// server-status?json, ours: what the page tells, for programs that read JSON.
#include "modules/mod_status/snapshot.h"
#include "modules/mod_status/tls_section.h"
#include "server/configuration.h"
#include "server/providers.h"

#include <fmt/format.h>

namespace signet::mod_status {
namespace {

void add_worker(std::string& out, const WorkerView& one)
{
    const auto& totals = one.totals();
    const auto write = std::back_inserter(out);
    fmt::format_to(write, R"({{"slot":{},"pid":{},"generation":{},"stopping":{},"accepting":{},)",
                   one.slot, one.pid, one.generation, one.stopping, one.accepting);
    fmt::format_to(write,
                   R"("connections":{{"open":{},"reading":{},"sending":{},"keep_alive":{},)"
                   R"("closing":{}}},"requests_in_progress":{},"fibers":{},"paths":{},)",
                   one.open, one.reading, one.sending, one.keep_alive, one.closing,
                   one.busy + one.graceful, uint64_t{one.status->fibers},
                   uint64_t{one.status->paths});
    fmt::format_to(write, R"("requests":{},"bytes_in":{},"bytes_out":{}}})",
                   uint64_t{totals.requests}, uint64_t{totals.bytes_in},
                   uint64_t{totals.bytes_out});
}

} // namespace

std::string json_page(const Snapshot& now, const server::Request& request)
{
    const auto& totals = now.totals;
    std::string out;
    const auto write = std::back_inserter(out);
    fmt::format_to(write,
                   R"({{"server":"{}","mpm":"event","now":{},"restarted":{},)"
                   R"("uptime":{},"configuration":{},"graceful_restarts":{},)",
                   server_version(), now.now, now.started, now.uptime(), now.configurations,
                   now.graceful_restarts);
    fmt::format_to(write, R"("load":[{:.2f},{:.2f},{:.2f}],"extended":{},)", now.load[0],
                   now.load[1], now.load[2], now.extended);
    fmt::format_to(
        write,
        R"("requests":{},"requests_queued":{},"requests_refused":{},"bytes_in":{},)"
        R"("bytes_out":{},"duration_ms":{},"connections":{},"cpu_seconds":{{"user":{:g},)"
        R"("system":{:g}}},)",
        uint64_t{totals.requests}, uint64_t{totals.requests_queued},
        uint64_t{totals.requests_refused}, uint64_t{totals.bytes_in}, uint64_t{totals.bytes_out},
        uint64_t{totals.duration_micros} / 1000, uint64_t{totals.connections},
        now.cpu_user + now.ended_user, now.cpu_system + now.ended_system);
    fmt::format_to(write, R"("busy":{},"graceful":{},"idle":{},)", now.sum.busy, now.sum.graceful,
                   now.sum.idle);
    add_tls_json(out, totals);
    fmt::format_to(write, R"(,"path_cache":{{"hits":{},"misses":{}}})", uint64_t{totals.path_hits},
                   uint64_t{totals.path_misses});
    for (const auto section : request.configuration->providers->status)
        section(*request.configuration, server::StatusForm::json, out);
    out += R"(,"workers":[)";
    for (size_t i = 0; i < now.workers.size(); ++i) {
        if (i > 0) out += ',';
        add_worker(out, now.workers[i]);
    }
    return out + "]}\n";
}

} // namespace signet::mod_status
