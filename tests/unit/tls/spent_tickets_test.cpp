#include "tls/spent_tickets.h"

#include <atomic>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

namespace signet::tls {
namespace {

using Verdict = SpentTickets::Verdict;

// Numbers differ in both halves: where a ticket may be, and how it is told apart there.
SpentTickets::Identity ticket(unsigned number, unsigned where = 0)
{
    SpentTickets::Identity identity{};
    for (size_t i = 0; i < 4; i++) {
        identity[i] = static_cast<unsigned char>(where >> (8 * i));
        identity[8 + i] = static_cast<unsigned char>(number >> (8 * i));
    }
    return identity;
}

TEST(SpentTickets, GrantATicketOnce)
{
    const auto tickets = SpentTickets::create(1024, 1000);
    ASSERT_TRUE(tickets);
    for (unsigned i = 0; i < 500; i++)
        EXPECT_EQ(tickets->claim(ticket(i, i), 1300, 1001), Verdict::granted) << i;
    for (unsigned i = 0; i < 500; i++)
        EXPECT_EQ(tickets->claim(ticket(i, i), 1300, 1299), Verdict::spent) << i;
}

TEST(SpentTickets, HaveRoomAgainWhenTicketsHaveExpired)
{
    const auto tickets = SpentTickets::create(16, 1000);
    ASSERT_TRUE(tickets);
    for (unsigned i = 0; i < 16; i++)
        EXPECT_EQ(tickets->claim(ticket(i), 1300 + i, 1001), Verdict::granted);
    EXPECT_EQ(tickets->claim(ticket(99), 1300, 1001), Verdict::full);
    EXPECT_EQ(tickets->claim(ticket(0), 1300, 1001), Verdict::spent) << "nothing was forgotten";
    EXPECT_EQ(tickets->claim(ticket(99), 1600, 1300), Verdict::granted);
    EXPECT_EQ(tickets->claim(ticket(100), 1600, 1300), Verdict::full);
    EXPECT_EQ(tickets->claim(ticket(99), 1600, 1300), Verdict::spent);
}

TEST(SpentTickets, TrustNoClockFromBeforeTheyWereMade)
{
    const auto tickets = SpentTickets::create(16, 1000);
    EXPECT_EQ(tickets->claim(ticket(1), 1300, 1001), Verdict::granted);
    EXPECT_EQ(tickets->claim(ticket(1), 1300, 999), Verdict::full);
}

TEST(SpentTickets, NeedAPowerOfTwo)
{
    EXPECT_FALSE(SpentTickets::create(0, 0));
    EXPECT_FALSE(SpentTickets::create(8, 0));
    EXPECT_FALSE(SpentTickets::create(1000, 0));
}

// Few places and tickets of equal number: processes meet in one bucket all the time.
TEST(SpentTickets, OfAllProcessesThatAskForATicketOneIsGrantedAtMost)
{
    constexpr unsigned count = 20000;
    const auto tickets = SpentTickets::create(SpentTickets::usual_places, 1000);
    const auto memory = SharedMemory::create("signet-test", count * sizeof(std::atomic<int>));
    ASSERT_TRUE(tickets && memory);
    auto* const granted = reinterpret_cast<std::atomic<int>*>(memory->data());
    std::vector<pid_t> processes;
    for (int i = 0; i < 4; i++) {
        processes.push_back(fork());
        ASSERT_GE(processes.back(), 0);
        if (processes.back() != 0) continue;
        for (unsigned one = 0; one < count; one++) {
            if (tickets->claim(ticket(one, one / 8), 1300, 1001) == Verdict::granted)
                ++granted[one];
        }
        _exit(0);
    }
    for (const pid_t process : processes) waitpid(process, nullptr, 0);
    unsigned once = 0;
    for (unsigned one = 0; one < count; one++) {
        ASSERT_LE(granted[one], 1) << one;
        once += granted[one] == 1 ? 1 : 0;
    }
    EXPECT_GT(once, count * 9 / 10);
}

} // namespace
} // namespace signet::tls
