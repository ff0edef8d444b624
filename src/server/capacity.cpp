#include "server/capacity.h"

#include "server/configuration.h"

#include <algorithm>

namespace signet::server {
namespace {

// Apache's defaults (event MPM).
constexpr unsigned usual_servers = 16;
constexpr unsigned usual_threads = 25;

} // namespace

unsigned request_workers(const ProcessSettings& settings)
{
    if (settings.max_request_workers == 0 && settings.server_limit == 0
        && settings.threads_per_child == 0) {
        return 0;
    }
    const unsigned servers = settings.server_limit != 0 ? settings.server_limit : usual_servers;
    const unsigned threads =
        settings.threads_per_child != 0 ? settings.threads_per_child : usual_threads;
    const unsigned wanted = settings.max_request_workers != 0 ? settings.max_request_workers
                                                              : usual_servers * usual_threads;
    const auto most =
        static_cast<unsigned>(std::min<unsigned long long>(1ULL * servers * threads, 1U << 30));
    return std::min(wanted, most);
}

Capacity capacity_of(const ProcessSettings& settings, unsigned workers)
{
    const unsigned requests = request_workers(settings);
    if (requests == 0) return {};
    const unsigned share = (requests + std::max(workers, 1U) - 1) / std::max(workers, 1U);
    return {.requests = share, .connections = size_t{share} * (settings.async_factor + 1)};
}

} // namespace signet::server
