// What a worker process offers to the requests it serves, and the connections it holds. One per
// process, for one configuration generation: a reload starts new workers.
#pragma once
#include "http/head.h"
#include "net/child_reaper.h"
#include "net/fiber.h"
#include "net/helper_threads.h"
#include "net/loop.h"
#include "server/capacity.h"
#include "server/fiber_queue.h"
#include "server/host_memo.h"
#include "server/http2_budget.h"
#include "server/line_budget.h"
#include "server/log_sink.h"
#include "server/status_board.h"

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace signet::server {

class Configuration;
class Connection;
class Exchange;
class PasswordChecker;
class PathCache;
class Request;
class ScopeTable;
class VirtualHosts;
struct Peer;

// The current date as HTTP writes it; renewed once a second.
struct DateStrings {
    int64_t second = -1;
    char http[29]{}; // "Sun, 06 Nov 1994 08:49:37 GMT"
    // "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\nServer: signet\r\n"
    std::string lines;
};

class Worker {
public:
    // `board` and the worker's place on it may be missing: then it counts for itself alone.
    Worker(net::Loop& event_loop, std::shared_ptr<const Configuration> generation,
           const Capacity& limits = {}, StatusBoard* shared_board = nullptr,
           WorkerStatus* place = nullptr);
    ~Worker();
    Worker(const Worker&) = delete;
    Worker& operator=(const Worker&) = delete;

    net::Loop& loop;
    const Capacity capacity;
    net::FiberPool fibers;
    FiberQueue fiber_queue; // requests that wait for one
    std::shared_ptr<const Configuration> configuration;
    std::unique_ptr<VirtualHosts> vhosts;
    std::unique_ptr<ScopeTable> scopes;
    std::unique_ptr<PathCache> paths;
    HostMemo hosts;
    std::string banner;     // the Server field
    std::string log_name;   // "[pid 7:tid 7] " in error logs
    http::RequestHead head; // reused by every session while it parses
    bool stopping = false;  // graceful stop: answer with Connection: close, accept no more
    uint64_t connections_begun = 0;
    std::array<uint64_t, nuisance_count> http2_nuisances{}; // connections ended, by reason
    uint64_t next_connection_id = 1;
    LineBudget tls_lines; // what scanners may write into the error log

    // What others may know about this worker; never missing.
    [[nodiscard]] WorkerStatus& status() const { return *status_; }
    [[nodiscard]] StatusBoard* board() const { return board_; } // nullptr in tests
    // Brings up to date what is not counted as it happens.
    void publish();
    // For ExtendedStatus: a place for a new connection (nullptr: not wanted, or all taken), and
    // what is asked on it.
    [[nodiscard]] ConnectionStatus* take_place(Peer& peer);
    void leave_place(const Peer& peer);
    void show_request(const Request& request);

    [[nodiscard]] const DateStrings& dates();

    // Where a part of a file stands for the moment between reading and sealing it.
    static constexpr size_t file_part_size = size_t{64} * 1024;
    [[nodiscard]] char* file_part() { return file_part_.get(); }

    // For what can only block; its threads start with the first work.
    [[nodiscard]] net::HelperThreads& helpers() { return helpers_; }

    // The same for OCSP responders, which may be slow: others do not wait behind them.
    [[nodiscard]] net::HelperThreads& responder_threads();

    // Takes over programs that were started for a request when it is over.
    [[nodiscard]] net::ChildReaper& reaper() { return reaper_; }

    // For those who ask for names and passwords; made when the first one does.
    [[nodiscard]] PasswordChecker& passwords();

    // Exchanges are kept for reuse: the common request allocates nothing.
    [[nodiscard]] std::unique_ptr<Exchange> take_exchange(Peer& peer);
    void give_back(std::unique_ptr<Exchange> exchange);

    // Every open connection, for graceful stop. Connections enter and leave by themselves.
    void add(Connection& connection);
    void remove(Connection& connection);
    [[nodiscard]] size_t connections() const { return connection_count_; }
    // Stops accepting work: idle connections close now, busy ones after their answer.
    void stop_gracefully();
    void abort_connections();
    // The limit of connections is reached: the ones that wait for a next request the longest go, at
    // most so many at a time.
    void make_room(size_t most);
    // MaxRequestWorkers has been reached: told at most once a minute.
    void report_full();
    // Writes what the logs were given at the end of this turn.
    void flush_logs_soon();
    // Runs when the last connection has gone after stop_gracefully().
    void (*on_drained)(void*) = nullptr;
    void* on_drained_argument = nullptr;

private:
    std::unique_ptr<WorkerStatus> own_status_; // where there is no board
    WorkerStatus* status_;
    StatusBoard* board_;
    std::span<ConnectionStatus> places_;
    std::vector<uint16_t> free_places_; // the last one was given back last
    Monotonic::time_point reported_full_{};
    net::HelperThreads helpers_;
    std::unique_ptr<net::HelperThreads> responder_threads_;
    net::ChildReaper reaper_;
    std::unique_ptr<PasswordChecker> passwords_;
    DateStrings dates_;
    std::unique_ptr<char[]> file_part_ = std::make_unique_for_overwrite<char[]>(file_part_size);
    std::vector<std::unique_ptr<Exchange>> exchanges_;
    Connection* connections_ = nullptr;
    size_t connection_count_ = 0;
    bool flush_scheduled_ = false;
};

} // namespace signet::server
