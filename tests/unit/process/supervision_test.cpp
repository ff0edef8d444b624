// The parts of supervision that need no process: how many workers, when again, which sockets.
#include "process/generation.h"
#include "process/listeners.h"
#include "process/scoreboard.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

namespace signet::process {
namespace {

using namespace std::chrono_literals;

server::ListenAddress listen_on(const char* host, uint16_t port)
{
    return {.address = *net::Address::parse(host, port)};
}

server::ListenAddress listen_everywhere(uint16_t port)
{
    return {.address = net::Address::any_v6(port), .dual_stack = true};
}

TEST(BackOff, AWorkerThatLivedLongIsReplacedAtOnce)
{
    BackOff back_off;
    const auto now = Monotonic::now();
    EXPECT_EQ(back_off.died(now, 1h), now);
}

TEST(BackOff, ShortLivesWaitLongerAndLongerUpToALimit)
{
    BackOff back_off;
    const auto now = Monotonic::now();
    EXPECT_EQ(back_off.died(now, 1s), now + 100ms);
    EXPECT_EQ(back_off.died(now, 1s), now + 200ms);
    EXPECT_EQ(back_off.died(now, 1s), now + 400ms);
    for (int i = 0; i < 40; ++i) static_cast<void>(back_off.died(now, 0s));
    EXPECT_EQ(back_off.died(now, 0s), now + 5s);
}

TEST(BackOff, ALongLifeForgivesTheShortOnes)
{
    BackOff back_off;
    const auto now = Monotonic::now();
    for (int i = 0; i < 5; ++i) static_cast<void>(back_off.died(now, 0s));
    static_cast<void>(back_off.died(now, 1h));
    EXPECT_EQ(back_off.died(now, 0s), now + 100ms);
}

TEST(Workers, MaxRequestWorkersBoundsTheirNumber)
{
    EXPECT_GE(worker_count({}), 1U);
    EXPECT_EQ(worker_count({.max_request_workers = 1}), 1U);
}

TEST(Workers, DescriptorsBoundTheConnections)
{
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit small{.rlim_cur = 1024, .rlim_max = before.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &small), 0);
    EXPECT_EQ(connection_limit(), 384U);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST(Listeners, TheSameAddressIsOpenedOnce)
{
    const std::vector<server::ListenAddress> listeners{
        listen_on("127.0.0.1", 80), listen_on("127.0.0.1", 443), listen_on("127.0.0.1", 80)};
    EXPECT_EQ(plan_listeners(listeners).size(), 2U);
}

TEST(Listeners, AnIpv4WildcardYieldsToASocketForBoth)
{
    const std::vector<server::ListenAddress> listeners{
        listen_on("0.0.0.0", 80), listen_everywhere(80), listen_on("0.0.0.0", 81)};
    const auto planned = plan_listeners(listeners);
    ASSERT_EQ(planned.size(), 2U);
    EXPECT_TRUE(planned[0].is_v6());
    EXPECT_EQ(planned[1].port(), 81);
}

TEST(Listeners, AReloadKeepsTheSocketsBothGenerationsName)
{
    server::Configuration configuration({});
    configuration.listeners = {listen_on("127.0.0.1", 0)};
    auto first = open_listeners(configuration, {});
    ASSERT_TRUE(first) << first.error().text;
    auto second = open_listeners(configuration, *first);
    ASSERT_TRUE(second);
    EXPECT_EQ(first->front(), second->front());
}

TEST(Listeners, AWiderAddressOpensBesideTheNarrowOneOfTheOldGeneration)
{
    // A free port, known by having been bound.
    server::Configuration narrow({});
    narrow.listeners = {listen_on("127.0.0.1", 0)};
    auto probe = open_listeners(narrow, {});
    ASSERT_TRUE(probe);
    sockaddr_in bound{};
    socklen_t length = sizeof bound;
    ASSERT_EQ(::getsockname(probe->front()->descriptor.get(), reinterpret_cast<sockaddr*>(&bound),
                            &length),
              0);
    const auto port = static_cast<uint16_t>((bound.sin_port >> 8) | (bound.sin_port << 8));
    probe->front()->address = *net::Address::parse("127.0.0.1", port);

    server::Configuration wider({});
    wider.listeners = {listen_on("0.0.0.0", port)};
    EXPECT_FALSE(open_listeners(wider, {})) << "a stranger's socket stays in the way";
    EXPECT_TRUE(open_listeners(wider, *probe));
    EXPECT_FALSE(open_listeners(wider, {})) << "the permission was for that call only";
}

TEST(Scoreboard, SlotsAreTakenAndFreed)
{
    auto board = Scoreboard::create(2);
    ASSERT_TRUE(board);
    WorkerSlot* first = board->take(7, 1000);
    WorkerSlot* second = board->take(7, 1000);
    ASSERT_TRUE(first && second);
    EXPECT_NE(first, second);
    EXPECT_EQ(first->generation, 7U);
    EXPECT_EQ(first->state, WorkerSlot::State::starting);
    EXPECT_EQ(board->take(8, 1000), nullptr);
    board->free(*first);
    EXPECT_EQ(board->take(8, 1000), first);
}

TEST(Scoreboard, AChildsNumbersAreSeenByItsParent)
{
    auto board = Scoreboard::create(1);
    WorkerSlot* slot = board->take(1, 0);
    const pid_t child = ::fork();
    if (child == 0) {
        slot->totals.requests += 42;
        ::_exit(0);
    }
    ::waitpid(child, nullptr, 0);
    EXPECT_EQ(slot->totals.requests, 42U);
    board->free(*slot);
    EXPECT_EQ(board->ended().requests, 42U) << "what ended workers counted is kept";
}

} // namespace
} // namespace signet::process
