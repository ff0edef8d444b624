#include "base/file.h"
#include "server/log_sink.h"
#include "server/log_sink_kinds.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

namespace signet::server {
namespace {

class LogSinkTest : public testing::Test {
protected:
    LogSinkTest()
    {
        char name[] = "/tmp/signet-log-XXXXXX";
        directory = ::mkdtemp(name);
    }
    ~LogSinkTest() override { std::system(("rm -rf " + directory).c_str()); }

    [[nodiscard]] std::string read(const std::string& name) const
    {
        return read_file(directory + "/" + name).value_or("missing");
    }
    // Waits for a program to have written `text`, at most two seconds.
    [[nodiscard]] bool appears(const std::string& name, const std::string& text) const
    {
        for (int i = 0; i < 200; ++i, ::usleep(10'000)) {
            if (read(name) == text) return true;
        }
        return false;
    }

    std::string directory;
    LogSinks sinks;
};

TEST_F(LogSinkTest, FileGetsLinesAtFlush)
{
    auto sink = *sinks.open(directory + "/log");
    sink->append("one\n");
    sink->append("two\n");
    EXPECT_EQ(read("log"), "");
    sinks.flush_all();
    EXPECT_EQ(read("log"), "one\ntwo\n");
}

TEST_F(LogSinkTest, OneTargetIsOpenedOnce)
{
    EXPECT_EQ(*sinks.open(directory + "/log"), *sinks.open(directory + "/log"));
}

TEST_F(LogSinkTest, ReopenAfterRotationKeepsOldLinesInTheOldFile)
{
    auto sink = *sinks.open(directory + "/log");
    sink->append("old\n");
    ASSERT_EQ(::rename((directory + "/log").c_str(), (directory + "/log.1").c_str()), 0);
    sinks.reopen_all();
    sink->append("new\n");
    sinks.flush_all();
    EXPECT_EQ(read("log.1"), "old\n");
    EXPECT_EQ(read("log"), "new\n");
}

TEST_F(LogSinkTest, FullDeviceDropsAndCounts)
{
    auto sink = *sinks.open("/dev/full");
    const std::string line(1000, 'x');
    for (int i = 0; i < 3000; ++i) sink->append(line + "\n");
    sinks.flush_all();
    EXPECT_GT(sink->dropped(), 1000U);
}

TEST_F(LogSinkTest, NewsTellOnceThatALogCannotBeWrittenAndOnceThatItCanBeAgain)
{
    const std::string path = directory + "/fifo";
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    FileDescriptor reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    auto sink = *sinks.open(path);
    EXPECT_TRUE(sinks.news().empty());
    const std::string line(1000, 'x');
    for (int i = 0; i < 1200; ++i) sink->append(line + "\n"); // more than pipe and queue hold
    sinks.flush_all();
    const auto first = sinks.news();
    ASSERT_EQ(first.size(), 1U);
    EXPECT_EQ(first[0].target, path);
    EXPECT_EQ(first[0].system_error, EAGAIN);
    EXPECT_TRUE(sinks.news().empty());
    std::string bytes(1 << 16, '\0');
    while (sink->failure() != 0) {
        while (::read(reader.get(), bytes.data(), bytes.size()) > 0) {
        }
        sinks.flush_all();
    }
    const auto second = sinks.news();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(second[0].system_error, 0);
    EXPECT_GT(second[0].lost, 0U);
    EXPECT_LT(second[0].lost, 200U);
}

TEST_F(LogSinkTest, PipedProgramIsStartedAgainOnTheSamePipe)
{
    auto sink = *sinks.open("|$cat >> " + directory + "/piped");
    sink->append("first\n");
    sinks.flush_all();
    ASSERT_TRUE(appears("piped", "first\n"));
    const pid_t program = sink->program();
    ASSERT_GT(program, 0);
    ::kill(program, SIGKILL);
    ::waitpid(program, nullptr, 0);
    sink->append("second\n"); // while nobody reads
    sinks.flush_all();
    EXPECT_TRUE(sinks.child_ended(program));
    EXPECT_FALSE(sinks.child_ended(program));
    EXPECT_NE(sink->program(), program);
    EXPECT_TRUE(appears("piped", "first\nsecond\n"));
    ::kill(sink->program(), SIGKILL);
    ::waitpid(sink->program(), nullptr, 0);
}

TEST_F(LogSinkTest, PlainPipeRunsWithoutShell)
{
    auto sink = *sinks.open("|/usr/bin/tee '" + directory + "/a b'");
    sink->append("x\n");
    sinks.flush_all();
    EXPECT_TRUE(appears("a b", "x\n"));
    ::kill(sink->program(), SIGKILL);
    ::waitpid(sink->program(), nullptr, 0);
}

TEST_F(LogSinkTest, MissingProgramIsAnError)
{
    EXPECT_FALSE(sinks.open("|/nonexistent/program").has_value());
    EXPECT_FALSE(sinks.open("|").has_value());
}

TEST_F(LogSinkTest, FullPipeNeverBlocks)
{
    auto sink = *sinks.open("|/bin/sleep 60");
    const std::string line(100, 'x');
    for (int i = 0; i < 30'000; ++i) sink->append(line + "\n");
    sinks.flush_all();
    EXPECT_GT(sink->dropped(), 0U);
    ::kill(sink->program(), SIGKILL);
    ::waitpid(sink->program(), nullptr, 0);
}

TEST(LineQueue, WritesWholeLinesOfAtMostPipeBuf)
{
    int ends[2];
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0); // keeps writes apart
    const FileDescriptor reader(ends[0]);
    const FileDescriptor writer(ends[1]);
    LineQueue queue;
    for (int i = 0; i < 10; ++i) queue.add(std::string(999, 'a') + "\n");
    queue.write_to(writer.get(), PIPE_BUF);
    char buffer[2 * PIPE_BUF];
    EXPECT_EQ(::recv(reader.get(), buffer, sizeof buffer, 0), 4000);
    EXPECT_EQ(::recv(reader.get(), buffer, sizeof buffer, 0), 4000);
    EXPECT_EQ(::recv(reader.get(), buffer, sizeof buffer, 0), 2000);
}

TEST_F(LogSinkTest, SyslogGetsPriorityTagAndText)
{
    const std::string path = directory + "/log.socket";
    const FileDescriptor socket(::socket(AF_UNIX, SOCK_DGRAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    auto sink = *open_syslog("local1:web", path);
    sink->append("text\n", diagnosis::Severity::error);
    char buffer[200];
    const auto size = ::recv(socket.get(), buffer, sizeof buffer, 0);
    ASSERT_GT(size, 0);
    const std::string_view message(buffer, static_cast<size_t>(size));
    EXPECT_TRUE(message.starts_with("<139>")) << message; // local1 (17 × 8) + error (3)
    EXPECT_TRUE(message.ends_with(" web[" + std::to_string(::getpid()) + "]: text")) << message;
}

TEST(LogSinkCheck, MissingDirectoryIsReportedInApachesWords)
{
    EXPECT_EQ(LogSink::check("/nonexistent/x").error().text,
              "(2)No such file or directory: AH02291: Cannot access directory '/nonexistent/'");
    EXPECT_TRUE(LogSink::check("/tmp/x").has_value());
    EXPECT_TRUE(LogSink::check("|/nonexistent/x").has_value());
}

} // namespace
} // namespace signet::server
