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

std::optional<std::string> decode_base64url(std::string_view text)
{
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    while (text.ends_with('=')) text.remove_suffix(1);
    std::string decoded;
    uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const size_t value = alphabet.find(c);
        if (value == alphabet.npos) return std::nullopt;
        bits = bits << 6 | static_cast<uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        decoded += static_cast<char>(bits >> count & 0xff);
    }
    return decoded;
}

} // namespace signet::server
