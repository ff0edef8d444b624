// One look at the status board, taken apart for the pages of mod_status.
#pragma once
#include "server/request.h"
#include "server/status_board.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace signet::mod_status {

struct WorkerView {
    size_t slot = 0;
    const server::WorkerStatus* status = nullptr;
    pid_t pid = 0;
    uint64_t generation = 0;
    bool stopping = false;
    bool is_old = false; // of a configuration that was replaced
    bool accepting = false;
    uint64_t open = 0;     // connections
    uint64_t busy = 0;     // requests being read or answered
    uint64_t graceful = 0; // the same, of a worker that ends after them
    uint64_t idle = 0;     // requests it could take besides
    uint64_t reading = 0, sending = 0, keep_alive = 0, closing = 0;

    [[nodiscard]] const server::WorkerTotals& totals() const { return status->totals; }
};

struct Snapshot {
    bool extended = false;
    int64_t now = 0;     // seconds
    int64_t started = 0; // seconds
    uint64_t configurations = 1, graceful_restarts = 0;
    std::array<double, 3> load{};
    std::vector<WorkerView> workers;
    WorkerView sum; // its `status` is null
    size_t stopping = 0;
    server::WorkerTotals totals; // of all workers, also of those that have ended
    double cpu_user = 0, cpu_system = 0, ended_user = 0, ended_system = 0; // seconds

    [[nodiscard]] int64_t uptime() const { return now - started; }
};

[[nodiscard]] std::unique_ptr<const Snapshot> look(const server::Request& request);

// One character per request that may be worked on, then those of no worker.
[[nodiscard]] std::string scoreboard_text(const Snapshot& snapshot);
[[nodiscard]] char letter_of(server::Activity activity);
// " 2 days 1 hour 5 seconds"
[[nodiscard]] std::string duration_text(int64_t seconds);
[[nodiscard]] std::string time_text(int64_t seconds); // "Saturday, 21-Nov-2026 13:54:19 UTC"
[[nodiscard]] std::string server_version();
extern const std::string_view built_at;

// The pages (page_*.cpp).
struct PageOptions {
    bool table = true; // ?notable
};
[[nodiscard]] std::string html_page(const Snapshot& snapshot, const server::Request& request,
                                    PageOptions options);
[[nodiscard]] std::string keys_page(const Snapshot& snapshot, const server::Request& request);
[[nodiscard]] std::string json_page(const Snapshot& snapshot, const server::Request& request);
[[nodiscard]] std::string metrics_page(const Snapshot& snapshot, const server::Request& request);

} // namespace signet::mod_status
