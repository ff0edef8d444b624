// What a worker process offers to the requests it serves. Owned by process/; one per process.
#pragma once
#include "net/fiber.h"
#include "net/loop.h"
#include "server/log_sink.h"

#include <cstdint>
#include <memory>
#include <string>

namespace signet::server {

class Configuration;
class FileCache;
class ScopeTable;

// The current date as HTTP and logs write it; renewed once a second.
struct DateStrings {
    int64_t second = -1;
    char http[29]{};             // "Sun, 06 Nov 1994 08:49:37 GMT"
};

class Worker {
public:
    Worker(net::Loop& event_loop, std::shared_ptr<Configuration> initial);
    ~Worker();

    net::Loop& loop;
    net::FiberPool fibers;
    LogSinks* log_sinks = nullptr;      // flushed at the end of each loop turn
    std::shared_ptr<Configuration> configuration; // the current generation
    std::unique_ptr<ScopeTable> scopes;
    std::unique_ptr<FileCache> files;
    bool stopping = false;              // graceful stop: answer with Connection: close, accept no more
    uint64_t connections_open = 0;
    uint64_t connections_begun = 0;
    uint64_t requests_served = 0;
    uint64_t next_connection_id = 1;

    [[nodiscard]] const DateStrings& dates();

private:
    DateStrings dates_;
};

} // namespace signet::server
