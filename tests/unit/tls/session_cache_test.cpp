#include "tls/session_cache.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace signet::tls {
namespace {

std::vector<unsigned char> id(unsigned number)
{
    std::vector<unsigned char> bytes(32);
    for (size_t i = 0; i < bytes.size(); i++) {
        bytes[i] = static_cast<unsigned char>(number >> (8 * (i % 4)));
    }
    return bytes;
}
std::vector<unsigned char> session(unsigned number, size_t size = 150)
{
    std::vector<unsigned char> bytes(size, static_cast<unsigned char>(number));
    return bytes;
}
bool holds(SessionCache& cache, unsigned number, int64_t now = 0, size_t size = 150)
{
    const auto found = cache.find(id(number), now);
    const auto wanted = session(number, size);
    return found && *found == std::string(wanted.begin(), wanted.end());
}

TEST(SessionCache, GivesBackWhatWasStored)
{
    auto cache = SessionCache::create(100000);
    ASSERT_TRUE(cache);
    for (unsigned i = 0; i < 100; i++) ASSERT_TRUE(cache->store(id(i), session(i), 300, 0));
    for (unsigned i = 0; i < 100; i++) EXPECT_TRUE(holds(*cache, i)) << i;
    EXPECT_FALSE(cache->find(id(1000), 0));
    const auto counters = cache->counters();
    EXPECT_EQ(counters.sessions, 100U);
    EXPECT_EQ(counters.hits, 100U);
    EXPECT_EQ(counters.misses, 1U);
}

TEST(SessionCache, SessionsExpire)
{
    auto cache = SessionCache::create(8192);
    ASSERT_TRUE(cache->store(id(1), session(1), 300, 0));
    EXPECT_TRUE(holds(*cache, 1, 299));
    EXPECT_FALSE(holds(*cache, 1, 300));
    EXPECT_EQ(cache->counters().expired, 1U);
    EXPECT_EQ(cache->counters().sessions, 0U);
}

TEST(SessionCache, RemovedSessionsAreGoneAndStoredOnesReplaced)
{
    auto cache = SessionCache::create(8192);
    (void)cache->store(id(1), session(1), 300, 0);
    (void)cache->store(id(1), session(1, 90), 300, 0);
    EXPECT_TRUE(holds(*cache, 1, 0, 90));
    EXPECT_EQ(cache->counters().sessions, 1U);
    cache->remove(id(1));
    cache->remove(id(2));
    EXPECT_FALSE(holds(*cache, 1));
    EXPECT_EQ(cache->counters().sessions, 0U);
}

TEST(SessionCache, TheOldestMakeRoomForTheNewest)
{
    auto cache = SessionCache::create(8192);
    for (unsigned i = 0; i < 5000; i++) {
        const size_t size = 10 + i * 37 % 900;
        ASSERT_TRUE(cache->store(id(i), session(i, size), 300, 0));
        ASSERT_TRUE(holds(*cache, i, 0, size)) << i;
        if (i > 3) {
            ASSERT_TRUE(holds(*cache, i - 3, 0, 10 + (i - 3) * 37 % 900)) << i;
        }
    }
    EXPECT_FALSE(holds(*cache, 0));
    EXPECT_GT(cache->counters().evicted, 4000U);
    EXPECT_EQ(cache->counters().sessions + cache->counters().evicted, 5000U);
}

TEST(SessionCache, TheAgesOfWhatMadeRoomAreKept)
{
    auto cache = SessionCache::create(8192);
    const auto slots = static_cast<unsigned>(cache->shape(0).slots_per_stripe);
    for (unsigned i = 0; i < slots; i++) ASSERT_TRUE(cache->store(id(i), session(i), 300, 0));
    cache->remove(id(0)); // makes room, and is not missed
    ASSERT_TRUE(cache->store(id(1000), session(0), 310, 10));
    EXPECT_EQ(cache->counters().evicted, 0U);
    ASSERT_TRUE(cache->store(id(1001), session(0), 320, 20));
    ASSERT_TRUE(cache->store(id(1002), session(0), 400, 100));
    const auto counted = cache->counters();
    EXPECT_EQ(counted.evicted, 2U);
    EXPECT_EQ(counted.evicted_age_least, 20U);
    EXPECT_EQ(counted.evicted_age_most, 100U);
    EXPECT_EQ(counted.evicted_age_sum, 120U);
    EXPECT_EQ(counted.evicted_left_sum, 280U + 200U);
    // Expired ones are no loss.
    ASSERT_TRUE(cache->store(id(1003), session(0), 900, 600));
    EXPECT_EQ(cache->counters().evicted, 2U);
    EXPECT_GT(cache->counters().expired, 0U);
}

TEST(SessionCache, WhatIsTooLargeIsRefused)
{
    auto cache = SessionCache::create(8192);
    EXPECT_FALSE(cache->store(id(1), session(1, 9000), 300, 0));
    EXPECT_FALSE(cache->store({}, session(1), 300, 0));
    EXPECT_EQ(cache->counters().too_large, 2U);
    EXPECT_FALSE(SessionCache::create(100));
}

TEST(SessionCache, IsSharedBetweenProcesses)
{
    auto cache = SessionCache::create(100000);
    const pid_t child = fork();
    if (child == 0) {
        (void)cache->store(id(7), session(7), 300, 0);
        _exit(0);
    }
    waitpid(child, nullptr, 0);
    EXPECT_TRUE(holds(*cache, 7));
}

TEST(SessionCache, AProcessKilledAtAnyMomentLeavesAWorkingCache)
{
    auto cache = SessionCache::create(16384);
    for (int round = 0; round < 20; round++) {
        const pid_t child = fork();
        if (child == 0) {
            for (unsigned i = 0;; i++) (void)cache->store(id(i), session(i), 300, 0);
        }
        usleep(static_cast<useconds_t>(500 + round * 137));
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
        ASSERT_TRUE(cache->store(id(1), session(1), 300, 0));
        ASSERT_TRUE(holds(*cache, 1));
    }
}

} // namespace
} // namespace signet::tls
