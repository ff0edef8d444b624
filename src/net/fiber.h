// Fibers: plain code that may wait. Each runs on a pooled stack with a guard page (Boost.Context).
#pragma once
#include "base/result.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <utility>

namespace signet::net {

class Loop;
class FiberPool;

// One running computation. Handed out by the pool while it runs; never outlives its function.
class Fiber {
public:
    // The fiber this code runs on, or nullptr on the loop's own stack.
    [[nodiscard]] static Fiber* current();

    // Gives the processor back until wake() or cancel(). Called on this fiber only.
    // After cancel() it returns Error::cancelled at once, now and on every later call.
    [[nodiscard]] Result<void> suspend();

    // Lets a suspended fiber run again, at once and on top of the caller; from the loop's stack
    // only. A fiber that is not suspended remembers the wake for its next suspend().
    void wake();
    // Ends every wait of this fiber, now and later, with Error::cancelled, and wakes it.
    void cancel();
    [[nodiscard]] bool cancelled() const;

private:
    friend class FiberPool;
    Fiber() = default;
    ~Fiber() = default;
    struct Impl;
    Impl* impl_ = nullptr;
};

// Keeps stacks for reuse. One per loop. At most `limit` fibers at a time.
class FiberPool {
public:
    struct Options {
        size_t limit = 16384; // two memory maps each: vm.max_map_count
        size_t stack_size = 256 * 1024;
    };
    FiberPool();
    explicit FiberPool(Options options);
    ~FiberPool();

    // Runs `function(argument)` on a fiber, at once; returns when it first suspends or ends.
    // Returns the fiber while it is suspended, nullptr when it has ended; fails when `limit` is
    // reached or memory is out. No allocation when a pooled stack is free.
    [[nodiscard]] Result<Fiber*> start(void (*function)(void*), void* argument);

    [[nodiscard]] size_t running() const;
    [[nodiscard]] bool has_room() const;
    // Calls once, when the next fiber has ended and its stack is free: for those who were refused.
    void call_when_free(void (*call)(void*), void* argument);
    // Unmaps stacks the last period did not need.
    void trim();

private:
    friend class Fiber;
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// Installs a SIGSEGV handler on an alternate stack that names a fiber stack overflow as such.
void report_stack_overflows();

// Waits on the current fiber.
[[nodiscard]] Result<void> sleep_on_fiber(Loop& loop, std::chrono::milliseconds delay);

} // namespace signet::net
