#include "process/service_manager.h"

#include "net/listener.h"

#include <ctime>
#include <systemd/sd-daemon.h>

namespace signet::process {

Result<ListeningSockets> inherited_sockets()
{
    const int count = ::sd_listen_fds(1);
    if (count < 0) return fail("LISTEN_FDS is not usable");
    ListeningSockets sockets;
    for (int i = 0; i < count; ++i) {
        FileDescriptor descriptor(SD_LISTEN_FDS_START + i);
        auto address = net::adopt_listener(descriptor.get());
        if (!address) return std::unexpected(address.error());
        sockets.push_back(std::make_shared<ListeningSocket>(std::move(descriptor), *address));
    }
    return sockets;
}

void notify_ready(pid_t master, const std::string& status)
{
    const std::string text =
        "READY=1\nMAINPID=" + std::to_string(master) + "\nSTATUS=" + status + "\n";
    ::sd_notify(0, text.c_str());
}

void notify_reloading()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    const long long micros = now.tv_sec * 1'000'000LL + now.tv_nsec / 1000;
    ::sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(micros) + "\n").c_str());
}

void notify_stopping()
{
    ::sd_notify(0, "STOPPING=1\nSTATUS=Ending\n");
}

void notify_successor(pid_t master)
{
    notify_ready(master, "Serving after an upgrade");
}

std::optional<std::chrono::microseconds> watchdog_interval()
{
    uint64_t limit = 0;
    if (::sd_watchdog_enabled(0, &limit) <= 0 || limit == 0) return std::nullopt;
    return std::chrono::microseconds(limit / 2);
}

void notify_alive()
{
    ::sd_notify(0, "WATCHDOG=1\n");
}

} // namespace signet::process
