// A backend as configured (Apache: a worker), and what this process knows about it. Internal to
// mod_proxy.
#pragma once
#include "base/clock.h"
#include "base/result.h"
#include "net/address.h"
#include "net/socket.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tls {
class ClientStream;
}
namespace signet::server {
class Configuration;
class Words;
} // namespace signet::server

namespace signet::mod_proxy {

using std::chrono::milliseconds;

// "key=value" of ProxyPass, BalancerMember and ProxySet. What is not said is nothing.
struct Parameters {
    std::optional<milliseconds> timeout, connect_timeout, retry, ttl, acquire;
    std::optional<unsigned> most, kept; // max=, smax=: connections of one worker process
    std::optional<bool> reuse, keep_alive;
    std::optional<double> load_factor;
    std::optional<unsigned> set_number; // lbset
    std::optional<std::string> route, redirect, upgrade;
    std::optional<size_t> answer_field_size;
    std::optional<bool> disabled, hot_standby, hot_spare, ignores_errors, stopped, drains;
    std::optional<bool> flushes;
    // Of a balancer.
    std::optional<std::string> method, sticky_session, sticky_separator;
    std::optional<bool> sticky_in_path, no_failover, force_recovery, fails_on_timeout;
    std::optional<unsigned> attempts;
    std::optional<std::vector<int>> fails_on_status;
};

// What `inner` says over what `outer` says.
[[nodiscard]] Parameters merge(const Parameters& outer, const Parameters& inner);
// Takes one "key=value" of a backend, or of a balancer. Errors are configuration errors, in
// Apache's words without the directive's name.
[[nodiscard]] Result<void> take_parameter(Parameters& parameters, std::string_view text,
                                          const server::Words& words, bool of_balancer);

// What a worker process finds out while it serves: which connections are open, and whether the
// backend can be reached. One for all configurations that name the backend.
struct BackendState {
    BackendState();
    ~BackendState();
    struct Idle {
        net::Socket socket;
        std::unique_ptr<tls::ClientStream> tls; // null: plain
        Monotonic::time_point since;
    };
    std::vector<Idle> idle; // the last one was used last
    unsigned busy = 0;      // requests there now
    Monotonic::time_point failed_at{};
    bool failed = false;
    std::optional<std::vector<net::Address>> addresses{}; // resolved already
    Monotonic::time_point resolved_at{};
    uint64_t requests = 0, failures = 0, bytes_to = 0, bytes_from = 0;
    double balance = 0; // lbmethod's own
};

struct Backend {
    std::string url; // as written, with the Unix socket
    Parameters parameters;
    std::shared_ptr<BackendState> state; // null: known by no directive, nothing is kept

    // The URL without socket: requests for what is below it are its own.
    [[nodiscard]] std::string_view address() const;
    // The path of its Unix socket, or "".
    [[nodiscard]] std::string_view socket() const;
    // May its connections serve another request? (FastCGI: only when asked for.)
    [[nodiscard]] bool may_reuse() const;
};

// Several backends for one name: "balancer://name".
struct Balancer {
    std::string name; // with the scheme, without a slash at the end
    Parameters parameters;
    std::vector<Backend> members;
};

// The state that belongs to a name ("http://a/", "balancer://b http://a/"), made when it is first
// asked for.
[[nodiscard]] std::shared_ptr<BackendState> state_of(server::Configuration& configuration,
                                                     const std::string& name);

} // namespace signet::mod_proxy
