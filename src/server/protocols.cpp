#include "server/protocols.h"

#include "base/text.h"
#include "server/core_config.h"
#include "server/vhost.h"

#include <algorithm>

namespace signet::server {

bool speaks(const VirtualHost& vhost, std::string_view protocol)
{
    const auto& given = vhost.base->core().protocols;
    if (given.empty()) return protocol == "http/1.1" || (protocol == "h2" && vhost.tls_engine);
    return protocol == "http/1.1" || std::ranges::any_of(given, [&](const std::string& one) {
               return iequals(one, protocol);
           });
}

std::vector<std::string> protocols_for_tls(const VirtualHost& vhost)
{
    const auto& given = vhost.base->core().protocols;
    if (given.empty()) return {"h2", "http/1.1"};
    std::vector<std::string> protocols;
    for (const auto& one : given) {
        // Those that can be spoken over TLS; h2c is HTTP/2 without.
        for (const std::string_view known : {"h2", "http/1.1"}) {
            if (iequals(one, known)) protocols.emplace_back(known);
        }
    }
    if (std::ranges::find(protocols, "http/1.1") == protocols.end())
        protocols.emplace_back("http/1.1");
    return protocols;
}

bool takes_http2_directly(const VirtualHost& vhost)
{
    if (vhost.tls_engine) return vhost.http2.direct.value_or(false) && speaks(vhost, "h2");
    return vhost.http2.direct.value_or(true) && speaks(vhost, "h2c");
}

bool takes_http2_upgrade(const VirtualHost& vhost)
{
    return !vhost.tls_engine && vhost.http2.upgrade.value_or(true) && speaks(vhost, "h2c");
}

} // namespace signet::server
