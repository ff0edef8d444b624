// vfork(2) and execve(2) with every descriptor above 2 closed, signals at their defaults, and a
// pidfd.
#include "net/child.h"

#include "base/clock.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <span>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace signet::net {

namespace {

using Milliseconds = std::chrono::milliseconds;

struct Pipe {
    FileDescriptor ours;
    FileDescriptor theirs;
};

// Above 2, so that the child's dup2 calls cannot tread on a source that is still needed.
Result<FileDescriptor> raise(FileDescriptor descriptor)
{
    if (descriptor.get() > STDERR_FILENO) return descriptor;
    FileDescriptor higher(fcntl(descriptor.get(), F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
    if (!higher) return fail_errno("fcntl");
    return higher;
}

Result<Pipe> open_pipe(bool we_write)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
    auto reading = raise(FileDescriptor(ends[0]));
    auto writing = raise(FileDescriptor(ends[1]));
    if (!reading) return std::unexpected(std::move(reading.error()));
    if (!writing) return std::unexpected(std::move(writing.error()));
    Pipe made{std::move(we_write ? *writing : *reading), std::move(we_write ? *reading : *writing)};
    if (fcntl(made.ours.get(), F_SETFL, O_NONBLOCK) != 0) return fail_errno("fcntl");
    return made;
}

std::vector<char*> pointers(const std::vector<std::string>& texts)
{
    std::vector<char*> out;
    out.reserve(texts.size() + 1);
    // The child gets a copy; execve(2) writes to neither.
    for (const auto& text : texts) out.push_back(const_cast<char*>(text.c_str()));
    out.push_back(nullptr);
    return out;
}

// Everything the child needs between vfork(2) and execve(2), made beforehand: until then it runs in
// our memory, so it only makes system calls. (posix_spawn(3) does the same, but sets no limits.)
struct Launch {
    const ChildOptions& options;
    std::vector<char*> arguments = pointers(options.arguments);
    std::vector<char*> environment = pointers(options.environment);
    std::array<FileDescriptor, 3> streams{}; // none: ours is inherited
    // Written by the child when it fails.
    const char* failed_at = nullptr;
    int error = 0;

    Result<void> connect(ChildStream how, int target, FileDescriptor& ours)
    {
        auto& stream = streams[static_cast<size_t>(target)];
        if (how == ChildStream::inherit) return {};
        if (how == ChildStream::null) {
            const int flags = target == STDIN_FILENO ? O_RDONLY : O_WRONLY;
            auto opened = raise(FileDescriptor(::open("/dev/null", flags | O_CLOEXEC)));
            if (!opened) return std::unexpected(std::move(opened.error()));
            stream = std::move(*opened);
            return {};
        }
        auto made = open_pipe(target == STDIN_FILENO);
        if (!made) return std::unexpected(std::move(made.error()));
        ours = std::move(made->ours);
        stream = std::move(made->theirs);
        return {};
    }
};

void close_from(unsigned first)
{
    if (::close_range(first, ~0U, 0) == 0) return;
    rlimit limit{}; // a kernel before 5.9
    ::getrlimit(RLIMIT_NOFILE, &limit);
    for (unsigned i = first; i < limit.rlim_cur; ++i) ::close(static_cast<int>(i));
}

bool apply_limits(const std::vector<ChildLimit>& limits)
{
    for (const auto& limit : limits) {
        const rlimit value{.rlim_cur = limit.soft, .rlim_max = limit.hard};
        if (::setrlimit(static_cast<__rlimit_resource>(limit.resource), &value) != 0) return false;
    }
    return true;
}

// System calls themselves: the library's functions would tell our threads to become it, too.
bool apply_identity(const ChildIdentity& who)
{
    return ::syscall(SYS_setgroups, who.groups.size(), who.groups.data()) == 0
           && ::syscall(SYS_setresgid, who.group, who.group, who.group) == 0
           && ::syscall(SYS_setresuid, who.user, who.user, who.user) == 0;
}

bool connect_streams(const std::array<FileDescriptor, 3>& streams)
{
    for (int target = 0; target < 3; ++target) {
        const auto& stream = streams[static_cast<size_t>(target)];
        if (stream && ::dup2(stream.get(), target) < 0) return false;
    }
    return true;
}

// In the child. Returns only when something failed; `failed_at` says what.
void become_program(Launch& launch)
{
    const auto& options = launch.options;
    // Handlers would run in our memory. Signals are blocked until all are at their defaults.
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    launch.failed_at = "setpgid";
    if (::setpgid(0, 0) != 0) return;
    launch.failed_at = "standard streams";
    if (!connect_streams(launch.streams)) return;
    close_from(STDERR_FILENO + 1);
    launch.failed_at = "resource limits";
    if (!apply_limits(options.limits)) return;
    launch.failed_at = "change of user";
    if (options.identity && !apply_identity(*options.identity)) return;
    launch.failed_at = options.directory.c_str();
    if (!options.directory.empty() && ::chdir(options.directory.c_str()) != 0) return;
    launch.failed_at = options.arguments.front().c_str();
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execve(launch.arguments.front(), launch.arguments.data(), launch.environment.data());
}

// No signal is delivered meanwhile.
class AllSignalsHeld {
public:
    AllSignalsHeld()
    {
        sigset_t all;
        sigfillset(&all);
        ::pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    AllSignalsHeld(const AllSignalsHeld&) = delete;
    AllSignalsHeld& operator=(const AllSignalsHeld&) = delete;
    ~AllSignalsHeld() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

private:
    sigset_t before_;
};

// We stand still until the child has executed the program or ended, however big this process is:
// nothing is copied.
Result<pid_t> start(Launch& launch)
{
    const AllSignalsHeld held;
    const pid_t pid = ::vfork(); // NOLINT(bugprone-unsafe-functions): posix_spawn knows no limits
    if (pid == 0) {
        become_program(launch);
        launch.error = errno;
        ::_exit(127);
    }
    if (pid < 0) return fail_errno("vfork");
    if (launch.error == 0) return pid;
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    const std::string& program = launch.options.arguments.front();
    const std::string where =
        launch.failed_at == program ? "" : std::string(launch.failed_at) + ": ";
    return fail("cannot run " + program + ": " + where + std::strerror(launch.error));
}

// poll(2) until something happens or the deadline has passed.
Result<void> poll_until(std::span<pollfd> descriptors, Monotonic::time_point deadline)
{
    while (true) {
        const auto left = std::chrono::ceil<Milliseconds>(deadline - Monotonic::now()).count();
        const int ready = ::poll(descriptors.data(), descriptors.size(),
                                 static_cast<int>(std::clamp<int64_t>(left, 0, 1'000'000)));
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return fail_errno("poll");
        if (left <= 0) return std::unexpected(Error::timed_out());
    }
}

} // namespace

std::string ExitStatus::text() const
{
    if (signal == 0) return "exit status " + std::to_string(code);
    return "signal " + std::to_string(signal) + " (" + strsignal(signal) + ")";
}

Result<Child> Child::spawn(const ChildOptions& options)
{
    if (options.arguments.empty() || options.arguments.front().empty())
        return fail("no program to run");
    Child child;
    Launch plan{.options = options};
    if (auto done = plan.connect(options.input, STDIN_FILENO, child.input_); !done)
        return std::unexpected(std::move(done.error()));
    if (auto done = plan.connect(options.output, STDOUT_FILENO, child.output_); !done)
        return std::unexpected(std::move(done.error()));
    if (auto done = plan.connect(options.errors, STDERR_FILENO, child.errors_); !done)
        return std::unexpected(std::move(done.error()));
    auto pid = start(plan);
    if (!pid) return std::unexpected(std::move(pid.error()));
    child.pid_ = *pid;
    // The number cannot be somebody else's yet: only this object reaps it.
    child.pidfd_ = FileDescriptor(static_cast<int>(syscall(SYS_pidfd_open, *pid, 0)));
    if (!child.pidfd_) return fail_errno("pidfd_open");
    return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1))
    , status_(other.status_)
    , reaped_(other.reaped_)
    , pidfd_(std::move(other.pidfd_))
    , input_(std::move(other.input_))
    , output_(std::move(other.output_))
    , errors_(std::move(other.errors_))
{
}

Child& Child::operator=(Child&& other) noexcept
{
    if (this != &other) {
        end();
        pid_ = std::exchange(other.pid_, -1);
        status_ = other.status_;
        reaped_ = other.reaped_;
        pidfd_ = std::move(other.pidfd_);
        input_ = std::move(other.input_);
        output_ = std::move(other.output_);
        errors_ = std::move(other.errors_);
    }
    return *this;
}

Child::~Child()
{
    end();
}

void Child::end()
{
    if (pid_ < 0) return;
    kill(SIGKILL);
    while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
}

void Child::kill(int signal) const
{
    if (pid_ > 0) ::kill(-pid_, signal);
}

Result<ExitStatus> Child::wait(Milliseconds limit)
{
    if (reaped_) return status_;
    std::array waiting{pollfd{.fd = pidfd_.get(), .events = POLLIN, .revents = 0}};
    if (auto ended = poll_until(waiting, Monotonic::now() + limit); !ended)
        return std::unexpected(std::move(ended.error()));
    int status = 0;
    pid_t reaped = 0;
    do {
        reaped = waitpid(pid_, &status, 0);
    } while (reaped < 0 && errno == EINTR);
    pid_ = -1;
    if (reaped < 0) return fail_errno("waitpid");
    if (WIFSIGNALED(status))
        status_.signal = WTERMSIG(status);
    else
        status_.code = WEXITSTATUS(status);
    reaped_ = true;
    return status_;
}

namespace {

// Moves what can be moved without waiting. Closes `pipe` when it is over.
void feed(FileDescriptor& pipe, std::string_view& input)
{
    const ssize_t written = ::write(pipe.get(), input.data(), input.size());
    if (written > 0) input.remove_prefix(static_cast<size_t>(written));
    const bool broken = written < 0 && errno != EAGAIN && errno != EINTR;
    if (input.empty() || broken) pipe.reset();
}

Result<void> collect(FileDescriptor& pipe, std::string& output, size_t most)
{
    std::array<char, 16 * 1024> buffer;
    const ssize_t got = ::read(pipe.get(), buffer.data(), buffer.size());
    if (got > 0) {
        output.append(buffer.data(), static_cast<size_t>(got));
        if (output.size() > most) return fail(Error::Kind::too_large, "too much output");
    } else if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        pipe.reset();
    }
    return {};
}

// Writing to a program that stopped reading must be an error, not the end of this one. A signal
// that arrived meanwhile is taken back, so that the old mask does not let it loose.
class BrokenPipeShield {
public:
    BrokenPipeShield()
    {
        sigemptyset(&set_);
        sigaddset(&set_, SIGPIPE);
        pthread_sigmask(SIG_BLOCK, &set_, &before_);
    }
    BrokenPipeShield(const BrokenPipeShield&) = delete;
    BrokenPipeShield& operator=(const BrokenPipeShield&) = delete;
    ~BrokenPipeShield()
    {
        const timespec now{};
        if (sigismember(&before_, SIGPIPE) == 0) sigtimedwait(&set_, nullptr, &now);
        pthread_sigmask(SIG_SETMASK, &before_, nullptr);
    }

private:
    sigset_t set_;
    sigset_t before_;
};

} // namespace

Result<ChildOutput> run_child(ChildOptions options, std::string_view input, size_t max_output,
                              Milliseconds limit)
{
    const auto deadline = Monotonic::now() + limit;
    options.input = input.empty() ? ChildStream::null : ChildStream::pipe;
    options.output = ChildStream::pipe;
    if (options.errors == ChildStream::pipe) options.errors = ChildStream::null;
    auto child = Child::spawn(options);
    if (!child) return std::unexpected(std::move(child.error()));
    const BrokenPipeShield shield;
    const auto explain = [&](Error error) {
        error.text = options.arguments.front() + ": " + error.text;
        return std::unexpected(std::move(error));
    };
    ChildOutput out;
    while (child->output()) {
        // A negative descriptor is skipped by poll(2).
        std::array waiting{
            pollfd{.fd = child->output().get(), .events = POLLIN, .revents = 0},
            pollfd{.fd = child->input().get(), .events = POLLOUT, .revents = 0},
        };
        if (auto ready = poll_until(waiting, deadline); !ready) return explain(ready.error());
        if (waiting[1].revents != 0) feed(child->input(), input);
        if (waiting[0].revents != 0)
            if (auto got = collect(child->output(), out.output, max_output); !got)
                return explain(got.error());
    }
    child->input().reset();
    auto status = child->wait(
        std::max(std::chrono::ceil<Milliseconds>(deadline - Monotonic::now()), Milliseconds(0)));
    if (!status) return explain(status.error());
    out.status = *status;
    return out;
}

} // namespace signet::net
