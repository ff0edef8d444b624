// server-metrics, ours: the same numbers as Prometheus reads them. Every counter is one that its
// worker keeps; what workers counted that have ended is under worker="ended", so sums never shrink.
// https://prometheus.io/docs/instrumenting/exposition_formats/
#include "diagnosis/catalogue.h"
#include "modules/mod_status/snapshot.h"
#include "server/configuration.h"
#include "server/providers.h"
#include "server/worker.h"

#include <fmt/format.h>

namespace signet::mod_status {
namespace {

using server::SharedNumber;
using server::WorkerTotals;

class Metrics {
public:
    Metrics(std::string& out, const Snapshot& now, const server::StatusBoard* board)
        : out_(out)
        , now_(now)
        , board_(board)
    {
    }

    void head(const char* name, const char* type, const char* help)
    {
        fmt::format_to(std::back_inserter(out_), "# HELP {} {}\n# TYPE {} {}\n", name, help, name,
                       type);
    }
    void value(const char* name, const std::string& labels, double value)
    {
        fmt::format_to(std::back_inserter(out_), "{}{{{}}} {}\n", name, labels, value);
    }
    void single(const char* name, const char* type, const char* help, double value)
    {
        head(name, type, help);
        fmt::format_to(std::back_inserter(out_), "{} {}\n", name, value);
    }

    // A counter of every worker, and of those that have ended. `labels` besides the worker's.
    template <class Read>
    void per_worker(const char* name, Read read, const std::string& labels = {}, double unit = 1)
    {
        const std::string more = labels.empty() ? "" : "," + labels;
        for (const auto& worker : now_.workers)
            value(name, fmt::format(R"(worker="{}"{})", worker.slot, more),
                  static_cast<double>(uint64_t{read(worker.totals())}) * unit);
        if (board_)
            value(name, R"(worker="ended")" + more,
                  static_cast<double>(uint64_t{read(board_->ended())}) * unit);
    }
    void counter(const char* name, const char* help, SharedNumber WorkerTotals::*number,
                 double unit = 1)
    {
        head(name, "counter", help);
        per_worker(
            name, [=](const WorkerTotals& totals) { return uint64_t{totals.*number}; }, {}, unit);
    }
    template <class Read> void gauge(const char* name, const char* help, Read read)
    {
        head(name, "gauge", help);
        for (const auto& worker : now_.workers)
            value(name, fmt::format(R"(worker="{}")", worker.slot),
                  static_cast<double>(uint64_t{read(worker)}));
    }

private:
    std::string& out_;
    const Snapshot& now_;
    const server::StatusBoard* board_;
};

void add_connections(Metrics& metrics, const Snapshot& now)
{
    metrics.counter("signet_connections_total", "Connections accepted.",
                    &WorkerTotals::connections);
    metrics.gauge("signet_connections_open", "Open connections.",
                  [](const WorkerView& one) { return one.open; });
    metrics.head("signet_connections", "gauge", "Connections by what they are doing.");
    struct State {
        const char* name;
        uint64_t (*read)(const WorkerView&);
    };
    static constexpr State states[] = {
        {"reading", [](const WorkerView& one) { return one.reading; }},
        {"working", [](const WorkerView& one) { return one.busy + one.graceful - one.reading; }},
        {"sending", [](const WorkerView& one) { return one.sending; }},
        {"keep_alive", [](const WorkerView& one) { return one.keep_alive; }},
        {"closing", [](const WorkerView& one) { return one.closing; }},
    };
    for (const auto& worker : now.workers) {
        for (const auto& state : states)
            metrics.value("signet_connections",
                          fmt::format(R"(worker="{}",state="{}")", worker.slot, state.name),
                          static_cast<double>(state.read(worker)));
    }
}

void add_tls(Metrics& metrics, const Snapshot& now)
{
    constexpr const char* handshakes = "signet_tls_handshakes_total";
    metrics.head(handshakes, "counter", "Handshakes that succeeded.");
    metrics.per_worker(
        handshakes, [](const WorkerTotals& totals) { return uint64_t{totals.tls_full}; },
        R"(kind="full")");
    metrics.per_worker(
        handshakes, [](const WorkerTotals& totals) { return uint64_t{totals.tls_resumed}; },
        R"(kind="resumed")");
    constexpr const char* failures = "signet_tls_failures_total";
    metrics.head(failures, "counter", "TLS connections that failed, by the catalogue's cause.");
    for (size_t i = 0; i < now.totals.tls_failures.size(); ++i) {
        if (now.totals.tls_failures[i] == 0) continue;
        const int id = WorkerTotals::first_tls_failure + static_cast<int>(i);
        const auto* entry = diagnosis::find(id);
        std::string cause(entry ? entry->symptom : "");
        std::erase(cause, '"');
        std::erase(cause, '\\');
        metrics.per_worker(
            failures, [i](const WorkerTotals& totals) { return uint64_t{totals.tls_failures[i]}; },
            fmt::format(R"(id="{}",cause="{}")", diagnosis::name(id), cause));
    }
    metrics.counter("signet_tls_renegotiations_refused_total", "Clients that asked to renegotiate.",
                    &WorkerTotals::tls_renegotiations_refused);
    metrics.counter("signet_tls_clients_refused_total",
                    "Clients that did not show what a directory demands.",
                    &WorkerTotals::tls_clients_refused);
    metrics.counter("signet_tls_early_data_taken_total", "Connections whose early data was taken.",
                    &WorkerTotals::early_data_taken);
    metrics.counter("signet_tls_early_data_answered_425_total",
                    "Requests on early data that were answered with 425.",
                    &WorkerTotals::early_data_answered_425);
    constexpr const char* refused = "signet_tls_early_data_refused_total";
    metrics.head(refused, "counter", "Connections whose early data was not taken, by reason.");
    for (size_t i = 1; i < tls::early_data_refusals; ++i) {
        metrics.per_worker(
            refused,
            [i](const WorkerTotals& totals) { return uint64_t{totals.early_data_refused[i]}; },
            fmt::format("reason=\"{}\"", name_of(static_cast<tls::EarlyDataRefusal>(i))));
    }
    constexpr const char* work = "signet_tls_work_seconds_total";
    metrics.head(work, "counter", "Computing time of handshakes.");
    metrics.per_worker(
        work, [](const WorkerTotals& totals) { return uint64_t{totals.handshake_work_micros}; },
        R"(kind="full")", 1e-6);
    metrics.per_worker(
        work, [](const WorkerTotals& totals) { return uint64_t{totals.resumption_work_micros}; },
        R"(kind="resumed")", 1e-6);
}

} // namespace

std::string metrics_page(const Snapshot& now, const server::Request& request)
{
    std::string out;
    Metrics metrics(out, now, request.worker->board());
    metrics.head("signet_info", "gauge", "Version.");
    metrics.value("signet_info", R"(version=")" + server_version() + "\"", 1);
    metrics.single("signet_uptime_seconds", "gauge", "Seconds since the last restart.",
                   static_cast<double>(now.uptime()));
    metrics.single("signet_configurations_total", "counter", "Configurations loaded.",
                   static_cast<double>(now.configurations));
    metrics.single("signet_workers", "gauge", "Worker processes.",
                   static_cast<double>(now.workers.size()));
    metrics.counter("signet_requests_total", "Requests answered.", &WorkerTotals::requests);
    metrics.counter("signet_request_seconds_total", "Time from a request's head to its answer.",
                    &WorkerTotals::duration_micros, 1e-6);
    metrics.counter("signet_requests_queued_total", "Requests that waited: all workers were busy.",
                    &WorkerTotals::requests_queued);
    metrics.counter("signet_requests_refused_total",
                    "Requests answered with 503: all workers were busy.",
                    &WorkerTotals::requests_refused);
    metrics.gauge("signet_requests_in_progress", "Requests being read or answered.",
                  [](const WorkerView& one) { return one.busy + one.graceful; });
    metrics.counter("signet_received_bytes_total", "Bytes received, TLS included.",
                    &WorkerTotals::bytes_in);
    metrics.counter("signet_sent_bytes_total", "Bytes sent, TLS included.",
                    &WorkerTotals::bytes_out);
    add_connections(metrics, now);
    add_tls(metrics, now);
    metrics.gauge("signet_fibers", "Requests that wait for something.",
                  [](const WorkerView& one) { return uint64_t{one.status->fibers}; });
    metrics.gauge("signet_path_cache_entries", "Paths in the path cache.",
                  [](const WorkerView& one) { return uint64_t{one.status->paths}; });
    metrics.counter("signet_path_cache_hits_total", "Paths found in the cache.",
                    &WorkerTotals::path_hits);
    metrics.counter("signet_path_cache_misses_total", "Paths looked up on the disk.",
                    &WorkerTotals::path_misses);
    constexpr const char* cpu = "signet_cpu_seconds_total";
    metrics.head(cpu, "counter", "Processor time.");
    metrics.per_worker(
        cpu, [](const WorkerTotals& totals) { return uint64_t{totals.cpu_user_micros}; },
        R"(mode="user")", 1e-6);
    metrics.per_worker(
        cpu, [](const WorkerTotals& totals) { return uint64_t{totals.cpu_system_micros}; },
        R"(mode="system")", 1e-6);
    for (const auto section : request.configuration->providers->status)
        section(*request.configuration, server::StatusForm::metrics, out);
    return out;
}

} // namespace signet::mod_status
