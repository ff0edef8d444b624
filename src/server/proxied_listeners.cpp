#include "server/proxied_listeners.h"

#include <algorithm>

namespace signet::server {

bool ProxiedListeners::set(const net::Address& local, bool on)
{
    auto& own = on ? on_ : off_;
    const bool overrides = std::erase(on ? off_ : on_, local) > 0;
    if (std::ranges::find(own, local) == own.end()) own.push_back(local);
    return overrides;
}

bool ProxiedListeners::holds(const std::vector<net::Address>& list, const net::Address& local)
{
    return std::ranges::any_of(list, [&](const net::Address& one) {
        const bool same_port = one.port() == 0 || one.port() == local.port();
        return same_port && (one.is_any() || one.same_ip(local));
    });
}

bool ProxiedListeners::covers(const net::Address& local, const net::Address& client) const
{
    if (on_.empty() || !holds(on_, local) || holds(off_, local)) return false;
    return std::ranges::none_of(exceptions_,
                                [&](const auto& range) { return range.contains(client); });
}

} // namespace signet::server
