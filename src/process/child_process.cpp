#include "process/child_process.h"

#include "process/log.h"
#include "process/signals.h"
#include "process/worker_process.h"

#include <csignal>

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
