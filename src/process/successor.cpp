#include "process/successor.h"

#include "process/control.h"
#include "process/takeover.h"

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sys/wait.h>
#include <unistd.h>

namespace signet::process {
namespace {

using namespace std::chrono_literals;

constexpr auto time_to_serve = 60s;

// In the new process. Of our descriptors it keeps standard ones and its end of the channel: all
// others are close-on-exec.
[[noreturn]] void become(const std::string& program, const CommandLine& line, int channel)
{
    std::vector<char*> arguments;
    arguments.reserve(line.words.size() + 1);
    for (const auto& word : line.words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    const int kept = ::dup(channel); // without close-on-exec
    ::setenv(takeover_variable, std::to_string(kept).c_str(), 1);
    // A watchdog of systemd means the process that has this number.
    if (::getenv("WATCHDOG_PID")) {
        ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    }
    if (kept >= 0 && ::chdir(line.directory.c_str()) == 0) {
        ::execv(program.c_str(), arguments.data());
    }
    std::fprintf(stderr, "cannot run %s: %s\n", program.c_str(), std::strerror(errno));
    ::_exit(127);
}

} // namespace

Result<std::string> find_program(const std::string& word, const std::string& directory,
                                 std::string_view search_path)
{
    const auto below = [](std::string_view folder, const std::string& name) {
        return std::string(folder) + (folder.ends_with('/') ? "" : "/") + name;
    };
    if (word.find('/') != word.npos) {
        const auto path = word.starts_with('/') ? word : below(directory, word);
        if (::access(path.c_str(), X_OK) != 0) return fail_errno(path);
        return path;
    }
    while (!search_path.empty()) {
        const auto folder = search_path.substr(0, search_path.find(':'));
        search_path.remove_prefix(std::min(search_path.size(), folder.size() + 1));
        const auto from =
            folder.starts_with('/') ? std::string(folder) : below(directory, std::string(folder));
        if (const auto path = below(from, word); ::access(path.c_str(), X_OK) == 0) return path;
    }
    return fail("there is no program " + word + " in PATH");
}

Successor::Successor(pid_t pid, net::UnixChannel channel)
    : pid_(pid)
    , channel_(std::move(channel))
    , deadline_(Monotonic::now() + time_to_serve)
{
}

Result<Successor> Successor::start(const CommandLine& line, const ListeningSockets& sockets,
                                   const Inheritance& inheritance)
{
    const char* search_path = ::getenv("PATH");
    auto program = find_program(line.program, line.directory, search_path ? search_path : "");
    if (!program) return std::unexpected(program.error());
    auto ends = net::UnixChannel::pair();
    if (!ends) return std::unexpected(ends.error());
    const pid_t pid = ::fork();
    if (pid < 0) return fail_errno("fork");
    if (pid == 0) become(*program, line, ends->second.get());
    Successor successor(pid, std::move(ends->first));
    ends->second.close(); // or its death would go unnoticed
    if (auto given = successor.bequeath(sockets, inheritance); !given) {
        ::kill(pid, SIGKILL);
        return std::unexpected(given.error());
    }
    return successor;
}

Result<void> Successor::bequeath(const ListeningSockets& sockets, const Inheritance& inheritance)
{
    using Kind = ControlMessage::Kind;
    std::vector<int> descriptors;
    for (const auto& socket : sockets) descriptors.push_back(socket->descriptor.get());
    for (std::span<const int> rest(descriptors); !rest.empty();) {
        const auto part = rest.first(std::min(rest.size(), net::UnixChannel::max_descriptors));
        if (auto sent = send(channel_, {Kind::sockets}, part); !sent) return sent;
        rest = rest.subspan(part.size());
    }
    for (const auto& [secret, descriptor] : pack(inheritance)) {
        ControlMessage message{Kind::inheritance, std::string(secret.text())};
        auto sent = send(channel_, message, {&descriptor, descriptor >= 0 ? 1U : 0U});
        pki::wipe(message.text.data(), message.text.size());
        if (!sent) return sent;
    }
    return send(channel_, {Kind::take_over});
}

Successor::State Successor::look()
{
    using Received = net::UnixChannel::Message::State;
    const auto received = channel_.receive();
    if (!received || received->state == Received::closed) {
        channel_.close(); // it would be readable for ever
        return State::failed;
    }
    if (received->state == Received::would_block) return State::starting;
    const auto message = decode(received->bytes);
    const bool serves = message && message->kind == ControlMessage::Kind::ready;
    return serves ? State::serves : State::starting;
}

} // namespace signet::process
