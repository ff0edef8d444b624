#include "process/pid_file.h"

#include "base/file.h"

#include <csignal>
#include <cstdlib>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace signet::process {
namespace {

using State = PidFile::State;

class PidFileTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        char name[] = "/tmp/signet-pid-XXXXXX";
        ASSERT_NE(::mkdtemp(name), nullptr);
        directory = name;
        path = directory + "/httpd.pid";
    }
    void TearDown() override
    {
        ::unlink(path.c_str());
        ::rmdir(directory.c_str());
    }
    void contain(std::string_view text) { ASSERT_TRUE(write_file_atomically(path, text)); }

    // A child that waits for its end under a name of its own.
    static pid_t start_child(const char* name)
    {
        int ends[2];
        if (::pipe(ends) != 0) return -1;
        const pid_t child = ::fork();
        if (child == 0) {
            if (name) ::prctl(PR_SET_NAME, name);
            ::close(ends[1]);
            ::close(ends[0]);
            while (true) ::pause();
        }
        ::close(ends[1]);
        char byte = 0;
        static_cast<void>(!::read(ends[0], &byte, 1)); // ends when the child has its name
        ::close(ends[0]);
        return child;
    }
    static void end_child(pid_t child)
    {
        ::kill(child, SIGKILL);
        ::waitpid(child, nullptr, 0);
    }

    std::string directory, path;
};

TEST_F(PidFileTest, WithoutAFileNothingRuns)
{
    EXPECT_EQ(read_pid_file(path).state, State::missing);
    EXPECT_EQ(describe(read_pid_file(path)), "httpd (no pid file) not running");
}

TEST_F(PidFileTest, ALivingServerOfOurNameRuns)
{
    const pid_t child = start_child(nullptr);
    ASSERT_TRUE(write_pid_file(path, child));
    EXPECT_EQ(read_pid_file(path).state, State::running);
    EXPECT_EQ(describe(read_pid_file(path)),
              "httpd (pid " + std::to_string(child) + ") already running");
    end_child(child);
}

TEST_F(PidFileTest, AProcessThatHasEndedDoesNot)
{
    const pid_t child = start_child(nullptr);
    end_child(child);
    ASSERT_TRUE(write_pid_file(path, child));
    EXPECT_EQ(read_pid_file(path).state, State::gone);
    EXPECT_EQ(describe(read_pid_file(path)),
              "httpd (pid " + std::to_string(child) + "?) not running");
}

TEST_F(PidFileTest, AnotherProgramOfThatNumberIsNamed)
{
    const pid_t child = start_child("somebody-else");
    ASSERT_TRUE(write_pid_file(path, child));
    const auto file = read_pid_file(path);
    EXPECT_EQ(file.state, State::foreign);
    EXPECT_EQ(file.program, "somebody-else");
    end_child(child);
}

TEST_F(PidFileTest, OurOwnNumberWasLeftBySomebodyElse)
{
    ASSERT_TRUE(write_pid_file(path, ::getpid()));
    EXPECT_EQ(read_pid_file(path).state, State::foreign);
}

TEST_F(PidFileTest, TextThatIsNoNumberIsCorrupted)
{
    for (const char* text : {"", "garbage\n", "12x\n", "-1\n", "0\n", "99999999999999\n"}) {
        contain(text);
        EXPECT_EQ(read_pid_file(path).state, State::corrupted) << text;
    }
}

TEST_F(PidFileTest, RemovesOnlyItsOwnNumber)
{
    contain("1\n");
    remove_pid_file(path, ::getpid());
    EXPECT_EQ(::access(path.c_str(), F_OK), 0);
    contain(std::to_string(::getpid()) + "\n");
    remove_pid_file(path, ::getpid());
    EXPECT_NE(::access(path.c_str(), F_OK), 0);
}

} // namespace
} // namespace signet::process
