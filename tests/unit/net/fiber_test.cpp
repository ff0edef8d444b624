// Fibers: switching, cancellation, limits, and what happens when their stack is too small.
#include "net/fiber.h"

#include "net/loop.h"

#include <gtest/gtest.h>

#include <csignal>
#include <functional>
#include <stdexcept>
#include <vector>

namespace signet::net {
namespace {

// Runs `body` on a fiber of `pool`; it must outlive the fiber.
Result<Fiber*> start(FiberPool& pool, std::function<void()>& body)
{
    return pool.start([](void* what) { (*static_cast<std::function<void()>*>(what))(); }, &body);
}

TEST(Fiber, RunsAtOnceAndReturnsNothingWhenItEnded)
{
    FiberPool pool;
    bool ran = false;
    std::function<void()> body = [&] {
        ran = true;
        EXPECT_NE(Fiber::current(), nullptr);
        EXPECT_EQ(pool.running(), 1u);
    };
    auto fiber = start(pool, body);
    ASSERT_TRUE(fiber);
    EXPECT_EQ(*fiber, nullptr);
    EXPECT_TRUE(ran);
    EXPECT_EQ(pool.running(), 0u);
    EXPECT_EQ(Fiber::current(), nullptr);
}

TEST(Fiber, GoesOnWhereItSuspendedWhenWoken)
{
    FiberPool pool;
    int step = 0;
    std::function<void()> body = [&] {
        step = 1;
        EXPECT_TRUE(Fiber::current()->suspend());
        step = 2;
        EXPECT_TRUE(Fiber::current()->suspend());
        step = 3;
    };
    Fiber* fiber = start(pool, body).value();
    ASSERT_NE(fiber, nullptr);
    EXPECT_EQ(step, 1);
    fiber->wake();
    EXPECT_EQ(step, 2);
    fiber->wake();
    EXPECT_EQ(step, 3);
    EXPECT_EQ(pool.running(), 0u);
}

TEST(Fiber, RemembersAWakeThatCameBeforeTheWait)
{
    FiberPool pool;
    bool over = false;
    std::function<void()> body = [&] {
        Fiber::current()->wake();
        EXPECT_TRUE(Fiber::current()->suspend());
        over = true;
        EXPECT_TRUE(Fiber::current()->suspend()); // the wake was used up
    };
    Fiber* fiber = start(pool, body).value();
    EXPECT_TRUE(over);
    ASSERT_NE(fiber, nullptr);
    fiber->wake();
    EXPECT_EQ(pool.running(), 0u);
}

TEST(Fiber, EveryWaitAfterCancellationFailsAtOnce)
{
    FiberPool pool;
    int cancelled = 0;
    std::function<void()> body = [&] {
        for (int i = 0; i < 3; ++i) {
            auto woken = Fiber::current()->suspend();
            ASSERT_FALSE(woken);
            EXPECT_EQ(woken.error().kind, Error::Kind::cancelled);
            ++cancelled;
        }
        EXPECT_TRUE(Fiber::current()->cancelled());
    };
    Fiber* fiber = start(pool, body).value();
    ASSERT_NE(fiber, nullptr);
    EXPECT_FALSE(fiber->cancelled());
    fiber->cancel();
    EXPECT_EQ(cancelled, 3);
    EXPECT_EQ(pool.running(), 0u);
}

TEST(Fiber, CancellationIsForgottenByTheNextFiberOnTheSameStack)
{
    FiberPool pool;
    std::function<void()> body = [] { (void)Fiber::current()->suspend(); };
    start(pool, body).value()->cancel();
    Fiber* second = start(pool, body).value();
    ASSERT_NE(second, nullptr);
    EXPECT_FALSE(second->cancelled());
    second->wake();
    EXPECT_EQ(pool.running(), 0u);
}

TEST(Fiber, MayStartAndWakeOtherFibers)
{
    FiberPool pool;
    std::vector<int> order;
    std::function<void()> inner = [&] {
        order.push_back(2);
        (void)Fiber::current()->suspend();
        order.push_back(4);
    };
    std::function<void()> outer = [&] {
        Fiber* const self = Fiber::current();
        order.push_back(1);
        Fiber* other = start(pool, inner).value();
        EXPECT_EQ(Fiber::current(), self);
        order.push_back(3);
        other->wake();
        EXPECT_EQ(Fiber::current(), self);
        order.push_back(5);
    };
    EXPECT_EQ(start(pool, outer).value(), nullptr);
    EXPECT_EQ(order, (std::vector{1, 2, 3, 4, 5}));
}

TEST(Fiber, KeepsItsOwnExceptionsToItself)
{
    FiberPool pool;
    bool caught = false;
    std::function<void()> body = [&] {
        try {
            throw std::runtime_error("inside");
        } catch (const std::runtime_error&) {
            caught = true;
        }
    };
    EXPECT_TRUE(start(pool, body));
    EXPECT_TRUE(caught);
}

TEST(Fiber, TenThousandAtATimeAllComeBack)
{
    FiberPool pool;
    int ended = 0;
    std::function<void()> body = [&] {
        volatile char some_stack[4000];
        some_stack[0] = 1;
        some_stack[3999] = 1;
        for (int i = 0; i < 3; ++i) EXPECT_TRUE(Fiber::current()->suspend());
        ended += some_stack[0];
    };
    std::vector<Fiber*> fibers;
    for (int i = 0; i < 10'000; ++i) {
        auto fiber = start(pool, body);
        ASSERT_TRUE(fiber) << fiber.error().text;
        fibers.push_back(*fiber);
    }
    EXPECT_EQ(pool.running(), 10'000u);
    for (int i = 0; i < 3; ++i)
        for (Fiber* fiber : fibers) fiber->wake();
    EXPECT_EQ(ended, 10'000);
    EXPECT_EQ(pool.running(), 0u);
}

TEST(FiberPool, FailsAtItsLimitAndRecovers)
{
    FiberPool pool({.limit = 2});
    std::function<void()> body = [] { (void)Fiber::current()->suspend(); };
    Fiber* first = start(pool, body).value();
    Fiber* second = start(pool, body).value();
    auto third = start(pool, body);
    ASSERT_FALSE(third);
    EXPECT_EQ(third.error().kind, Error::Kind::too_large);
    first->wake();
    Fiber* again = start(pool, body).value();
    ASSERT_NE(again, nullptr);
    again->wake();
    second->wake();
}

TEST(FiberPool, CancelsWhatStillWaitsWhenDestroyed)
{
    bool unwound = false;
    std::function<void()> body = [&] {
        auto woken = Fiber::current()->suspend();
        unwound = !woken;
    };
    {
        FiberPool pool;
        ASSERT_TRUE(start(pool, body));
    }
    EXPECT_TRUE(unwound);
}

TEST(FiberPool, TrimGivesBackWhatThePeriodDidNotNeed)
{
    FiberPool pool;
    std::function<void()> body = [] { (void)Fiber::current()->suspend(); };
    for (int round = 0; round < 3; ++round) {
        std::vector<Fiber*> fibers;
        for (int i = 0; i < 20; ++i) fibers.push_back(start(pool, body).value());
        pool.trim();
        for (Fiber* fiber : fibers) fiber->wake();
        pool.trim();
        pool.trim();
        EXPECT_EQ(pool.running(), 0u);
    }
}

TEST(FiberDeathTest, AnExceptionOutOfAFiberEndsTheProgram)
{
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_DEATH(
        {
            FiberPool pool;
            std::function<void()> body = [] { throw std::runtime_error("nobody catches this"); };
            (void)start(pool, body);
        },
        "nobody catches this");
}

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Winfinite-recursion"
[[gnu::noinline]] int recurse_without_end(int depth)
{
    volatile char frame[512];
    frame[0] = static_cast<char>(depth);
    return recurse_without_end(depth + 1) + frame[0];
}
#pragma GCC diagnostic pop

TEST(FiberDeathTest, AnOverflowingStackIsNamed)
{
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    EXPECT_EXIT(
        {
            report_stack_overflows();
            FiberPool pool;
            std::function<void()> body = [] { (void)recurse_without_end(0); };
            (void)start(pool, body);
        },
        testing::KilledBySignal(SIGSEGV), "fiber stack overflow");
}

TEST(SleepOnFiber, LastsAtLeastItsDelayAndIsEndedByCancel)
{
    auto loop = Loop::create().value();
    FiberPool pool;
    int slept = 0;
    bool cancelled = false;
    std::function<void()> sleeper = [&] {
        EXPECT_TRUE(sleep_on_fiber(*loop, std::chrono::milliseconds(20)));
        ++slept;
        cancelled = !sleep_on_fiber(*loop, std::chrono::hours(1));
    };
    Fiber* fiber = start(pool, sleeper).value();
    const auto begin = Monotonic::now();
    fiber->wake(); // a stray wake does not shorten the sleep
    while (slept == 0) loop->turn(std::chrono::seconds(1));
    EXPECT_GE(Monotonic::now() - begin, std::chrono::milliseconds(19));
    fiber->cancel();
    EXPECT_TRUE(cancelled);
    EXPECT_EQ(pool.running(), 0u);
}

} // namespace
} // namespace signet::net
