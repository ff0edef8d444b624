#include "process/signals.h"

#include <csignal>
#include <cstring>
#include <sys/signalfd.h>
#include <unistd.h>

namespace signet::process {

Result<FileDescriptor> receive_signals(std::initializer_list<int> numbers)
{
    sigset_t set;
    sigemptyset(&set);
    for (const int number : numbers) sigaddset(&set, number);
    if (::sigprocmask(SIG_SETMASK, &set, nullptr) != 0) return fail_errno("sigprocmask");
    FileDescriptor descriptor(::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
    if (!descriptor) return fail_errno("signalfd");
    return descriptor;
}

void hold_orders()
{
    sigset_t set;
    sigemptyset(&set);
    for (const int number :
         {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, upgrade_signal()}) {
        sigaddset(&set, number);
    }
    ::sigprocmask(SIG_BLOCK, &set, nullptr);
}

std::optional<int> next_signal(const FileDescriptor& signals)
{
    signalfd_siginfo info{};
    do {
        if (::read(signals.get(), &info, sizeof info) != sizeof info) return std::nullopt;
    } while (info.ssi_signo == SIGWINCH && info.ssi_code == SI_KERNEL);
    return static_cast<int>(info.ssi_signo);
}

int upgrade_signal()
{
    return SIGRTMIN;
}

const char* signal_text(int number)
{
    const char* text = ::sigdescr_np(number);
    return text ? text : "unknown signal";
}

} // namespace signet::process
