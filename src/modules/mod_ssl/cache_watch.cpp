#include "modules/mod_ssl/cache_watch.h"

#include "server/error_log.h"
#include "server/vhost.h"

#include <bit>
#include <fmt/format.h>

namespace signet::mod_ssl {
namespace {

constexpr int cache_too_small = 825;
constexpr uint64_t enough = 20; // evictions, before they mean anything
constexpr std::chrono::seconds between_looks{3};
constexpr std::chrono::hours between_warnings{1};

// What would have kept them all, rounded up; within what SSLSessionCache takes.
size_t better_size(size_t bytes, uint64_t age, uint64_t lifetime)
{
    constexpr size_t largest = size_t{1} << 30;
    const uint64_t factor = lifetime / std::max<uint64_t>(age, 1) + 1;
    return std::bit_ceil(std::min<size_t>(bytes * std::min<uint64_t>(factor, 1000), largest));
}

} // namespace

std::optional<std::string> too_small(const tls::SessionCache::Counters& before,
                                     const tls::SessionCache::Counters& now, size_t bytes)
{
    const uint64_t evicted = now.evicted - before.evicted;
    if (evicted < enough) return std::nullopt;
    const uint64_t age = (now.evicted_age_sum - before.evicted_age_sum) / evicted;
    const uint64_t left = (now.evicted_left_sum - before.evicted_left_sum) / evicted;
    if (age > left) return std::nullopt;
    const auto* entry = diagnosis::find(cache_too_small);
    return fmt::format("SSLSessionCache is too small: {} sessions made room for new ones, {} s old "
                       "on average, {} s before they expired; {} bytes hold {} sessions, {} bytes "
                       "would hold what comes; cause: {}; fix: {}",
                       evicted, age, left, bytes, now.sessions, better_size(bytes, age, age + left),
                       entry ? entry->cause : "", entry ? entry->fix : "");
}

Result<Monotonic::time_point> CacheWatch::run(Monotonic::time_point now)
{
    const auto counted = cache_->counters();
    const auto text = too_small(before_, counted, cache_->shape(0).bytes);
    if (!text) return now + between_looks;
    before_ = counted;
    server::log_event(*vhost_, nullptr,
                      {.severity = server::Severity::warn,
                       .module = "ssl",
                       .id = cache_too_small,
                       .text = *text});
    return now + between_warnings;
}

} // namespace signet::mod_ssl
