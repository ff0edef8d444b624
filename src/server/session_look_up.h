// Sessions in a store outside (SSLSessionCache redis, memcache, dbm): a handshake waits for a
// helper thread's answer, not for long, and the loop never does.
#pragma once
#include "net/fiber.h"
#include "net/loop.h"
#include "tls/external_cache.h"
#include "tls/stream.h"

#include <functional>
#include <optional>
#include <string>

namespace signet::server {

class Worker;

// What to ask, on a helper thread. Nothing: the store does not have it, or says no.
using StoreQuestion =
    std::function<Result<std::optional<std::string>>(const tls::ExternalSessions&)>;
[[nodiscard]] StoreQuestion session_question(std::string_view id);
[[nodiscard]] StoreQuestion claim_question(const tls::EarlyDataClaim& claim);

// One question. Owned by the connection whose handshake waits; destroying it takes it back.
class SessionLookUp {
public:
    // A handshake waits this long; the store itself may take a little less.
    static constexpr std::chrono::milliseconds patience{300};
    static_assert(patience > tls::ExternalCache::patience);

    // `answered(owner)` runs once, on the loop's stack, never within start(). `store` belongs to
    // the worker's configuration.
    SessionLookUp(Worker& worker, const tls::ExternalSessions& store, StoreQuestion question,
                  void (*answered)(void*), void* owner);
    ~SessionLookUp();
    SessionLookUp(const SessionLookUp&) = delete;
    SessionLookUp& operator=(const SessionLookUp&) = delete;

    void start();
    // Once answered.
    [[nodiscard]] std::optional<std::string> take() { return std::move(found_); }

private:
    void run();
    void finish();

    Worker& worker_;
    const tls::ExternalSessions& store_;
    StoreQuestion question_;
    void (*answered_)(void*);
    void* owner_;
    std::optional<std::string> found_{};
    net::Fiber* fiber_ = nullptr;
    net::Timeout timeout_;
};

// Gives a new session to the store, in the background.
void keep_session(Worker& worker, const tls::ExternalSessions& store, tls::NewSession session);

} // namespace signet::server
