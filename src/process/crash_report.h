// The last words of a process that crashes: which signal, at which address, where in the program,
// and which build.
#pragma once
#include <string>

namespace signet::process {

// From now on a crash writes a backtrace to standard error, which is the main server's error log,
// then ends the process by the same signal; the same when no memory is to be had. Nothing under a
// sanitizer, which reports better.
void report_crashes();

// The identity of the program file (its ELF note .note.gnu.build-id) as hex, or empty.
[[nodiscard]] std::string build_id();

} // namespace signet::process
