// Sessions in memcached by libmemcached, which spreads them over the servers by their keys.
#include "base/text.h"
#include "pki/secret.h"
#include "tls/external_cache.h"

#include <algorithm>
#include <libmemcached/memcached.h>
#include <mutex>

namespace signet::tls {
namespace {

struct FreeHandle {
    void operator()(memcached_st* handle) const { memcached_free(handle); }
};
using Handle = std::unique_ptr<memcached_st, FreeHandle>;

class Memcache final : public ExternalCache {
public:
    explicit Memcache(std::vector<CacheServer> servers)
        : servers_(std::move(servers))
    {
    }

    [[nodiscard]] std::string name() const override
    {
        return "memcached " + servers_.front().host + ":" + std::to_string(servers_.front().port);
    }

    [[nodiscard]] Result<std::optional<std::string>> find(std::string_view id) override
    {
        auto handle = take();
        if (!handle) return fail("no memory for a connection");
        const std::string key = key_of(id);
        size_t size = 0;
        uint32_t flags = 0;
        memcached_return_t code = MEMCACHED_FAILURE;
        char* value = memcached_get(handle.get(), key.data(), key.size(), &size, &flags, &code);
        std::optional<std::string> session;
        if (value) {
            session.emplace(value, size);
            pki::wipe(value, size);
            free(value); // NOLINT: libmemcached's malloc
        }
        if (code != MEMCACHED_SUCCESS && code != MEMCACHED_NOTFOUND) return trouble(*handle, code);
        give_back(std::move(handle));
        return session;
    }

    [[nodiscard]] Result<void> store(std::string_view id, std::string_view session,
                                     std::chrono::seconds lifetime) override
    {
        auto handle = take();
        if (!handle) return fail("no memory for a connection");
        const std::string key = key_of(id);
        const auto code = memcached_set(handle.get(), key.data(), key.size(), session.data(),
                                        session.size(), lifetime.count(), 0);
        if (code != MEMCACHED_SUCCESS) return trouble(*handle, code);
        give_back(std::move(handle));
        return {};
    }

    [[nodiscard]] Result<bool> claim(std::string_view id, std::chrono::seconds lifetime) override
    {
        auto handle = take();
        if (!handle) return fail("no memory for a connection");
        const std::string key = key_of(id);
        constexpr int64_t longest = int64_t{30} * 24 * 3600; // more is taken for a date, long past
        const auto code = memcached_add(handle.get(), key.data(), key.size(), "1", 1,
                                        std::clamp<int64_t>(lifetime.count(), 1, longest), 0);
        const bool is_taken = code == MEMCACHED_NOTSTORED || code == MEMCACHED_DATA_EXISTS;
        if (code != MEMCACHED_SUCCESS && !is_taken) return trouble(*handle, code);
        give_back(std::move(handle));
        return !is_taken;
    }

private:
    static std::string key_of(std::string_view id) { return cache_key(id); }

    static std::unexpected<Error> trouble(const memcached_st& handle, memcached_return_t code)
    {
        return fail(memcached_strerror(&handle, code));
    }

    Handle take()
    {
        {
            const std::lock_guard lock(mutex_);
            if (!idle_.empty()) {
                auto handle = std::move(idle_.back());
                idle_.pop_back();
                return handle;
            }
        }
        Handle handle(memcached_create(nullptr));
        if (!handle) return nullptr;
        const auto milliseconds = static_cast<uint64_t>(patience.count());
        memcached_behavior_set(handle.get(), MEMCACHED_BEHAVIOR_CONNECT_TIMEOUT, milliseconds);
        memcached_behavior_set(handle.get(), MEMCACHED_BEHAVIOR_POLL_TIMEOUT, milliseconds);
        memcached_behavior_set(handle.get(), MEMCACHED_BEHAVIOR_SND_TIMEOUT, milliseconds * 1000);
        memcached_behavior_set(handle.get(), MEMCACHED_BEHAVIOR_RCV_TIMEOUT, milliseconds * 1000);
        memcached_behavior_set(handle.get(), MEMCACHED_BEHAVIOR_NO_BLOCK, 1);
        memcached_behavior_set(handle.get(), MEMCACHED_BEHAVIOR_TCP_NODELAY, 1);
        memcached_behavior_set(handle.get(), MEMCACHED_BEHAVIOR_DISTRIBUTION,
                               MEMCACHED_DISTRIBUTION_CONSISTENT);
        for (const auto& [host, port] : servers_)
            memcached_server_add(handle.get(), host.c_str(), port);
        return handle;
    }

    // A handle that failed is not kept: it may be in the middle of an answer.
    void give_back(Handle handle)
    {
        const std::lock_guard lock(mutex_);
        if (idle_.size() < 8) idle_.push_back(std::move(handle));
    }

    std::vector<CacheServer> servers_;
    std::mutex mutex_;
    std::vector<Handle> idle_{};
};

} // namespace

Result<std::unique_ptr<ExternalCache>> memcache_cache(std::string_view servers)
{
    auto parsed = parse_cache_servers(servers, 11211);
    if (!parsed) return std::unexpected(parsed.error());
    return std::make_unique<Memcache>(std::move(*parsed));
}

} // namespace signet::tls
