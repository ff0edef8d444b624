#include "server/tls_advice.h"

#include "diagnosis/catalogue.h"
#include "server/error_log.h"

#include <fmt/format.h>

namespace signet::server {
namespace {

constexpr int few_resume = 827;
constexpr int keys_are_dear = 828;
constexpr int hellos_are_late = 829;

// Buckets above the limit, in percent.
uint64_t slower_than(const WorkerTotals::Histogram& histogram, uint64_t micros)
{
    uint64_t all = histogram.back();
    uint64_t slow = histogram.back();
    for (size_t i = 0; i < WorkerTotals::handshake_limits.size(); ++i) {
        all += histogram[i];
        if (WorkerTotals::handshake_limits[i] > micros) slow += histogram[i];
    }
    return all == 0 ? 0 : slow * 100 / all;
}

bool is_time(uint64_t handshakes)
{
    while (handshakes > 100 && handshakes % 10 == 0) handshakes /= 10;
    return handshakes == 100;
}

} // namespace

uint64_t average(uint64_t sum, uint64_t count)
{
    return count == 0 ? 0 : sum / count;
}

std::vector<TlsAdvice> tls_advice(const WorkerTotals& totals)
{
    constexpr uint64_t enough = 100; // handshakes, before percentages mean anything
    const uint64_t full = totals.tls_full;
    const uint64_t resumed = totals.tls_resumed;
    std::vector<TlsAdvice> advice;
    if (full + resumed < enough) return advice;
    const uint64_t per_full = average(totals.handshake_work_micros, full);
    if (resumed * 10 < full) {
        advice.push_back({few_resume, fmt::format("fewer than one TLS handshake in ten resumes a "
                                                  "session: {} of {}",
                                                  uint64_t{totals.tls_resumed}, full + resumed)});
    }
    if (per_full > 1000) {
        advice.push_back({keys_are_dear,
                          fmt::format("a full TLS handshake costs {} microseconds of "
                                      "computing, a resumed one {}",
                                      per_full, average(totals.resumption_work_micros, resumed))});
    }
    if (const auto late = slower_than(totals.hello_wait, 1'000'000); late > 5) {
        advice.push_back({hellos_are_late, fmt::format("{} % of the clients take more than a "
                                                       "second until their ClientHello is there",
                                                       late)});
    }
    for (auto& one : advice) {
        const auto* entry = diagnosis::find(one.id);
        if (!entry) continue;
        one.in_full = fmt::format("{}; cause: {}; fix: {}", one.text, entry->cause, entry->fix);
    }
    return advice;
}

void log_tls_advice(const VirtualHost& vhost, const WorkerTotals& totals)
{
    if (!is_time(totals.tls_full) || !log_enabled(vhost, nullptr, Severity::info, "ssl")) return;
    for (const auto& one : tls_advice(totals)) {
        log_event(vhost, nullptr,
                  {.severity = Severity::info, .module = "ssl", .id = one.id, .text = one.in_full});
    }
}

} // namespace signet::server
