// The master's name for the server's status board: a slot per worker, in shared memory.
#pragma once
#include "server/status_board.h"

namespace signet::process {

using WorkerSlot = server::WorkerStatus;
using Scoreboard = server::StatusBoard;

} // namespace signet::process
