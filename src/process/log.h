// The error log of the main server, for messages of processes.
#pragma once
#include "server/configuration.h"
#include "server/error_log.h"
#include "server/vhost.h"

namespace signet::process {

// Ids of diagnosis/process_entries.cpp.
namespace message {
enum Id : int {
    running = 500,
    command_line = 501,
    restarting_gracefully = 502,
    restarting = 503,
    stopping = 504,
    stopping_gracefully = 505,
    upgrading = 506,
    upgrade_failed = 508,
    upgraded = 509,
    reload_failed = 510,
    reload_sockets_failed = 511,
    reload_workers_failed = 512,
    keeper_died = 513,
    keeper_task_hung = 514,
    keeper_task_failed = 515,
    keeper_cannot_start = 516,
    worker_crashed = 520,
    worker_ended = 521,
    worker_cannot_start = 522,
    worker_backing_off = 523,
    worker_hangs = 524,
    no_slot = 525,
    cannot_fork = 526,
    no_sandbox = 527,
    starved = 530,
    not_watching = 531,
    pid_file_stale = 540,
    pid_file_foreign = 541,
    pid_file_unwritable = 542,
    directory_closed = 543,
    no_core_dumps = 544,
    no_sockets = 550,
    sockets_failed = 551,
    socket_unused = 552,
    logs_reopened = 560,
    log_not_reopened = 561,
    log_program_restarted = 562,
    group_ignored = 580,
    log_not_written = 582,
    log_written_again = 583,
};
}

// Makes descriptor 2 the main server's error log, as Apache does: what libraries and programs
// complain about, and what a crash has to say, goes there.
void redirect_standard_error(const server::Configuration& configuration);

// Writes at once: these messages are rare, and their process may be about to end.
void log(const server::VirtualHost& main, const server::LogEvent& event);

} // namespace signet::process
