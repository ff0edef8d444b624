// SSLSessionCache redis, memcache and dbm: sessions outside of this server's memory, so that
// several servers (or a server before and after its restart) resume each other's.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslsessioncache
#pragma once
#include "base/clock.h"
#include "base/shared_memory.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tls {

// One store. Made by the master, which does not talk to it; used by the helper threads of workers,
// any number at a time. Every call may block, for as long as `patience` at most.
class ExternalCache {
public:
    static constexpr std::chrono::milliseconds patience{200};

    ExternalCache() = default;
    ExternalCache(const ExternalCache&) = delete;
    ExternalCache& operator=(const ExternalCache&) = delete;
    virtual ~ExternalCache() = default;

    // For messages: "redis 127.0.0.1:6379".
    [[nodiscard]] virtual std::string name() const = 0;
    // Nothing: the store answered, and does not have it. `id` is binary.
    [[nodiscard]] virtual Result<std::optional<std::string>> find(std::string_view id) = 0;
    [[nodiscard]] virtual Result<void> store(std::string_view id, std::string_view session,
                                             std::chrono::seconds lifetime) = 0;
    // Notes `id`, for `lifetime`. True for the first who does, false for all others: in one step,
    // whoever else asks this store at the same time.
    [[nodiscard]] virtual Result<bool> claim(std::string_view id,
                                             std::chrono::seconds lifetime) = 0;
};

// `servers` as in the directive, "host:port,host:port". An error: they cannot be read.
[[nodiscard]] Result<std::unique_ptr<ExternalCache>> redis_cache(std::string_view servers);
[[nodiscard]] Result<std::unique_ptr<ExternalCache>> memcache_cache(std::string_view servers);
// A LMDB file at `path`, below a directory that exists.
[[nodiscard]] Result<std::unique_ptr<ExternalCache>> dbm_cache(const std::string& path);

// Makes that file unless it is there and whole, before the workers are forked. Returns the files it
// consists of: they must be the workers'.
[[nodiscard]] Result<std::vector<std::string>> make_dbm_file(const std::string& path);

// "host:port,host:port"; a missing port is `usual`.
struct CacheServer {
    std::string host;
    uint16_t port = 0;
};
[[nodiscard]] Result<std::vector<CacheServer>> parse_cache_servers(std::string_view servers,
                                                                   uint16_t usual);

// "signet:ssl:" and the session id in hexadecimal: the key where keys are text.
[[nodiscard]] std::string cache_key(std::string_view id);

// A store behind a circuit breaker that all workers share: while it fails, nobody waits for it but
// one attempt every `pause`.
class ExternalSessions {
public:
    static constexpr std::chrono::milliseconds pause{3000};

    struct Counters {
        uint64_t stores = 0, hits = 0, misses = 0, failures = 0, skipped = 0;
    };
    enum class Change : unsigned char { none, failing, back };

    [[nodiscard]] static Result<ExternalSessions> create(std::unique_ptr<ExternalCache> cache);
    ExternalSessions(ExternalSessions&&) = default;

    [[nodiscard]] const ExternalCache& cache() const { return *cache_; }
    // False while the store is given time to recover; counts as skipped.
    [[nodiscard]] bool may_ask() const;
    // These block; for helper threads, after may_ask().
    [[nodiscard]] Result<std::optional<std::string>> find(std::string_view id) const;
    [[nodiscard]] Result<void> store(std::string_view id, std::string_view session,
                                     std::chrono::seconds lifetime) const;
    [[nodiscard]] Result<bool> claim(std::string_view id, std::chrono::seconds lifetime) const;
    // What the log has not heard yet: each change is given to one worker, once.
    [[nodiscard]] Change take_change() const;
    [[nodiscard]] Counters counters() const;

private:
    struct Shared;
    ExternalSessions(std::unique_ptr<ExternalCache> cache, SharedMemory memory)
        : cache_(std::move(cache))
        , memory_(std::move(memory))
    {
    }
    [[nodiscard]] Shared& shared() const;
    void note(bool good) const;

    std::unique_ptr<ExternalCache> cache_;
    SharedMemory memory_;
};

} // namespace signet::tls
