// Child programs, channels between processes, helper threads.
#include "net/child.h"
#include "net/fiber.h"
#include "net/helper_threads.h"
#include "net/loop.h"
#include "net/unix_channel.h"
#include "open_descriptors.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace signet::net {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

ChildOptions shell(const std::string& script)
{
    return {.arguments = {"/bin/sh", "-c", script}, .environment = {"GREETING=hello"}};
}

TEST(RunChild, FeedsInputAndCollectsOutputAndStatus)
{
    auto ran = run_child(shell("read line; echo \"$GREETING $line\"; exit 3"), "world\n", 1000,
                         seconds(5));
    ASSERT_TRUE(ran) << ran.error().text;
    EXPECT_EQ(ran->output, "hello world\n");
    EXPECT_EQ(ran->status.code, 3);
    EXPECT_EQ(ran->status.text(), "exit status 3");
    EXPECT_FALSE(ran->status.ok());
}

TEST(RunChild, InheritsOnlyTheThreeStreams)
{
    const FileDescriptor leaky(open("/dev/null", O_RDONLY)); // deliberately not close-on-exec
    auto ran = run_child(shell("ls /proc/self/fd | wc -l; env | wc -l"), "", 1000, seconds(5));
    ASSERT_TRUE(ran);
    EXPECT_EQ(ran->output.substr(0, 2), "4\n"); // ls itself has the directory open
}

TEST(RunChild, SetsTheLimitsOfTheProgramOnly)
{
    rlimit before{};
    getrlimit(RLIMIT_CPU, &before);
    ChildOptions options = shell("ulimit -St; ulimit -Ht; ulimit -Sv");
    options.limits = {{.resource = RLIMIT_CPU, .soft = 7, .hard = 9},
                      {.resource = RLIMIT_AS, .soft = 1U << 30, .hard = 1U << 30}};
    auto ran = run_child(options, "", 1000, seconds(5));
    ASSERT_TRUE(ran) << ran.error().text;
    EXPECT_EQ(ran->output, "7\n9\n1048576\n");
    rlimit after{};
    getrlimit(RLIMIT_CPU, &after);
    EXPECT_EQ(after.rlim_cur, before.rlim_cur);
}

TEST(RunChild, SaysWhichStepFailed)
{
    ChildOptions limited = shell("true");
    limited.limits = {{.resource = RLIMIT_CPU, .soft = 9, .hard = 7}};
    const auto refused = run_child(limited, "", 1000, seconds(5));
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().text.find("resource limits"), std::string::npos);
    ChildOptions misplaced = shell("true");
    misplaced.directory = "/nonexistent";
    const auto lost = run_child(misplaced, "", 1000, seconds(5));
    ASSERT_FALSE(lost);
    EXPECT_NE(lost.error().text.find("/nonexistent"), std::string::npos);
}

TEST(RunChild, RunsAsSomebodyElse)
{
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    ChildOptions options = shell("id -u; id -g; id -G");
    options.identity = ChildIdentity{.user = 65534, .group = 65533, .groups = {65532}};
    options.environment.emplace_back("PATH=/usr/bin:/bin");
    auto ran = run_child(options, "", 1000, seconds(5));
    ASSERT_TRUE(ran) << ran.error().text;
    EXPECT_EQ(ran->output, "65534\n65533\n65533 65532\n");
    EXPECT_EQ(geteuid(), 0U);
}

TEST(RunChild, SignalHandlersAndMasksStayBehind)
{
    // Blocked and ignored here; the program must be free to be stopped by it.
    const auto before = signal(SIGUSR1, SIG_IGN);
    auto ran = run_child(shell("kill -USR1 $$; sleep 5"), "", 1000, seconds(4));
    signal(SIGUSR1, before);
    ASSERT_TRUE(ran) << ran.error().text;
    EXPECT_EQ(ran->status.signal, SIGUSR1);
}

TEST(RunChild, PassesMuchDataThroughBothPipes)
{
    const std::string much(1'000'000, 'x');
    auto ran =
        run_child({.arguments = {"/bin/cat"}, .environment = {}}, much, 2'000'000, seconds(5));
    ASSERT_TRUE(ran) << ran.error().text;
    EXPECT_EQ(ran->output, much);
}

TEST(RunChild, SurvivesAProgramThatDoesNotRead)
{
    const std::string much(1'000'000, 'x');
    auto ran = run_child({.arguments = {"/bin/true"}, .environment = {}}, much, 10, seconds(5));
    ASSERT_TRUE(ran) << ran.error().text;
    EXPECT_TRUE(ran->status.ok());
}

TEST(RunChild, FailsOnTimeOutOnTooMuchOutputAndOnNoProgram)
{
    EXPECT_EQ(run_child(shell("sleep 60 | sleep 60"), "", 10, milliseconds(50)).error().kind,
              Error::Kind::timed_out);
    EXPECT_EQ(run_child(shell("while :; do echo much; done"), "", 1000, seconds(5)).error().kind,
              Error::Kind::too_large);
    auto missing =
        run_child({.arguments = {"/nonexistent/x"}, .environment = {}}, "", 10, seconds(1));
    EXPECT_EQ(missing.error().text, "cannot run /nonexistent/x: No such file or directory");
    EXPECT_FALSE(Child::spawn({}));
}

TEST(Child, IsKilledWithItsGroupWhenDestroyed)
{
    pid_t pid = 0;
    {
        auto child = Child::spawn(shell("sleep 60 & wait")).value();
        pid = child.pid();
        EXPECT_EQ(kill(pid, 0), 0);
        EXPECT_EQ(child.wait(milliseconds(0)).error().kind, Error::Kind::timed_out);
    }
    EXPECT_EQ(kill(pid, 0), -1); // reaped
}

TEST(Child, TellsTheLoopThatItEnded)
{
    struct Watcher : EventHandler {
        bool called = false;
        void on_event(uint32_t) override { called = true; }
    } watcher;
    auto loop = Loop::create().value();
    auto child = Child::spawn(shell("kill -TERM $$")).value();
    ASSERT_TRUE(loop->watch_level(child.exit_descriptor(), watcher, false));
    for (int i = 0; i < 100 && !watcher.called; ++i) loop->turn(milliseconds(50));
    ASSERT_TRUE(watcher.called);
    loop->unwatch(child.exit_descriptor(), watcher);
    EXPECT_EQ(child.wait(milliseconds(0)).value().signal, SIGTERM);
    EXPECT_EQ(child.wait(milliseconds(0)).value().signal, SIGTERM); // may be asked again
}

TEST(Child, LeavesNoDescriptorBehind)
{
    const auto before = open_descriptors();
    for (int i = 0; i < 5; ++i) {
        auto options = shell("exit 0");
        options.input = options.errors = ChildStream::pipe;
        auto child = Child::spawn(options);
        EXPECT_TRUE(child);
        EXPECT_FALSE(Child::spawn({.arguments = {"/nonexistent/x"}, .environment = {}}));
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST(UnixChannel, CarriesAMessageWithDescriptors)
{
    const auto before = open_descriptors();
    {
        auto [a, b] = UnixChannel::pair().value();
        int ends[2];
        ASSERT_EQ(pipe(ends), 0);
        const FileDescriptor reading(ends[0]);
        const FileDescriptor writing(ends[1]);
        EXPECT_TRUE(a.send("take these", ends).value());
        auto message = b.receive().value();
        EXPECT_EQ(message.bytes, "take these");
        ASSERT_EQ(message.descriptors.size(), 2u);
        EXPECT_NE(fcntl(message.descriptors[0].get(), F_GETFD) & FD_CLOEXEC, 0);
        ASSERT_EQ(write(message.descriptors[1].get(), "!", 1), 1);
        char got = 0;
        EXPECT_EQ(read(reading.get(), &got, 1), 1);
        EXPECT_EQ(got, '!');
    }
    EXPECT_EQ(open_descriptors(), before);
}

TEST(UnixChannel, KeepsMessagesApartAndSeesTheEnd)
{
    auto [a, b] = UnixChannel::pair().value();
    using State = UnixChannel::Message::State;
    EXPECT_EQ(b.receive()->state, State::would_block);
    EXPECT_TRUE(a.send("one").value());
    EXPECT_TRUE(a.send(std::string(UnixChannel::max_message, '2')).value());
    EXPECT_EQ(b.receive()->bytes, "one");
    EXPECT_EQ(b.receive()->bytes.size(), UnixChannel::max_message);
    a.close();
    EXPECT_EQ(b.receive()->state, State::closed);
    EXPECT_FALSE(b.send("nobody there"));
}

TEST(UnixChannel, RefusesWhatCannotArriveWhole)
{
    auto [a, b] = UnixChannel::pair().value();
    const int nine[9] = {};
    EXPECT_FALSE(a.send(""));
    EXPECT_FALSE(a.send(std::string(UnixChannel::max_message + 1, 'x')));
    EXPECT_FALSE(a.send("x", nine));
}

TEST(UnixChannel, BlockingCallsWaitOrTimeOut)
{
    auto [a, b] = UnixChannel::pair().value();
    EXPECT_EQ(b.receive_blocking(milliseconds(10)).error().kind, Error::Kind::timed_out);
    std::thread late([&a = a] {
        std::this_thread::sleep_for(milliseconds(20));
        EXPECT_TRUE(a.send_blocking("late", {}, seconds(1)));
    });
    EXPECT_EQ(b.receive_blocking(seconds(5))->bytes, "late");
    late.join();
    Result<bool> sent = true;
    for (int i = 0; i < 10000 && sent && *sent; ++i) sent = a.send("fill");
    EXPECT_FALSE(sent.value());
    EXPECT_EQ(a.send_blocking("x", {}, milliseconds(10)).error().kind, Error::Kind::timed_out);
}

struct HelperTest : testing::Test {
    std::unique_ptr<Loop> loop = Loop::create().value();
    FiberPool pool;
    Fiber* start(std::function<void()>& body)
    {
        return pool.start([](void* what) { (*static_cast<std::function<void()>*>(what))(); }, &body)
            .value();
    }
    void turn_until_idle()
    {
        for (int i = 0; i < 500 && pool.running() > 0; ++i) loop->turn(milliseconds(10));
        EXPECT_EQ(pool.running(), 0u);
    }
};

TEST_F(HelperTest, WorkRunsElsewhereAndTheFiberGetsItsResult)
{
    HelperThreads helpers(*loop);
    int total = 0;
    std::function<void()> body = [&] {
        auto result = helpers.call([loop_thread = std::this_thread::get_id()] {
            EXPECT_NE(std::this_thread::get_id(), loop_thread);
            return 7;
        });
        total += result.value();
    };
    for (int i = 0; i < 50; ++i) start(body);
    turn_until_idle();
    EXPECT_EQ(total, 350);
}

TEST_F(HelperTest, CancellingReturnsAtOnceAndTheWorkEndsByItself)
{
    auto ended = std::make_shared<std::atomic<bool>>(false);
    bool cancelled = false;
    {
        HelperThreads helpers(*loop, 1);
        std::function<void()> body = [&] {
            auto done = helpers.run([ended] {
                std::this_thread::sleep_for(milliseconds(50));
                *ended = true;
            });
            cancelled = !done;
        };
        Fiber* fiber = start(body);
        ASSERT_NE(fiber, nullptr);
        std::this_thread::sleep_for(milliseconds(10)); // let the thread take it
        fiber->cancel();
        EXPECT_TRUE(cancelled);
    }
    EXPECT_TRUE(*ended);
    loop->turn(milliseconds(10)); // the posted result finds nobody
    EXPECT_EQ(pool.running(), 0u);
}

} // namespace
} // namespace signet::net
