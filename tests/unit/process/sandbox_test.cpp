// The filter of system calls, in a child that is thrown away.
#include "process/sandbox.h"

#include "net/child.h"

#include <cerrno>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

namespace signet::process {
namespace {

// What `check` returns in a process under the filter.
int under_filter(int (*check)())
{
    const pid_t child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
        if (!forbid_calls()) ::_exit(100);
        ::_exit(check());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 200;
}

class Sandbox : public ::testing::Test {
protected:
    void SetUp() override
    {
#if defined(__SANITIZE_ADDRESS__)
        GTEST_SKIP() << "no filter under a sanitizer";
#else
        if (under_filter([] { return 0; }) == 100) GTEST_SKIP() << "seccomp is not allowed here";
#endif
    }
};

TEST_F(Sandbox, ForbiddenCallsFailWithEperm)
{
    EXPECT_EQ(under_filter([] { return ::ptrace(PTRACE_TRACEME, 0, 0, 0) == 0 ? 0 : errno; }),
              EPERM);
    EXPECT_EQ(under_filter([] { return ::umount2("/", 1 << 20) == 0 ? 0 : errno; }), EPERM);
    EXPECT_EQ(::umount2("/", 1 << 20), -1);
    EXPECT_EQ(errno, EINVAL) << "without the filter the kernel looks at the flags first";
}

TEST_F(Sandbox, ProgramsCanStillBeStartedAndInheritIt)
{
    EXPECT_EQ(under_filter([] {
                  net::ChildOptions options{
                      .arguments = {"/bin/sh", "-c", "grep -c '^Seccomp:.2' /proc/self/status"},
                      .environment = {"PATH=/usr/bin:/bin"}};
                  const auto ran = net::run_child(options, "", 100, std::chrono::seconds(5));
                  return ran && ran->output == "1\n" ? 0 : 1;
              }),
              0);
}

TEST_F(Sandbox, NothingThatServingNeedsIsOnTheList)
{
    for (const std::string_view name : forbidden_calls()) {
        for (const std::string_view needed :
             {"execve", "clone", "clone3", "vfork", "setrlimit", "prlimit64", "splice", "sendfile",
              "madvise", "inotify_init1", "getrandom", "mprotect"}) {
            EXPECT_NE(name, needed);
        }
    }
}

} // namespace
} // namespace signet::process
