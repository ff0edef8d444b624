#include "server/tls_counters.h"

#include "tls/client_hello.h"
#include "tls/stream.h"

#include <algorithm>

namespace signet::server {
namespace {

uint64_t micros(std::chrono::nanoseconds time)
{
    return static_cast<uint64_t>(
        std::max<int64_t>(0, std::chrono::duration_cast<Micros>(time).count()));
}

} // namespace

std::string_view HandshakeTimes::slowest() const
{
    if (hello_wait >= work && hello_wait >= answer_wait()) return "waiting for the ClientHello";
    return work >= answer_wait() ? "computing" : "waiting for the client's answer";
}

HandshakeTimes times_of(const tls::Stream& stream, Monotonic::time_point accepted,
                        Monotonic::time_point now)
{
    return {.hello_wait = std::max(stream.hello_time() - accepted, Monotonic::duration::zero()),
            .work = stream.handshake_work(),
            .whole = now - accepted};
}

void count_handshake(WorkerTotals& totals, const HandshakeTimes& times, bool is_resumed)
{
    (is_resumed ? totals.tls_resumed : totals.tls_full) += 1;
    (is_resumed ? totals.resumption_work_micros : totals.handshake_work_micros) +=
        micros(times.work);
    WorkerTotals::count_duration(totals.hello_wait, micros(times.hello_wait));
    WorkerTotals::count_duration(totals.handshake_work, micros(times.work));
    WorkerTotals::count_duration(totals.handshake_whole, micros(times.whole));
}

void count_early_data_refusal(WorkerTotals& totals, const tls::Stream& stream)
{
    const auto refusal = stream.early_data_refusal();
    if (refusal == tls::EarlyDataRefusal::none) return;
    totals.early_data_refused[static_cast<size_t>(refusal)] += 1;
}

int misplaced_protocol(std::string_view first)
{
    const char letter = first.empty() ? 'G' : first.front();
    if (letter != 0x16 && letter != 'P' && letter != 'S' && letter != '\r') return 0;
    switch (tls::classify(first)) {
    case tls::Opening::tls: return hello_on_http_port;
    case tls::Opening::proxy_header: return proxy_header_on_http_port;
    case tls::Opening::ssh: return ssh_on_http_port;
    default: return 0;
    }
}

} // namespace signet::server
