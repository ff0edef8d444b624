// The bounds of a worker: how Apache's numbers are shared out, how bytes buy a slow client time,
// and what the status board keeps of workers that have ended.
#include "server/capacity.h"
#include "server/configuration.h"
#include "server/fiber_queue.h"
#include "server/read_deadline.h"
#include "server/status_board.h"

#include <gtest/gtest.h>

namespace signet::server {
namespace {

using namespace std::chrono_literals;

TEST(Capacity, IsUnboundedWithoutDirectives)
{
    EXPECT_EQ(capacity_of({}, 4).requests, 0U);
    EXPECT_EQ(capacity_of({}, 4).connections, 0U);
}

TEST(Capacity, IsSharedByTheWorkersRoundedUp)
{
    const Capacity share = capacity_of({.max_request_workers = 150}, 4);
    EXPECT_EQ(share.requests, 38U);
    EXPECT_EQ(share.connections, 3 * 38U);
}

TEST(Capacity, NeverExceedsServerLimitTimesThreadsPerChild)
{
    EXPECT_EQ(request_workers({.max_request_workers = 1000}), 400U);
    EXPECT_EQ(request_workers({.max_request_workers = 1000, .server_limit = 2}), 50U);
    EXPECT_EQ(request_workers({.threads_per_child = 64}), 400U);
    EXPECT_EQ(request_workers({.threads_per_child = 4}), 64U);
}

TEST(ReadDeadline, BytesBuyTimeUpToTheLimit)
{
    const ReadTimeouts timeouts{.head = {.first = 2s, .most = 4s, .rate = 100}};
    const Monotonic::time_point start{};
    ReadDeadline deadline;
    EXPECT_FALSE(deadline.is_running());
    deadline.begin(ReadStage::head, timeouts, start);
    EXPECT_EQ(deadline.at(), start + 2s);
    deadline.received(100);
    EXPECT_EQ(deadline.at(), start + 3s);
    deadline.begin(ReadStage::head, timeouts, start + 2s); // it goes on, and is not begun anew
    EXPECT_EQ(deadline.at(), start + 3s);
    deadline.received(100'000);
    EXPECT_EQ(deadline.at(), start + 4s);
    EXPECT_EQ(deadline.name(), "header");
}

TEST(ReadDeadline, AStageWithoutSecondsHasNone)
{
    ReadDeadline deadline;
    deadline.begin(ReadStage::handshake, {}, {});
    EXPECT_FALSE(deadline.is_running());
    EXPECT_EQ(deadline.first_look(60s), 60s);
}

TEST(StatusBoard, KeepsWhatEndedWorkersCounted)
{
    auto board = StatusBoard::create(2);
    ASSERT_TRUE(board);
    WorkerStatus* worker = board->take(1, 0);
    worker->totals.requests += 3;
    worker->totals.count_tls_failure(326);
    worker->totals.count_tls_failure(12); // not of TLS: ignored
    board->free(*worker);
    EXPECT_EQ(board->ended().requests, 3U);
    EXPECT_EQ(board->ended().tls_failures[26], 1U);
    EXPECT_EQ(board->take(2, 0)->totals.requests, 0U);
    board->restarted(5);
    EXPECT_EQ(board->ended().requests, 0U);
    EXPECT_EQ(board->restart_time(), 5);
}

TEST(SharedText, IsCutAtEitherEnd)
{
    SharedText<8> text{};
    EXPECT_EQ(text.text(), "");
    text.store("0123456789");
    EXPECT_EQ(text.text(), "01234567");
    text.store_end("0123456789");
    EXPECT_EQ(text.text(), "23456789");
    text.store("ab");
    EXPECT_EQ(text.text(), "ab");
}

// Holds the only fiber until it is told to let go.
struct Holder {
    net::Fiber* fiber = nullptr;
    static void hold(void* self)
    {
        auto* fiber = net::Fiber::current();
        static_cast<Holder*>(self)->fiber = fiber;
        EXPECT_TRUE(fiber->suspend());
    }
};

struct Waiter final : FiberWaiter {
    int calls = 0;
    void fiber_is_free() override { ++calls; }
};

TEST(FiberQueue, WakesTheFirstWhenAFiberEnds)
{
    auto loop = net::Loop::create();
    net::FiberPool fibers({.limit = 1});
    FiberQueue queue(**loop, fibers, {.requests = 1, .connections = 2});
    Waiter first, second, third;
    EXPECT_FALSE(queue.join(first)) << "nobody holds a fiber: there is nothing to wait for";
    Holder holder;
    ASSERT_TRUE(fibers.start(Holder::hold, &holder));
    EXPECT_TRUE(queue.join(first));
    EXPECT_TRUE(queue.join(second));
    EXPECT_FALSE(queue.join(third)) << "the queue is bounded";
    queue.leave(first);
    holder.fiber->wake();
    (*loop)->turn(0ms);
    EXPECT_EQ(first.calls, 0);
    EXPECT_EQ(second.calls, 1);
    EXPECT_EQ(queue.size(), 0U);
}

} // namespace
} // namespace signet::server
