#include "tls/external_cache.h"

#include "base/text.h"

#include <atomic>

namespace signet::tls {

// Zeroed by the kernel.
struct ExternalSessions::Shared {
    std::atomic<int64_t> rests_until;         // milliseconds of the monotonic clock; while failing
    std::atomic<uint32_t> failing, announced; // 0 or 1
    std::atomic<uint64_t> stores, hits, misses, failures, skipped;
};

namespace {

int64_t now_ms()
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(
               Monotonic::now().time_since_epoch())
        .count();
}

} // namespace

Result<std::vector<CacheServer>> parse_cache_servers(std::string_view servers, uint16_t usual)
{
    std::vector<CacheServer> parsed;
    for (const auto one : split(servers, ',')) {
        const auto word = trim(one);
        const size_t colon = word.rfind(':');
        const bool is_bare = colon == word.npos || word.ends_with(']');
        auto host = is_bare ? word : word.substr(0, colon);
        const auto port =
            is_bare ? std::optional(usual) : parse_number<uint16_t>(word.substr(colon + 1));
        if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
        if (host.empty() || !port || *port == 0)
            return fail("'" + std::string(word) + "' is not host:port");
        parsed.push_back({.host = std::string(host), .port = *port});
    }
    if (parsed.empty()) return fail("no server is named");
    return parsed;
}

std::string cache_key(std::string_view id)
{
    std::string key = "signet:ssl:";
    for (const char byte : id) append_hex(key, static_cast<unsigned char>(byte), 2);
    return key;
}

Result<ExternalSessions> ExternalSessions::create(std::unique_ptr<ExternalCache> cache)
{
    auto memory = SharedMemory::create("signet-external-cache", sizeof(Shared));
    if (!memory) return std::unexpected(memory.error());
    return ExternalSessions(std::move(cache), std::move(*memory));
}

ExternalSessions::Shared& ExternalSessions::shared() const
{
    return *reinterpret_cast<Shared*>(memory_.data());
}

// While it fails, whoever moves `rests_until` on is the one that tries.
bool ExternalSessions::may_ask() const
{
    auto& all = shared();
    if (all.failing.load(std::memory_order_relaxed) == 0) return true;
    const int64_t now = now_ms();
    int64_t until = all.rests_until.load();
    if (until <= now && all.rests_until.compare_exchange_strong(until, now + pause.count()))
        return true;
    ++all.skipped;
    return false;
}

void ExternalSessions::note(bool good) const
{
    auto& all = shared();
    if (!good) {
        ++all.failures;
        all.rests_until = now_ms() + pause.count();
    }
    if (all.failing.load(std::memory_order_relaxed) != (good ? 0U : 1U)) all.failing = good ? 0 : 1;
}

ExternalSessions::Change ExternalSessions::take_change() const
{
    auto& all = shared();
    const uint32_t failing = all.failing.load();
    uint32_t announced = all.announced.load();
    if (announced == failing || !all.announced.compare_exchange_strong(announced, failing))
        return Change::none;
    return failing != 0 ? Change::failing : Change::back;
}

Result<std::optional<std::string>> ExternalSessions::find(std::string_view id) const
{
    auto session = cache_->find(id);
    note(session.has_value());
    if (session) ++(*session ? shared().hits : shared().misses);
    return session;
}

Result<void> ExternalSessions::store(std::string_view id, std::string_view session,
                                     std::chrono::seconds lifetime) const
{
    auto stored = cache_->store(id, session, lifetime);
    note(stored.has_value());
    if (stored) ++shared().stores;
    return stored;
}

Result<bool> ExternalSessions::claim(std::string_view id, std::chrono::seconds lifetime) const
{
    auto claimed = cache_->claim(id, lifetime);
    note(claimed.has_value());
    return claimed;
}

ExternalSessions::Counters ExternalSessions::counters() const
{
    const auto& all = shared();
    return {.stores = all.stores,
            .hits = all.hits,
            .misses = all.misses,
            .failures = all.failures,
            .skipped = all.skipped};
}

} // namespace signet::tls
