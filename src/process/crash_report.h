// The last words of a worker: which signal, where in the program, and which build.
#pragma once
#include "server/vhost.h"

#include <string>

namespace signet::process {

// From now on a crash writes a backtrace to the main server's error log, then ends the process by
// the same signal. Once per process. Nothing under a sanitizer, which reports better.
void report_crashes(const server::VirtualHost& main);

// The identity of the program file (its ELF note .note.gnu.build-id) as hex, or empty.
[[nodiscard]] std::string build_id();

} // namespace signet::process
