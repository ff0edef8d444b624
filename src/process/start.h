// Bringing the server up: in the foreground, in the background, as one process; and -k.
#pragma once
#include "process/loader.h"
#include "process/takeover.h"

namespace signet::process {

// Everything that serves. Returns the exit code.
[[nodiscard]] int start(const CommandLine& line, const Loader& loader);

// The same for the program that a running server has started to succeed it.
[[nodiscard]] int take_over(const CommandLine& line, const Loader& loader, Takeover takeover);

// -k stop, restart, graceful, graceful-stop, upgrade. Returns the exit code, or nothing when there
// is no server and one shall be started.
[[nodiscard]] std::optional<int> order_running_server(const CommandLine& line,
                                                      const Loader& loader);

} // namespace signet::process
