// signet status: the processes of the running server, and the memory that they use.
#pragma once
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

namespace CLI {
class App;
}

namespace signet::tools {

// Of one process, in bytes: what the kernel says in /proc/PID/smaps_rollup.   proc_pid_smaps(5)
struct MemoryUse {
    size_t resident = 0; // RSS: every page it has; shared ones are in every process's sum again
    size_t proportional =
        0; // PSS: shared pages divided by those who share them. These may be added
    size_t shared = 0, own = 0; // the two parts of RSS
};
[[nodiscard]] MemoryUse parse_memory_use(std::string_view smaps_rollup);

// Adds the verb; what it did when it was parsed is left in `code`.
void add_status_verb(CLI::App& app, int& code);

} // namespace signet::tools
