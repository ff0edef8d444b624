// Notices that SSLSessionCache is too small: sessions make room for new ones long before they
// expire, so clients that come back need full handshakes.
#pragma once
#include "server/keeper_task.h"
#include "tls/session_cache.h"

#include <memory>
#include <optional>
#include <string>

namespace signet::server {
class VirtualHost;
}

namespace signet::mod_ssl {

// What to say about the sessions that were evicted between two looks: nothing when they were few,
// or had lived for more than half of their time. `bytes`: how large the cache is.
[[nodiscard]] std::optional<std::string> too_small(const tls::SessionCache::Counters& before,
                                                   const tls::SessionCache::Counters& now,
                                                   size_t bytes);

class CacheWatch final : public server::KeeperTask {
public:
    // `vhost`: whose log is told; lives as long as the configuration.
    CacheWatch(std::shared_ptr<tls::SessionCache> cache, const server::VirtualHost& vhost)
        : cache_(std::move(cache))
        , vhost_(&vhost)
        , before_(cache_->counters())
    {
    }
    [[nodiscard]] std::string_view name() const override { return "TLS session cache"; }
    [[nodiscard]] std::chrono::seconds limit() const override { return std::chrono::seconds(10); }
    [[nodiscard]] Result<Monotonic::time_point> run(Monotonic::time_point now) override;

private:
    std::shared_ptr<tls::SessionCache> cache_;
    const server::VirtualHost* vhost_;
    tls::SessionCache::Counters before_;
};

} // namespace signet::mod_ssl
