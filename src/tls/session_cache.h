// SSLSessionCache shmcb / shm: sessions of all workers in shared memory, for clients that resume by
// session id (and for TLS 1.3 when SSLSessionTickets is off). The oldest make room for new ones.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslsessioncache
#pragma once
#include "base/shared_memory.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace signet::tls {

// Created by the master before it forks, used by every worker. A worker that dies inside a call
// costs the sessions of one stripe, never a lock.
class SessionCache {
public:
    struct Counters {
        uint64_t stores = 0, hits = 0, misses = 0, expired = 0, evicted = 0, removed = 0,
                 too_large = 0, sessions = 0;
        // Of the evicted, in seconds: how old they were, and how long they would have been good.
        uint64_t evicted_age_sum = 0, evicted_age_least = 0, evicted_age_most = 0;
        uint64_t evicted_left_sum = 0;
    };

    // How it is made, and how long the oldest sessions of its stripes have to live.
    struct Shape {
        struct SecondsLeft {
            int64_t average, least, most;
        };
        size_t bytes = 0, stripes = 0, slots_per_stripe = 0;
        std::optional<SecondsLeft> oldest_left; // when there is any session
    };

    // `bytes` as in "shmcb:/path(512000)"; at least 8192.
    [[nodiscard]] static Result<SessionCache> create(size_t bytes);
    // A cache that another process made, by the descriptor() it handed over: both use it from now
    // on. Fails when this version lays caches out in another way.
    [[nodiscard]] static Result<SessionCache> adopt(FileDescriptor descriptor);
    SessionCache(SessionCache&&) = default;
    [[nodiscard]] int descriptor() const { return memory_.descriptor(); }

    // `expires` and `now` are seconds of the wall clock.
    bool store(std::span<const unsigned char> id, std::span<const unsigned char> session,
               int64_t expires, int64_t now);
    [[nodiscard]] std::optional<std::string> find(std::span<const unsigned char> id, int64_t now);
    void remove(std::span<const unsigned char> id);
    [[nodiscard]] Counters counters() const;
    [[nodiscard]] Shape shape(int64_t now) const;

private:
    struct Header;
    struct Stripe;
    [[nodiscard]] static Header header_for(size_t bytes);
    explicit SessionCache(SharedMemory memory)
        : memory_(std::move(memory))
    {
    }
    [[nodiscard]] Header& header() const;
    [[nodiscard]] Stripe& stripe(size_t index) const;
    [[nodiscard]] Stripe& stripe_of(std::span<const unsigned char> id) const;

    SharedMemory memory_;
};

} // namespace signet::tls
