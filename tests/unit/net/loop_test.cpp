// The event loop: order of timeouts, forgotten events, deferred and posted calls.
#include "net/loop.h"

#include "net/unix_channel.h"
#include "open_descriptors.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace signet::net {
namespace {

using std::chrono::milliseconds;

struct Recorder : EventHandler {
    std::function<void(uint32_t)> action = [](uint32_t) {};
    int calls = 0;
    void on_event(uint32_t events) override
    {
        ++calls;
        action(events);
    }
};

struct LoopTest : testing::Test {
    std::unique_ptr<Loop> loop = Loop::create().value();
};

TEST_F(LoopTest, EdgeTriggeredEventsComeOnceUntilSomethingChanges)
{
    auto [a, b] = UnixChannel::pair().value();
    Recorder recorder;
    ASSERT_TRUE(loop->watch(a.get(), recorder));
    loop->turn(milliseconds(0));
    EXPECT_EQ(recorder.calls, 1); // writable
    loop->turn(milliseconds(0));
    EXPECT_EQ(recorder.calls, 1);
    uint32_t seen = 0;
    recorder.action = [&](uint32_t events) { seen = events; };
    ASSERT_TRUE(b.send("x").value());
    loop->turn(milliseconds(0));
    EXPECT_EQ(recorder.calls, 2);
    EXPECT_TRUE(seen & event_readable);
    b.close();
    loop->turn(milliseconds(0));
    EXPECT_TRUE(seen & event_hangup);
    loop->unwatch(a.get(), recorder);
}

TEST_F(LoopTest, LevelTriggeredEventsComeBackUntilRead)
{
    auto [a, b] = UnixChannel::pair().value();
    Recorder recorder;
    ASSERT_TRUE(loop->watch_level(a.get(), recorder, true));
    ASSERT_TRUE(b.send("x").value());
    loop->turn(milliseconds(0));
    loop->turn(milliseconds(0));
    EXPECT_EQ(recorder.calls, 2);
    ASSERT_TRUE(a.receive());
    loop->turn(milliseconds(0));
    EXPECT_EQ(recorder.calls, 2);
    loop->unwatch(a.get(), recorder);
}

TEST_F(LoopTest, AHandlerDestroyedByAnotherInTheSameTurnHearsNothing)
{
    auto [a, b] = UnixChannel::pair().value();
    auto first = std::make_unique<Recorder>();
    auto second = std::make_unique<Recorder>();
    int total = 0;
    // Both are ready in the same turn; whichever runs first destroys the other.
    auto destroy = [&](std::unique_ptr<Recorder>& other, int descriptor) {
        ++total;
        if (other != nullptr) loop->unwatch(descriptor, *other);
        other.reset();
    };
    first->action = [&, fd = b.get()](uint32_t) { destroy(second, fd); };
    second->action = [&, fd = a.get()](uint32_t) { destroy(first, fd); };
    ASSERT_TRUE(loop->watch(a.get(), *first));
    ASSERT_TRUE(loop->watch(b.get(), *second));
    loop->turn(milliseconds(0));
    EXPECT_EQ(total, 1);
    EXPECT_NE(first == nullptr, second == nullptr);
}

TEST_F(LoopTest, ADescriptorReusedInTheSameTurnDoesNotGetTheOldEvents)
{
    auto [a, b] = UnixChannel::pair().value();
    Recorder first;
    Recorder second;
    Recorder heir;
    int replaced = -1;
    auto replace = [&](UnixChannel& other, Recorder& handler) {
        replaced = other.get();
        loop->unwatch(replaced, handler);
        other.close();
        // A fresh epoll-able descriptor takes the lowest free number: the one just closed.
        auto fresh = UnixChannel::pair().value();
        ASSERT_EQ(fresh.first.get(), replaced);
        other = std::move(fresh.first);
        ASSERT_TRUE(loop->watch_level(replaced, heir, false));
    };
    first.action = [&](uint32_t) {
        if (replaced < 0) replace(b, second);
    };
    second.action = [&](uint32_t) {
        if (replaced < 0) replace(a, first);
    };
    ASSERT_TRUE(loop->watch(a.get(), first));
    ASSERT_TRUE(loop->watch(b.get(), second));
    loop->turn(milliseconds(0));
    EXPECT_EQ(first.calls + second.calls, 1);
    EXPECT_EQ(heir.calls, 0);
}

TEST_F(LoopTest, WatchingAClosedDescriptorFails)
{
    Recorder recorder;
    EXPECT_FALSE(loop->watch(-1, recorder));
    EXPECT_FALSE(loop->watch(987654, recorder));
    loop->unwatch(987654, recorder);
}

struct Note {
    std::vector<int>* order;
    int number;
};
void write_down(void* what)
{
    const auto& note = *static_cast<Note*>(what);
    note.order->push_back(note.number);
}

TEST_F(LoopTest, TimeoutsExpireInOrderOfTheirDeadlines)
{
    std::vector<int> order;
    Note notes[] = {{&order, 0}, {&order, 1}, {&order, 2}, {&order, 3}};
    Timeout timeouts[4];
    loop->arm(timeouts[3], milliseconds(30), write_down, &notes[3]);
    loop->arm(timeouts[0], milliseconds(5), write_down, &notes[0]);
    loop->arm(timeouts[1], milliseconds(5), write_down, &notes[1]);
    loop->arm(timeouts[2], milliseconds(15), write_down, &notes[2]);
    const auto begin = Monotonic::now();
    while (order.size() < 4) loop->turn(milliseconds(1000));
    EXPECT_EQ(order, (std::vector{0, 1, 2, 3}));
    EXPECT_GE(Monotonic::now() - begin, milliseconds(29));
    EXPECT_LT(Monotonic::now() - begin, milliseconds(900));
    EXPECT_FALSE(timeouts[0].armed());
}

TEST_F(LoopTest, RearmingMovesATimeoutAndDestroyingDisarms)
{
    std::vector<int> order;
    Note notes[] = {{&order, 0}, {&order, 1}, {&order, 2}};
    Timeout moved;
    Timeout fixed;
    loop->arm(moved, milliseconds(5), write_down, &notes[0]);
    loop->arm(fixed, milliseconds(5), write_down, &notes[1]);
    loop->arm(moved, milliseconds(5), write_down, &notes[0]); // now behind `fixed`
    {
        Timeout gone;
        loop->arm(gone, milliseconds(5), write_down, &notes[2]);
        EXPECT_TRUE(gone.armed());
    }
    while (order.size() < 2) loop->turn(milliseconds(1000));
    loop->turn(milliseconds(10));
    EXPECT_EQ(order, (std::vector{1, 0}));
}

TEST_F(LoopTest, ATimeoutMayArmItselfAnewWithoutDelay)
{
    struct Again {
        Loop& loop;
        Timeout timeout{};
        int count = 0;
        static void fire(void* self)
        {
            auto& again = *static_cast<Again*>(self);
            if (++again.count < 3) again.loop.arm(again.timeout, milliseconds(0), fire, self);
        }
    } again{*loop};
    Again::fire(&again);
    for (int i = 0; i < 100 && again.count < 3; ++i) loop->turn(milliseconds(100));
    EXPECT_EQ(again.count, 3);
}

TEST_F(LoopTest, AThousandDifferentDelaysAllExpireAndNoneEarly)
{
    int expired = 0;
    struct Item {
        Timeout timeout{};
        Monotonic::time_point earliest{};
        int* expired = nullptr;
    };
    std::vector<Item> items(1000);
    for (size_t i = 0; i < items.size(); ++i) {
        const milliseconds delay(1 + i % 200);
        items[i].earliest = loop->now() + delay;
        items[i].expired = &expired;
        loop->arm(
            items[i].timeout, delay,
            [](void* self) {
                auto& item = *static_cast<Item*>(self);
                EXPECT_GE(Monotonic::now(), item.earliest);
                ++*item.expired;
            },
            &items[i]);
    }
    const auto limit = Monotonic::now() + std::chrono::seconds(5);
    while (expired < 1000 && Monotonic::now() < limit) loop->turn(milliseconds(100));
    EXPECT_EQ(expired, 1000);
}

TEST_F(LoopTest, DeferredCallsRunAtTheEndOfTheTurnUnlessTakenBack)
{
    std::vector<int> order;
    Note notes[] = {{&order, 0}, {&order, 1}, {&order, 2}};
    for (auto& note : notes) loop->defer(write_down, &note);
    loop->undefer(&notes[1]);
    EXPECT_TRUE(order.empty());
    loop->turn(std::chrono::hours(1)); // does not sleep with calls pending
    EXPECT_EQ(order, (std::vector{0, 2}));
}

TEST_F(LoopTest, ACallThatDefersItselfForEverDoesNotStopTheLoop)
{
    struct Again {
        Loop& loop;
        int count = 0;
        static void run(void* self)
        {
            ++static_cast<Again*>(self)->count;
            static_cast<Again*>(self)->loop.defer(run, self);
        }
    } again{*loop};
    loop->defer(Again::run, &again);
    loop->turn(milliseconds(0));
    loop->turn(std::chrono::hours(1));
    EXPECT_GE(again.count, 2);
    EXPECT_LT(again.count, 100);
}

TEST_F(LoopTest, PostFromAnotherThreadWakesTheLoop)
{
    int sum = 0;
    std::thread other([&] {
        for (int i = 1; i <= 100; ++i) loop->post([&sum, i] { sum += i; });
        loop->post([this] { loop->stop(); });
    });
    loop->run();
    other.join();
    EXPECT_EQ(sum, 5050);
}

TEST(LoopLife, LeavesNoDescriptorBehind)
{
    const auto before = open_descriptors();
    {
        auto loop = Loop::create().value();
    }
    EXPECT_EQ(open_descriptors(), before);
}

} // namespace
} // namespace signet::net
