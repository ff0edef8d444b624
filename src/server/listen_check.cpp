#include "server/listen_check.h"

#include "base/text.h"
#include "config/diagnostics.h"
#include "server/configuration.h"

#include <algorithm>

namespace signet::server {
namespace {

constexpr int host_without_listener = 394;
constexpr int listener_without_tls = 395;

// Whether connections to a Listen line may end at an address of a <VirtualHost>.
bool meet(const ListenAddress& listener, const net::Address& bound)
{
    return (bound.port() == 0 || bound.port() == listener.address.port())
           && (bound.is_any() || listener.address.is_any() || bound.same_ip(listener.address));
}

} // namespace

void check_listeners(const Configuration& configuration, config::Diagnostics& diagnostics)
{
    const auto& listeners = configuration.listeners;
    if (listeners.empty()) return;
    for (const auto& vhost : configuration.vhosts) {
        const bool is_served =
            vhost->bound.empty() || std::ranges::any_of(vhost->bound, [&](const auto& bound) {
                return std::ranges::any_of(listeners,
                                           [&](const auto& one) { return meet(one, bound); });
            });
        if (is_served) continue;
        diagnostics.add({.severity = diagnosis::Severity::warn,
                         .id = host_without_listener,
                         .position = vhost->position,
                         .message = "No Listen directive serves <VirtualHost "
                                    + joined(vhost->addresses) + "> (" + vhost->server_name + ")",
                         .fix = "Listen " + std::to_string(vhost->bound.front().port())});
    }
    for (const auto& listener : listeners) {
        const bool is_for_tls = listener.protocol == "https" || listener.address.port() == 443;
        const auto speaks_tls = [&](const VirtualHost& host) {
            return host.tls_engine
                   && (host.is_main || std::ranges::any_of(host.bound, [&](const auto& bound) {
                           return meet(listener, bound);
                       }));
        };
        if (!is_for_tls || speaks_tls(configuration.main)
            || std::ranges::any_of(configuration.vhosts,
                                   [&](const auto& host) { return speaks_tls(*host); }))
            continue;
        diagnostics.add({.severity = diagnosis::Severity::warn,
                         .id = listener_without_tls,
                         .position = listener.position,
                         .message = "No virtual host with SSLEngine on serves Listen "
                                    + listener.address.text()
                                    + ": HTTP without TLS is spoken there"});
    }
}

} // namespace signet::server
