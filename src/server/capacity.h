// MaxRequestWorkers, ServerLimit, ThreadsPerChild and AsyncRequestWorkerFactor, read as bounds of
// one worker: requests that may wait for something at a time, and connections.
#pragma once
#include <cstddef>

namespace signet::server {

struct ProcessSettings;

struct Capacity {
    size_t requests = 0;    // 0: as many as there are stacks for
    size_t connections = 0; // 0: as many as there are descriptors for

    // How many requests may wait until one of the others has been answered; then 503.
    [[nodiscard]] size_t queue() const { return connections == 0 ? 1024 : connections; }
};

// The share of each of so many workers. Nothing is bounded where none of the directives is given.
[[nodiscard]] Capacity capacity_of(const ProcessSettings& settings, unsigned workers);
// MaxRequestWorkers as it applies: never more than ServerLimit times ThreadsPerChild. 0: unbounded.
[[nodiscard]] unsigned request_workers(const ProcessSettings& settings);

} // namespace signet::server
