// A queue, a condition variable, and results that come back through Loop::post().
#include "net/helper_threads.h"

#include "net/fiber.h"
#include "net/loop.h"

#include <condition_variable>
#include <csignal>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace signet::net {

namespace {

// Shared by the waiting fiber, the thread and the posted call; whoever is last frees it.
struct Job {
    std::function<void()> work;
    // Only the loop's thread touches these two.
    Fiber* waiter = nullptr;
    bool done = false;
};

} // namespace

struct HelperThreads::Impl {
    Impl(Loop& the_loop, unsigned threads_at_most)
        : loop(the_loop)
        , limit(threads_at_most)
    {
    }

    Loop& loop;
    unsigned limit;
    std::vector<std::thread> threads;

    std::mutex mutex; // guards what follows
    std::condition_variable changed;
    std::deque<std::shared_ptr<Job>> queue;
    unsigned idle = 0;
    bool stopping = false;

    void serve();
    Result<void> start_thread();
    Result<void> enqueue(const std::shared_ptr<Job>& job);
};

void HelperThreads::Impl::serve()
{
    std::unique_lock lock(mutex);
    while (true) {
        ++idle;
        changed.wait(lock, [&] { return stopping || !queue.empty(); });
        --idle;
        if (stopping) return;
        auto job = std::move(queue.front());
        queue.pop_front();
        lock.unlock();
        job->work();
        loop.post([job = std::move(job)] {
            job->done = true;
            if (job->waiter != nullptr) job->waiter->wake();
        });
        lock.lock();
    }
}

// Signals belong to the loop's thread.
Result<void> HelperThreads::Impl::start_thread()
{
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    Result<void> started;
    try {
        threads.emplace_back([this] { serve(); });
    } catch (const std::system_error& error) {
        started = fail(std::string("cannot start a helper thread: ") + error.what());
    }
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return started;
}

Result<void> HelperThreads::Impl::enqueue(const std::shared_ptr<Job>& job)
{
    bool busy = false;
    {
        const std::lock_guard lock(mutex);
        busy = idle <= queue.size();
    }
    if (busy && threads.size() < limit)
        if (auto started = start_thread(); !started && threads.empty()) return started;
    {
        const std::lock_guard lock(mutex);
        queue.push_back(job);
    }
    changed.notify_one();
    return {};
}

HelperThreads::HelperThreads(Loop& loop, unsigned threads)
    : impl_(std::make_unique<Impl>(loop, threads))
{
}

HelperThreads::~HelperThreads()
{
    {
        const std::lock_guard lock(impl_->mutex);
        impl_->stopping = true;
    }
    impl_->changed.notify_all();
    for (auto& thread : impl_->threads) thread.join();
}

Result<void> HelperThreads::run(std::function<void()> work)
{
    Fiber* const self = Fiber::current();
    if (self == nullptr) impossible("HelperThreads::run() outside a fiber");
    if (self->cancelled()) return std::unexpected(Error::cancelled());
    auto job = std::make_shared<Job>();
    job->work = std::move(work);
    job->waiter = self;
    if (auto queued = impl_->enqueue(job); !queued) return queued;
    while (!job->done) {
        auto woken = self->suspend();
        if (!woken && !job->done) {
            job->waiter = nullptr;
            return woken;
        }
    }
    return {};
}

} // namespace signet::net
