// What a worker process does: accepts, serves, obeys the master, and ends.
#pragma once
#include "base/result.h"
#include "net/unix_channel.h"
#include "process/listeners.h"
#include "process/scoreboard.h"
#include "server/capacity.h"
#include "server/configuration.h"

#include <memory>

namespace signet::process {

struct WorkerTask {
    std::shared_ptr<const server::Configuration> configuration;
    ListeningSockets sockets{};
    net::UnixChannel channel{}; // to the master; none in a single process (-X)
    Scoreboard* board = nullptr;
    WorkerSlot* slot = nullptr;    // in the scoreboard
    server::Capacity capacity{};   // by MaxRequestWorkers
    unsigned connection_limit = 0; // 0: none
    bool shares_sockets = true;    // other workers accept from the same sockets
};

// Exit codes the master tells apart.
inline constexpr int exit_served = 0;
inline constexpr int exit_fatal =
    15; // starting it again would not help (Apache's APEXIT_CHILDFATAL)

// Serves until told to stop, or until the master is gone. In the process that was forked for it:
// signals are as the master left them; returns the exit code.
[[nodiscard]] int run_worker(WorkerTask task);

// -X: master and worker in one; TERM, INT and WINCH end it.
[[nodiscard]] int run_single_process(WorkerTask task);

} // namespace signet::process
