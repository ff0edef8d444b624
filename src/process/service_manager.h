// systemd: says when the server is ready, reloads and stops; takes sockets it has opened.
// sd_notify(3), sd_listen_fds(3). Without systemd nothing happens.
#pragma once
#include "process/listeners.h"

#include <chrono>
#include <optional>
#include <string>
#include <sys/types.h>

namespace signet::process {

// The sockets handed over by socket activation (LISTEN_FDS). Once: the variables are removed.
[[nodiscard]] Result<ListeningSockets> inherited_sockets();

void notify_ready(pid_t master, const std::string& status);
void notify_reloading();
void notify_stopping();
// Another process is the server from now on; only the one that was may say so.
void notify_successor(pid_t master);

// WatchdogSec= of the unit: how often to say that the master is alive; nothing without one.
[[nodiscard]] std::optional<std::chrono::microseconds> watchdog_interval();
void notify_alive();

} // namespace signet::process
