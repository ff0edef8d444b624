// Work for the keeper process: what is slow, periodic or talks to other servers and must hold up
// neither a request nor the master. A module's `prepare` adds tasks to its Configuration.
#pragma once
#include "base/clock.h"
#include "base/result.h"

#include <string_view>

namespace signet::server {

// Owned by the configuration; lives in the keeper of that generation. What a task learns it tells
// the workers through memory that was shared before the fork.
class KeeperTask {
public:
    KeeperTask() = default;
    KeeperTask(const KeeperTask&) = delete;
    KeeperTask& operator=(const KeeperTask&) = delete;
    virtual ~KeeperTask() = default;

    // For messages: "session ticket keys".
    [[nodiscard]] virtual std::string_view name() const = 0;
    // How long one run may take. A keeper that is not back by then is ended and started anew.
    [[nodiscard]] virtual std::chrono::seconds limit() const = 0;
    // Does what is due now, which may be nothing, and says when to run again. It may wait; long
    // work is done in pieces, because tasks take turns. A failure is logged and the task is run
    // again after a while that grows with each failure.
    [[nodiscard]] virtual Result<Monotonic::time_point> run(Monotonic::time_point now) = 0;
    // Asked by the master: whether what the first clients should find is there. A start waits for
    // it, a moment only.
    [[nodiscard]] virtual bool is_ready() const { return true; }
};

} // namespace signet::server
