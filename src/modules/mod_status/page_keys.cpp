// server-status?auto: one "Key: value" per line, for programs. Keys and their order are Apache's.
#include "modules/mod_status/snapshot.h"
#include "modules/mod_status/tls_section.h"
#include "server/configuration.h"
#include "server/providers.h"

#include <fmt/format.h>

namespace signet::mod_status {
namespace {

void add_total_keys(std::string& out, const Snapshot& now)
{
    const auto& totals = now.totals;
    const auto uptime = static_cast<double>(now.uptime());
    const auto count = static_cast<double>(totals.requests);
    const uint64_t kilobytes = totals.bytes_out / 1024;
    const auto bytes = static_cast<double>(kilobytes) * 1024;
    const double duration = static_cast<double>(totals.duration_micros) / 1000;
    const auto write = std::back_inserter(out);
    fmt::format_to(write, "Total Accesses: {}\nTotal kBytes: {}\nTotal Duration: {}\n",
                   uint64_t{totals.requests}, kilobytes, uint64_t{totals.duration_micros} / 1000);
    fmt::format_to(write,
                   "CPUUser: {:g}\nCPUSystem: {:g}\nCPUChildrenUser: {:g}\nCPUChildrenSystem: "
                   "{:g}\n",
                   now.cpu_user, now.cpu_system, now.ended_user, now.ended_system);
    const double cpu = now.cpu_user + now.cpu_system + now.ended_user + now.ended_system;
    if (cpu > 0 && uptime > 0) fmt::format_to(write, "CPULoad: {:g}\n", cpu / uptime * 100);
    fmt::format_to(write, "Uptime: {}\n", now.uptime());
    if (uptime > 0)
        fmt::format_to(write, "ReqPerSec: {:g}\nBytesPerSec: {:g}\n", count / uptime,
                       bytes / uptime);
    if (count > 0)
        fmt::format_to(write, "BytesPerReq: {:g}\nDurationPerReq: {:g}\n", bytes / count,
                       duration / count);
}

} // namespace

std::string keys_page(const Snapshot& now, const server::Request& request)
{
    std::string out(request.server_name());
    const auto write = std::back_inserter(out);
    fmt::format_to(write, "\nServerVersion: {}\nServerMPM: event\nServer Built: {}\n",
                   server_version(), built_at);
    fmt::format_to(write, "CurrentTime: {}\nRestartTime: {}\n", time_text(now.now),
                   time_text(now.started));
    fmt::format_to(write, "ParentServerConfigGeneration: {}\nParentServerMPMGeneration: {}\n",
                   now.configurations, now.graceful_restarts);
    fmt::format_to(write, "ServerUptimeSeconds: {}\nServerUptime:{}\n", now.uptime(),
                   duration_text(now.uptime()));
    fmt::format_to(write, "Load1: {:.2f}\nLoad5: {:.2f}\nLoad15: {:.2f}\n", now.load[0],
                   now.load[1], now.load[2]);
    if (now.extended) add_total_keys(out, now);
    const WorkerView& sum = now.sum;
    fmt::format_to(write, "BusyWorkers: {}\nGracefulWorkers: {}\nIdleWorkers: {}\n", sum.busy,
                   sum.graceful, sum.idle);
    fmt::format_to(write, "Processes: {}\nStopping: {}\nConnsTotal: {}\nConnsAsyncWaitIO: {}\n",
                   now.workers.size(), now.stopping, sum.open, 0);
    fmt::format_to(write, "ConnsAsyncWriting: {}\nConnsAsyncKeepAlive: {}\nConnsAsyncClosing: {}\n",
                   sum.sending, sum.keep_alive, sum.closing);
    out += "Scoreboard: " + scoreboard_text(now) + "\n";
    for (const auto section : request.configuration->providers->status)
        section(*request.configuration, server::StatusForm::keys, out);
    add_tls_keys(out, now.totals);
    return out;
}

} // namespace signet::mod_status
