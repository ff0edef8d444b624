// What the processes that the master forks, workers and keeper, have in common.
#pragma once
#include "base/file.h"
#include "server/configuration.h"

#include <string>

namespace signet::process {

// Signals of the terminal and of -k are for the master: it tells its children what to do.
void ignore_orders_of_the_terminal();

// Says in the error log why this process cannot work, and with which code it ends.
[[nodiscard]] int cannot_serve(const server::Configuration& configuration, const Error& error);

// CoreDumpDirectory: setuid(2) has forbidden core dumps; who names a directory for them wants them.
// One that cannot be entered is reported, and costs nothing but the dumps.
void prepare_core_dumps(const server::Configuration& configuration);

// Goes on with a log file that the master has opened anew.
void adopt_log(const server::Configuration& configuration, const std::string& target,
               FileDescriptor descriptor);

} // namespace signet::process
