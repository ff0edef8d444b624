// One event loop per process: epoll, timers, deferred calls. Not thread-safe, but for post().
#pragma once
#include "base/block.h"
#include "base/clock.h"
#include "base/result.h"

#include <cstdint>
#include <functional>
#include <memory>

namespace signet::net {

// What happened to a descriptor (epoll's bits, so that no translation is needed).
enum Event : uint32_t {
    event_readable = 0x001,
    event_writable = 0x004,
    event_error = 0x008,
    event_hangup = 0x010,
    event_peer_closed = 0x2000
};

// Implemented by whatever owns a watched descriptor; must outlive the watch.
class EventHandler {
public:
    virtual ~EventHandler() = default;
    virtual void on_event(uint32_t events) = 0;
};

class TimeoutQueue;

// A place in one timeout list, embedded in what may time out. Disarms itself when destroyed.
class Timeout {
public:
    Timeout() = default;
    Timeout(const Timeout&) = delete;
    Timeout& operator=(const Timeout&) = delete;
    ~Timeout() { disarm(); }
    void disarm();
    [[nodiscard]] bool armed() const { return queue_ != nullptr; }

private:
    friend class TimeoutQueue;
    friend class Loop;
    TimeoutQueue* queue_ = nullptr;
    Timeout* previous_ = nullptr;
    Timeout* next_ = nullptr;
    Monotonic::time_point deadline_{};
    void (*expired_)(void*) = nullptr;
    void* owner_ = nullptr;
};

class Loop {
public:
    [[nodiscard]] static Result<std::unique_ptr<Loop>> create();
    ~Loop();

    // Edge-triggered, readable + writable + peer-closed, registered once for the descriptor's life.
    [[nodiscard]] Result<void> watch(int descriptor, EventHandler& handler);
    // Level-triggered, readable only; `exclusive` wakes one process of many (listeners).
    [[nodiscard]] Result<void> watch_level(int descriptor, EventHandler& handler, bool exclusive);
    // Level-triggered, and delivered before every other event of its turn: what it says may change
    // how the others are handled. One descriptor per loop.
    [[nodiscard]] Result<void> watch_first(int descriptor, EventHandler& handler);
    // Forgets the descriptor, also events of this turn that were not delivered yet.
    void unwatch(int descriptor, EventHandler& handler);

    // Arms `timeout`: after `delay`, `expired(owner)` runs once. Re-arming moves it. O(1): one
    // FIFO list per distinct delay.
    void arm(Timeout& timeout, std::chrono::milliseconds delay, void (*expired)(void*),
             void* owner);

    // Runs `call` at the end of this loop turn (before epoll_wait sleeps). Cheap.
    void defer(void (*call)(void*), void* argument);
    // Forgets deferred calls with this argument; for destructors. Linear in the calls pending.
    void undefer(const void* argument);
    // The same from another thread; wakes the loop.
    void post(std::function<void()> call);

    // Runs until stop().
    void run();
    // One turn: wait at most `limit`, deliver events, timeouts, deferred calls.
    void turn(std::chrono::milliseconds limit);
    void stop();

    // Read once per turn.
    [[nodiscard]] Monotonic::time_point now() const;
    [[nodiscard]] int64_t wall_micros() const; // since 1970
    [[nodiscard]] BlockPool& blocks();
    // 64 KiB that any handler may use until it returns (reads go here, then are copied or
    // consumed).
    [[nodiscard]] char* scratch();
    static constexpr size_t scratch_size = 64 * 1024;

private:
    Loop();
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

} // namespace signet::net
