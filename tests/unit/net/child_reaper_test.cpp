#include "net/child_reaper.h"

#include "net/loop.h"

#include <gtest/gtest.h>

#include <csignal>
#include <unistd.h>

namespace signet::net {
namespace {

using std::chrono::milliseconds;

Child start(const std::string& script)
{
    auto child = Child::spawn({.arguments = {"/bin/sh", "-c", script}, .environment = {}});
    EXPECT_TRUE(child);
    return std::move(*child);
}

// Waits until the program has written a line.
void hear(Child& child)
{
    char byte = 0;
    for (int i = 0; i < 500 && ::read(child.output().get(), &byte, 1) != 1; ++i) ::usleep(10'000);
}

void turn_until_empty(Loop& loop, const ChildReaper& reaper, std::chrono::seconds limit)
{
    const auto end = Monotonic::now() + limit;
    while (reaper.waiting() > 0 && Monotonic::now() < end) loop.turn(milliseconds(20));
}

TEST(ChildReaper, ReapsAtOnceWhatHasEnded)
{
    const auto loop = std::move(*Loop::create());
    ChildReaper reaper(*loop);
    Child child = start("exit 0");
    while (!child.wait(milliseconds(100))) {
    }
    reaper.take(std::move(child));
    EXPECT_EQ(reaper.waiting(), 0U);
}

TEST(ChildReaper, AsksAProgramToEnd)
{
    const auto loop = std::move(*Loop::create());
    ChildReaper reaper(*loop);
    Child child = start("echo; exec sleep 60");
    const pid_t pid = child.pid();
    hear(child);
    reaper.take(std::move(child));
    EXPECT_EQ(reaper.waiting(), 1U);
    turn_until_empty(*loop, reaper, std::chrono::seconds(2));
    EXPECT_EQ(reaper.waiting(), 0U);
    EXPECT_NE(::kill(pid, 0), 0);
}

TEST(ChildReaper, MakesAProgramEndThatIgnoresTheRequest)
{
    const auto loop = std::move(*Loop::create());
    ChildReaper reaper(*loop);
    Child child = start("trap '' TERM; echo; while :; do sleep 1; done");
    hear(child);
    const auto began = Monotonic::now();
    reaper.take(std::move(child));
    turn_until_empty(*loop, reaper, std::chrono::seconds(10));
    EXPECT_EQ(reaper.waiting(), 0U);
    EXPECT_GE(Monotonic::now() - began, ChildReaper::patience - milliseconds(100));
}

TEST(ChildReaper, LeavesAProgramAloneForTheDelay)
{
    const auto loop = std::move(*Loop::create());
    ChildReaper reaper(*loop);
    Child child = start("trap 'exit 1' TERM; echo; sleep 0.3");
    hear(child);
    reaper.take(std::move(child), std::chrono::seconds(30));
    turn_until_empty(*loop, reaper, std::chrono::seconds(5));
    EXPECT_EQ(reaper.waiting(), 0U);
}

TEST(ChildReaper, KillsWhatIsLeftWhenItGoes)
{
    const auto loop = std::move(*Loop::create());
    pid_t pid = 0;
    {
        ChildReaper reaper(*loop);
        Child child = start("trap '' TERM; echo; while :; do sleep 1; done");
        pid = child.pid();
        hear(child);
        reaper.take(std::move(child));
    }
    EXPECT_NE(::kill(pid, 0), 0);
}

} // namespace
} // namespace signet::net
