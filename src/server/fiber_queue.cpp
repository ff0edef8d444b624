#include "server/fiber_queue.h"

namespace signet::server {

FiberQueue::FiberQueue(net::Loop& loop, net::FiberPool& fibers, const Capacity& capacity)
    : loop_(loop)
    , fibers_(fibers)
    , most_(capacity.queue())
{
}

FiberQueue::~FiberQueue()
{
    fibers_.call_when_free(nullptr, nullptr);
    loop_.undefer(this);
}

bool FiberQueue::join(FiberWaiter& waiter)
{
    if (waiting_.size() >= most_ || fibers_.running() == 0) return false;
    waiting_.push_back(&waiter);
    ask();
    return true;
}

void FiberQueue::leave(FiberWaiter& waiter)
{
    std::erase(waiting_, &waiter);
}

void FiberQueue::ask()
{
    // Deferred: the call comes from inside of whoever resumed the fiber that has ended.
    fibers_.call_when_free(
        [](void* self) {
            auto& queue = *static_cast<FiberQueue*>(self);
            queue.loop_.defer([](void* it) { static_cast<FiberQueue*>(it)->wake_some(); }, self);
        },
        this);
}

void FiberQueue::wake_some()
{
    while (!waiting_.empty() && fibers_.has_room()) {
        FiberWaiter* first = waiting_.front();
        waiting_.pop_front();
        first->fiber_is_free();
    }
    if (!waiting_.empty()) ask();
}

} // namespace signet::server
