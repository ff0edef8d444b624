// Requests that wait for a fiber: MaxRequestWorkers of them are at work already. First come, first
// served, up to a bound.
#pragma once
#include "net/fiber.h"
#include "net/loop.h"
#include "server/capacity.h"

#include <deque>

namespace signet::server {

// Whoever waits. Leaves the queue before it is destroyed.
class FiberWaiter {
public:
    virtual ~FiberWaiter() = default;
    // There is a fiber to be had, for whoever takes it first. From the loop's stack.
    virtual void fiber_is_free() = 0;
};

class FiberQueue {
public:
    FiberQueue(net::Loop& loop, net::FiberPool& fibers, const Capacity& capacity);
    ~FiberQueue();
    FiberQueue(const FiberQueue&) = delete;
    FiberQueue& operator=(const FiberQueue&) = delete;

    // False when there is no room to wait, or nothing to wait for.
    [[nodiscard]] bool join(FiberWaiter& waiter);
    void leave(FiberWaiter& waiter);
    [[nodiscard]] size_t size() const { return waiting_.size(); }

private:
    void ask();
    void wake_some();

    net::Loop& loop_;
    net::FiberPool& fibers_;
    size_t most_;
    std::deque<FiberWaiter*> waiting_;
};

} // namespace signet::server
