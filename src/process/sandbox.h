// System calls that no worker needs, taken away for good (seccomp(2)): who breaks into one cannot
// use the rarely tested parts of the kernel against the machine. Programs that a worker starts
// inherit it; so nothing is on the list that an ordinary program uses.
#pragma once
#include "base/result.h"

#include <span>

namespace signet::process {

// Names as in the kernel's table; those that this machine does not have are left out.
[[nodiscard]] std::span<const char* const> forbidden_calls();

// From now on each of them fails with EPERM in this process, its threads and children; the kernel's
// audit log has a line per attempt. Needs no_new_privs. Nothing under a sanitizer, which traces.
[[nodiscard]] Result<void> forbid_calls();

} // namespace signet::process
