#include "process/child_process.h"

#include "process/log.h"
#include "process/signals.h"
#include "process/worker_process.h"

#include <cerrno>
#include <csignal>
#include <sys/prctl.h>
#include <unistd.h>

namespace signet::process {

void ignore_orders_of_the_terminal()
{
    for (const int number : {SIGINT, SIGHUP, SIGUSR1, SIGUSR2, SIGWINCH, upgrade_signal()}) {
        ::signal(number, SIG_IGN);
    }
}

int cannot_serve(const server::Configuration& configuration, const Error& error)
{
    log(configuration.main, {.severity = diagnosis::Severity::alert,
                             .module = "core",
                             .id = message::worker_cannot_start,
                             .text = error.text});
    return exit_fatal;
}

void prepare_core_dumps(const server::Configuration& configuration)
{
    const std::string& directory = configuration.process.core_dump_directory;
    if (directory.empty()) return;
    if (::chdir(directory.c_str()) == 0) {
        ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
        return;
    }
    log(configuration.main, {.severity = diagnosis::Severity::warn,
                             .module = "core",
                             .id = message::no_core_dumps,
                             .text = "cannot enter CoreDumpDirectory " + directory,
                             .system_error = errno});
}

void adopt_log(const server::Configuration& configuration, const std::string& target,
               FileDescriptor descriptor)
{
    const auto& sinks = configuration.log_sinks->all();
    const auto found = sinks.find(target);
    if (found == sinks.end()) return;
    found->second->flush();
    found->second->adopt(std::move(descriptor));
    redirect_standard_error(configuration);
}

} // namespace signet::process
