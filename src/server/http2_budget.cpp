#include "server/http2_budget.h"

#include <algorithm>
#include <chrono>

namespace signet::server {
namespace {

struct Rule {
    int id;
    uint32_t burst; // tokens in a full bucket
    uint32_t rate;  // tokens per second
    const char* text;
};

// Ten times what the busiest browser or gRPC client was seen to do.
constexpr std::array<Rule, nuisance_count> rules{{
    {270, 200, 20, "resets streams as fast as it opens them"},
    {271, 50, 2, "floods the connection with SETTINGS frames"},
    {272, 100, 10, "floods the connection with PING frames"},
    {273, 1000, 100, "floods the connection with PRIORITY frames"},
    {274, 2000, 500, "floods the connection with WINDOW_UPDATE frames"},
    {275, 100, 20, "floods the connection with empty DATA frames"},
    {276, 100, 20, "floods the connection with frames of unknown types"},
    {277, 8, 0, "made more errors than H2MaxStreamErrors allows"},
    {278, 0, 0, "sent a head that decodes to far more than LimitRequestFields allows"},
    {279, 0, 0, "sent a head of too many CONTINUATION frames"},
}};

const Rule& rule_of(Nuisance kind)
{
    return rules[static_cast<size_t>(kind)];
}

} // namespace

int catalogue_id(Nuisance kind)
{
    return rule_of(kind).id;
}

const char* describe(Nuisance kind)
{
    return rule_of(kind).text;
}

std::optional<Nuisance> Http2Budget::cost_of(const http::H2Frame& frame)
{
    using enum http::H2FrameType;
    switch (frame.type) {
    case rst_stream: return Nuisance::resets;
    case settings: return frame.acknowledges ? std::nullopt : std::optional(Nuisance::settings);
    case ping: return frame.acknowledges ? std::nullopt : std::optional(Nuisance::pings);
    case priority:
    case priority_update: return Nuisance::priorities;
    case window_update: return Nuisance::window_updates;
    case data:
        if (frame.length > 0 || frame.ends_stream) return std::nullopt;
        return Nuisance::empty_frames;
    case headers:
    case push_promise:
    case goaway:
    case continuation: return std::nullopt;
    }
    return Nuisance::unknown_frames;
}

bool Http2Budget::charge(Nuisance kind, Monotonic::time_point now)
{
    const Rule& rule = rule_of(kind);
    Bucket& bucket = buckets_[static_cast<size_t>(kind)];
    if (bucket.used >= rule.burst) {
        const auto passed =
            std::chrono::duration_cast<std::chrono::milliseconds>(now - bucket.filled).count();
        const auto filled = static_cast<uint64_t>(passed) * rule.rate / 1000;
        if (filled > 0) {
            bucket.used -= static_cast<uint32_t>(std::min<uint64_t>(filled, bucket.used));
            bucket.filled = now;
        }
    } else if (bucket.used == 0) {
        bucket.filled = now;
    }
    if (bucket.used >= rule.burst) return false;
    ++bucket.used;
    return true;
}

} // namespace signet::server
