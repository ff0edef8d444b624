// The event loop: epoll, one FIFO list per distinct delay, deferred and posted calls.
#include "net/loop.h"

#include "base/file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <mutex>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace signet::net {

// Every timeout in here has the same delay, so the list is in order of deadline by itself.
class TimeoutQueue {
public:
    explicit TimeoutQueue(std::chrono::milliseconds delay)
        : delay_(delay)
    {
    }
    TimeoutQueue(const TimeoutQueue&) = delete;
    TimeoutQueue& operator=(const TimeoutQueue&) = delete;
    ~TimeoutQueue()
    {
        while (first_ != nullptr) remove(*first_);
    }

    void append(Timeout& timeout, Monotonic::time_point deadline)
    {
        timeout.queue_ = this;
        timeout.deadline_ = deadline;
        timeout.previous_ = last_;
        timeout.next_ = nullptr;
        (last_ != nullptr ? last_->next_ : first_) = &timeout;
        last_ = &timeout;
    }
    void remove(Timeout& timeout)
    {
        (timeout.previous_ != nullptr ? timeout.previous_->next_ : first_) = timeout.next_;
        (timeout.next_ != nullptr ? timeout.next_->previous_ : last_) = timeout.previous_;
        timeout.queue_ = nullptr;
    }
    // Runs what is due. A call may arm, disarm or destroy any timeout, its own included.
    void expire(Monotonic::time_point now)
    {
        while (first_ != nullptr && first_->deadline_ <= now) {
            Timeout& due = *first_;
            remove(due);
            due.expired_(due.owner_);
        }
    }
    [[nodiscard]] bool empty() const { return first_ == nullptr; }
    [[nodiscard]] Monotonic::time_point next() const { return first_->deadline_; }
    [[nodiscard]] std::chrono::milliseconds delay() const { return delay_; }

private:
    std::chrono::milliseconds delay_;
    Timeout* first_ = nullptr;
    Timeout* last_ = nullptr;
};

void Timeout::disarm()
{
    if (queue_ != nullptr) queue_->remove(*this);
}

namespace {

// Which registration an event belongs to. The generation tells an event for a closed descriptor
// from one for its successor of the same number.
struct Registration {
    EventHandler* handler = nullptr;
    uint32_t generation = 0;
};

struct Deferred {
    void (*call)(void*);
    void* argument;
};

constexpr size_t many_delays = 64;

// Delays that are computed (a deadline's rest, a rate) could each need a list of their own. Once
// there are many lists, delays are rounded up to five significant bits: at most 1/16 late.
std::chrono::milliseconds rounded(std::chrono::milliseconds delay)
{
    int64_t step = 1;
    while (delay.count() / step >= 32) step *= 2;
    return std::chrono::milliseconds((delay.count() + step - 1) / step * step);
}

} // namespace

struct Loop::Impl {
    FileDescriptor epoll;
    FileDescriptor wakeup;
    int first = -1;                          // watch_first()
    std::vector<Registration> registrations; // by descriptor
    std::vector<std::unique_ptr<TimeoutQueue>> queues;
    std::vector<Deferred> deferred;
    size_t deferred_done = 0; // how many of them ran already, while running them

    std::mutex mutex; // guards `posted` and nothing else
    std::vector<std::function<void()>> posted;

    Monotonic::time_point now = Monotonic::now();
    Monotonic::time_point trimmed = now;
    mutable int64_t wall = 0; // 0: not read in this turn
    bool stopping = false;
    bool turning = false;

    BlockPool blocks;
    std::unique_ptr<char[]> scratch = std::make_unique_for_overwrite<char[]>(scratch_size);
    std::array<epoll_event, 256> events;

    Result<void> add(int descriptor, EventHandler& handler, uint32_t interest);
    TimeoutQueue& queue(std::chrono::milliseconds delay);
    [[nodiscard]] int milliseconds_to_wait(std::chrono::milliseconds limit) const;
    void deliver(int count);
    void expire();
    void run_deferred();
    void run_posted();
};

Result<void> Loop::Impl::add(int descriptor, EventHandler& handler, uint32_t interest)
{
    if (descriptor < 0) return fail("cannot watch a closed descriptor");
    const auto at = static_cast<size_t>(descriptor);
    if (at >= registrations.size()) registrations.resize(std::max(at + 1, at * 2));
    Registration& registration = registrations[at];
    const uint32_t generation = registration.generation + 1;
    epoll_event event{};
    event.events = interest;
    event.data.u64 = uint64_t{generation} << 32 | static_cast<uint32_t>(descriptor);
    if (epoll_ctl(epoll.get(), EPOLL_CTL_ADD, descriptor, &event) != 0)
        return fail_errno("epoll_ctl");
    registration = {&handler, generation};
    return {};
}

TimeoutQueue& Loop::Impl::queue(std::chrono::milliseconds delay)
{
    for (auto& queue : queues)
        if (queue->delay() == delay) return *queue;
    if (queues.size() >= many_delays)
        if (const auto coarse = rounded(delay); coarse != delay) return queue(coarse);
    return *queues.emplace_back(std::make_unique<TimeoutQueue>(delay));
}

int Loop::Impl::milliseconds_to_wait(std::chrono::milliseconds limit) const
{
    if (!deferred.empty() || stopping) return 0;
    constexpr std::chrono::milliseconds longest{std::chrono::hours(1)};
    Monotonic::duration wait = std::clamp(limit, std::chrono::milliseconds(0), longest);
    for (const auto& queue : queues)
        if (!queue->empty()) wait = std::min(wait, queue->next() - now);
    return static_cast<int>(
        std::max(std::chrono::ceil<std::chrono::milliseconds>(wait).count(), int64_t{0}));
}

void Loop::Impl::deliver(int count)
{
    const auto end = events.begin() + count;
    const auto found = std::find_if(events.begin(), end, [this](const epoll_event& event) {
        return std::cmp_equal(event.data.u64 & 0xffffffff, first);
    });
    if (found != end) {
        std::rotate(events.begin(), found, found + 1);
    } else if (first >= 0 && static_cast<size_t>(count) == events.size()) {
        // It may be among those that had no room.
        if (auto* handler = registrations[static_cast<size_t>(first)].handler)
            handler->on_event(EPOLLIN);
    }
    for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
        const uint64_t key = events[i].data.u64;
        const auto descriptor = static_cast<size_t>(key & 0xffffffff);
        if (std::cmp_equal(descriptor, wakeup.get())) {
            run_posted();
            continue;
        }
        const Registration& registration = registrations[descriptor];
        if (registration.handler == nullptr || registration.generation != key >> 32) continue;
        registration.handler->on_event(events[i].events);
    }
}

void Loop::Impl::expire()
{
    // By index: a call may add a queue.
    for (size_t i = 0; i < queues.size(); ++i) queues[i]->expire(now);
    if (queues.size() >= many_delays)
        std::erase_if(queues, [](const auto& queue) { return queue->empty(); });
}

// A deferred call may defer another. A few rounds run now; a call that renews itself for ever must
// not keep the loop from its descriptors.
void Loop::Impl::run_deferred()
{
    for (int round = 0; round < 8 && deferred_done < deferred.size(); ++round) {
        const size_t end = deferred.size();
        while (deferred_done < end) {
            const Deferred next = deferred[deferred_done++];
            if (next.call != nullptr) next.call(next.argument);
        }
    }
    deferred.erase(deferred.begin(), deferred.begin() + static_cast<std::ptrdiff_t>(deferred_done));
    deferred_done = 0;
}

void Loop::Impl::run_posted()
{
    uint64_t count = 0;
    // Non-blocking; what matters is that the counter is zero before `posted` is taken.
    [[maybe_unused]] const auto ignored = read(wakeup.get(), &count, sizeof count);
    std::vector<std::function<void()>> calls;
    {
        const std::lock_guard lock(mutex);
        calls.swap(posted);
    }
    for (auto& call : calls) call();
}

Loop::Loop()
    : impl_(std::make_unique<Impl>())
{
}
Loop::~Loop() = default;

Result<std::unique_ptr<Loop>> Loop::create()
{
    std::unique_ptr<Loop> loop(new Loop);
    auto& impl = *loop->impl_;
    impl.epoll = FileDescriptor(epoll_create1(EPOLL_CLOEXEC));
    if (!impl.epoll) return fail_errno("epoll_create1");
    impl.wakeup = FileDescriptor(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!impl.wakeup) return fail_errno("eventfd");
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = static_cast<uint32_t>(impl.wakeup.get());
    if (epoll_ctl(impl.epoll.get(), EPOLL_CTL_ADD, impl.wakeup.get(), &event) != 0)
        return fail_errno("epoll_ctl");
    return loop;
}

Result<void> Loop::watch(int descriptor, EventHandler& handler)
{
    return impl_->add(descriptor, handler, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

Result<void> Loop::watch_level(int descriptor, EventHandler& handler, bool exclusive)
{
    return impl_->add(descriptor, handler, EPOLLIN | (exclusive ? EPOLLEXCLUSIVE : 0u));
}

Result<void> Loop::watch_first(int descriptor, EventHandler& handler)
{
    impl_->first = descriptor;
    return watch_level(descriptor, handler, false);
}

void Loop::unwatch(int descriptor, EventHandler& handler)
{
    const auto at = static_cast<size_t>(descriptor);
    if (descriptor < 0 || at >= impl_->registrations.size()) return;
    Registration& registration = impl_->registrations[at];
    if (registration.handler != &handler) return;
    registration.handler = nullptr;
    // Needed even right before close(): a child process may hold a copy of the open file.
    epoll_ctl(impl_->epoll.get(), EPOLL_CTL_DEL, descriptor, nullptr);
}

void Loop::arm(Timeout& timeout, std::chrono::milliseconds delay, void (*expired)(void*),
               void* owner)
{
    // At least 1 ms: a call that arms itself anew must end up in a later turn. The upper limit
    // keeps the sum of times from overflowing.
    constexpr std::chrono::milliseconds shortest{1};
    constexpr std::chrono::milliseconds longest{std::chrono::hours(24 * 365)};
    timeout.disarm();
    timeout.expired_ = expired;
    timeout.owner_ = owner;
    TimeoutQueue& queue = impl_->queue(std::clamp(delay, shortest, longest));
    queue.append(timeout, impl_->now + queue.delay());
}

void Loop::defer(void (*call)(void*), void* argument)
{
    impl_->deferred.push_back({call, argument});
}

void Loop::undefer(const void* argument)
{
    for (size_t i = impl_->deferred_done; i < impl_->deferred.size(); ++i)
        if (impl_->deferred[i].argument == argument) impl_->deferred[i].call = nullptr;
}

void Loop::post(std::function<void()> call)
{
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->posted.push_back(std::move(call));
        if (impl_->posted.size() > 1) return; // the loop is awake already
    }
    const uint64_t one = 1;
    [[maybe_unused]] const auto ignored = write(impl_->wakeup.get(), &one, sizeof one);
}

void Loop::turn(std::chrono::milliseconds limit)
{
    Impl& impl = *impl_;
    if (std::exchange(impl.turning, true)) impossible("a loop turn inside a loop turn");
    const int wait = impl.milliseconds_to_wait(limit);
    const int count = epoll_wait(impl.epoll.get(), impl.events.data(),
                                 static_cast<int>(impl.events.size()), wait);
    if (count < 0 && errno != EINTR) impossible("epoll_wait failed");
    impl.now = Monotonic::now();
    impl.wall = 0;
    if (count > 0) impl.deliver(count);
    impl.expire();
    impl.run_deferred();
    if (impl.now - impl.trimmed > std::chrono::seconds(10)) {
        impl.trimmed = impl.now;
        impl.blocks.trim();
    }
    impl.turning = false;
}

void Loop::run()
{
    while (!impl_->stopping) turn(std::chrono::hours(1));
    impl_->stopping = false;
}

void Loop::stop()
{
    impl_->stopping = true;
}

Monotonic::time_point Loop::now() const
{
    return impl_->now;
}

int64_t Loop::wall_micros() const
{
    if (impl_->wall == 0) impl_->wall = signet::wall_micros();
    return impl_->wall;
}

BlockPool& Loop::blocks()
{
    return impl_->blocks;
}
char* Loop::scratch()
{
    return impl_->scratch.get();
}

} // namespace signet::net
