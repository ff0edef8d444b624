#include "process/guardian.h"

#include "base/text.h"
#include "process/signals.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace signet::process {
namespace {

// Masters obey; workers whose master died heed SIGTERM and ignore the rest.
void pass_on(int number)
{
    const std::string self = std::to_string(::getpid());
    const auto children = read_file("/proc/self/task/" + self + "/children");
    if (!children) return;
    std::string_view rest = *children;
    while (!rest.empty()) {
        const auto word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        if (const auto child = parse_number<pid_t>(trim(word))) ::kill(*child, number);
    }
}

} // namespace

void become_guardian()
{
    ::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

int guard(const FileDescriptor& signals)
{
    // The error log may be a pipe, whose program would wait for our end, and we for its.
    const FileDescriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    ::dup2(null.get(), STDERR_FILENO);
    int code = 0;
    while (true) {
        int status = 0;
        pid_t ended = 0;
        while ((ended = ::waitpid(-1, &status, WNOHANG)) > 0) {
            if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) code = 1;
        }
        if (ended < 0 && errno == ECHILD) return code;
        pollfd waiting{.fd = signals.get(), .events = POLLIN, .revents = 0};
        ::poll(&waiting, 1, 1000);
        while (const auto number = next_signal(signals)) {
            if (*number != SIGCHLD) pass_on(*number);
        }
    }
}

} // namespace signet::process
