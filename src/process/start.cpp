#include "process/start.h"

#include "base/obstacle.h"
#include "base/text.h"
#include "process/log.h"
#include "process/master.h"
#include "process/pid_file.h"
#include "process/privileges.h"
#include "process/service_manager.h"
#include "process/signals.h"
#include "process/worker_process.h"
#include "server/banner.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <functional>
#include <sys/resource.h>
#include <unistd.h>

namespace signet::process {
namespace {

using diagnosis::Severity;

void say(const std::string& text)
{
    std::fputs((text + "\n").c_str(), stdout);
    std::fflush(stdout);
}

void complain(const std::string& text)
{
    std::fputs((text + "\n").c_str(), stderr);
}

// Connections and cached files need descriptors: as many as we may have.
void raise_descriptor_limit()
{
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= limit.rlim_max) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

// Leaves the terminal: its signals, its end and its screen are no longer ours.
void detach(const server::Configuration& configuration)
{
    ::setsid();
    if (::chdir("/") != 0) complain("cannot enter /");
    const FileDescriptor null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    ::dup2(null.get(), STDIN_FILENO);
    ::dup2(null.get(), STDOUT_FILENO);
    const auto& log = configuration.main.error_log;
    if (!log || log->sink().descriptor() < 0) ::dup2(null.get(), STDERR_FILENO);
}

void complain_about_pid_file(const std::string& path, const PidFile& file)
{
    const std::string why = obstacle(path, Subject::self());
    complain("AH00058: Error retrieving pid file " + path + ": "
             + (why.empty() ? file.trouble : why));
    complain("AH00059: Remove it before continuing if it is corrupted.");
}

// Start failed after the terminal was left: only the error log could be told why.
constexpr int exit_said_in_log = 2;

// One run of the server, up to the end of its process.
class Start {
public:
    Start(const CommandLine& line, const Loader& loader, std::function<void()> started)
        : line_(line)
        , loader_(loader)
        , started_(std::move(started))
    {
    }

    Start(const CommandLine& line, const Loader& loader, Takeover takeover)
        : line_(line)
        , loader_(loader)
        , takeover_(std::make_shared<Takeover>(std::move(takeover)))
    {
        // Here, not in run_master(): a worker must not keep the channel of a takeover open, and a
        // function object is all that the master makes it forget.
        started_ = [this, takeover = takeover_] { release_predecessor(*takeover); };
    }

    int run()
    {
        config::Diagnostics diagnostics;
        configuration_ = takeover_ ? loader_.load(std::move(takeover_->inheritance), diagnostics)
                                   : loader_.load(false, nullptr, diagnostics);
        std::fputs(loader_.report(diagnostics).c_str(), stderr);
        if (!configuration_) return 1;
        pid_path_ = configuration_->path(configuration_->process.pid_file);
        if (!takeover_) {
            if (const auto answer = look_at_pid_file()) return *answer;
        }
        warn_of_closed_directories();
        if (!open_sockets()) return 1;
        raise_descriptor_limit();
        if (::geteuid() != 0 && !configuration_->process.user.empty()) {
            note(message::group_ignored, Severity::notice,
                 "not started by root: User and Group have no effect");
        }
        if (!line_.foreground) detach(*configuration_);
        redirect_standard_error(*configuration_);
        // During a takeover the file goes on naming the server that can still answer for the name.
        if (!takeover_ && !own_pid_file()) return 1;
        takeover_.reset();
        return line_.single_process ? run_alone() : run_master();
    }

private:
    void note(int id, Severity severity, const std::string& text, const char* module = "core") const
    {
        log(configuration_->main, {.severity = severity, .module = module, .id = id, .text = text});
    }

    [[nodiscard]] bool own_pid_file()
    {
        auto written = write_pid_file(pid_path_, ::getpid());
        if (written) return true;
        const std::string why = obstacle(pid_path_, Subject::self());
        const std::string text =
            "could not create " + pid_path_ + ": " + (why.empty() ? written.error().text : why);
        complain("AH00099: " + text);
        // At the end of a takeover the master has the configuration, and standard error is the log.
        if (configuration_) note(message::pid_file_unwritable, Severity::error, text);
        return false;
    }

    // Our workers serve: the old master may go. If the pid file cannot be ours, we do.
    void release_predecessor(Takeover& takeover)
    {
        if (!own_pid_file()) {
            ::kill(::getpid(), SIGTERM);
        } else if (!takeover.done()) {
            complain("the server before this one is gone already");
        }
    }

    // Workers of this server need no lock files. Who names a directory for them expects it to be
    // usable all the same, and programs that share it do need it.
    void warn_of_closed_directories() const
    {
        const auto identity = worker_identity(configuration_->process);
        if (::geteuid() != 0 || !identity) return;
        const auto worker = Subject::of(identity->user, identity->group);
        for (const auto& [name, lock] : configuration_->process.mutexes) {
            const std::string& mechanism = lock.mechanism;
            const auto colon = mechanism.find(':');
            if (colon == mechanism.npos) continue;
            const std::string directory = configuration_->path(mechanism.substr(colon + 1));
            const std::string why = obstacle(directory + "/", worker);
            if (why.empty()) continue;
            note(message::directory_closed, Severity::warn, "Mutex " + mechanism + ": " + why);
        }
    }

    // An exit code when there is no point in going on.
    [[nodiscard]] std::optional<int> look_at_pid_file() const
    {
        const PidFile file = read_pid_file(pid_path_);
        switch (file.state) {
        case PidFile::State::missing: break;
        case PidFile::State::running: say(describe(file)); return 0;
        case PidFile::State::corrupted: complain_about_pid_file(pid_path_, file); return 1;
        case PidFile::State::gone:
            note(message::pid_file_stale, Severity::warn,
                 "pid file " + pid_path_
                     + " overwritten -- Unclean shutdown of previous Apache run?");
            break;
        case PidFile::State::foreign:
            if (file.pid == ::getpid()) break;
            note(message::pid_file_foreign, Severity::warn,
                 "pid file " + pid_path_ + " names process " + std::to_string(file.pid)
                     + ", which is " + file.program + "; the file is overwritten");
            break;
        }
        return std::nullopt;
    }

    [[nodiscard]] bool open_sockets()
    {
        auto inherited = takeover_ ? Result<ListeningSockets>(std::move(takeover_->sockets))
                                   : inherited_sockets();
        auto opened = inherited ? open_listeners(*configuration_, *inherited)
                                : Result<ListeningSockets>(std::unexpected(inherited.error()));
        if (opened && !opened->empty()) {
            note_unused(*inherited, *opened);
            sockets_ = std::move(*opened);
            return true;
        }
        if (opened) {
            note(message::no_sockets, Severity::alert,
                 "no listening sockets available, shutting down");
        } else {
            complain(opened.error().text);
            note(message::sockets_failed, Severity::alert, opened.error().text);
        }
        complain("no listening sockets available, shutting down");
        complain("AH00015: Unable to open logs");
        return false;
    }

    void note_unused(const ListeningSockets& inherited, const ListeningSockets& used) const
    {
        for (const auto& socket : inherited) {
            if (std::ranges::find(used, socket) != used.end()) continue;
            note(message::socket_unused, Severity::notice,
                 "the socket " + socket->address.text()
                     + (takeover_ ? " of the server before" : " of the service manager")
                     + " is not used: there is no such Listen");
        }
    }

    int run_alone()
    {
        note(message::running, Severity::notice,
             server::server_banner(*configuration_) + " configured -- resuming normal operations",
             "mpm_event");
        note(message::command_line, Severity::notice, "Command line: '" + line_.text + "'");
        notify_ready(::getpid(), "Serving with one process");
        auto scoreboard = Scoreboard::create(1);
        WorkerSlot* slot = scoreboard ? scoreboard->take(1, wall_micros() / 1'000'000) : nullptr;
        if (slot) slot->pid = ::getpid();
        const auto& process = configuration_->process;
        const int code = run_single_process({.configuration = configuration_,
                                             .sockets = std::move(sockets_),
                                             .board = slot ? &*scoreboard : nullptr,
                                             .slot = slot,
                                             .capacity = server::capacity_of(process, 1),
                                             .connection_limit = process::connection_limit()});
        remove_pid_file(pid_path_, ::getpid());
        return code;
    }

    int run_master()
    {
        auto scoreboard = Scoreboard::create();
        if (!scoreboard) {
            note(message::worker_cannot_start, Severity::alert, scoreboard.error().text);
            remove_pid_file(pid_path_, ::getpid());
            return 1;
        }
        bool served = false;
        Master master(line_, loader_, std::move(*scoreboard));
        const int code = master.run(std::move(configuration_), std::move(sockets_), [&] {
            served = true;
            started_();
        });
        return served || code == 0 ? code : exit_said_in_log;
    }

    const CommandLine& line_;
    const Loader& loader_;
    std::function<void()> started_;
    std::shared_ptr<Takeover> takeover_;
    std::shared_ptr<server::Configuration> configuration_;
    std::string pid_path_;
    ListeningSockets sockets_;
};

// The process that was called stays until the one in the background serves, and exits as it says.
int start_in_background(const CommandLine& line, const Loader& loader)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
        complain(fail_errno("pipe").error().text);
        return 1;
    }
    FileDescriptor reading(ends[0]);
    FileDescriptor writing(ends[1]);
    const pid_t pid = ::fork();
    if (pid < 0) {
        complain(fail_errno("fork").error().text);
        return 1;
    }
    const auto report = [&writing](int code) {
        const auto byte = static_cast<char>(code);
        if (writing && ::write(writing.get(), &byte, 1) != 1)
            complain("nobody waits for the start");
        writing.reset();
    };
    if (pid == 0) {
        reading.reset();
        const int code = Start(line, loader, [&] { report(0); }).run();
        if (writing) report(code);
        return code;
    }
    writing.reset();
    char code = 0;
    ssize_t got = 0;
    while ((got = ::read(reading.get(), &code, 1)) < 0 && errno == EINTR) {
    }
    if (got == 1 && code != exit_said_in_log) return code;
    complain("the server could not start; its error log says why");
    return 1;
}

int send_signal(pid_t pid, int number)
{
    if (::kill(pid, number) == 0) return 0;
    complain(std::string("sending signal to server: ") + std::strerror(errno));
    return 1;
}

} // namespace

int start(const CommandLine& line, const Loader& loader)
{
    if (!line.foreground) return start_in_background(line, loader);
    return Start(line, loader, [] {}).run() == 0 ? 0 : 1;
}

int take_over(const CommandLine& line, const Loader& loader, Takeover takeover)
{
    return Start(line, loader, std::move(takeover)).run() == 0 ? 0 : 1;
}

std::optional<int> order_running_server(const CommandLine& line, const Loader& loader)
{
    config::Diagnostics diagnostics;
    const auto configuration = loader.load(true, nullptr, diagnostics);
    std::fputs(loader.report(diagnostics).c_str(), stderr);
    if (!configuration) return 1;
    const std::string path = configuration->path(configuration->process.pid_file);
    const PidFile file = read_pid_file(path);
    if (file.state == PidFile::State::corrupted) {
        complain_about_pid_file(path, file);
        return 1;
    }
    const bool running = file.state == PidFile::State::running;
    switch (line.order) {
    case Order::stop:
    case Order::graceful_stop:
        if (running) return send_signal(file.pid, line.order == Order::stop ? SIGTERM : SIGWINCH);
        say(describe(file));
        return 0;
    case Order::restart:
    case Order::graceful:
        if (running) return send_signal(file.pid, line.order == Order::restart ? SIGHUP : SIGUSR1);
        say("httpd not running, trying to start");
        return std::nullopt;
    case Order::upgrade:
        if (running) return send_signal(file.pid, upgrade_signal());
        say(describe(file));
        return 1;
    case Order::none:
    case Order::start: break;
    }
    return std::nullopt;
}

} // namespace signet::process
