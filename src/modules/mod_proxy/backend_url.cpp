#include "modules/mod_proxy/backend_url.h"

#include "base/text.h"
#include "http/uri.h"

#include <algorithm>
#include <array>
#include <utility>

namespace signet::mod_proxy {
namespace {

constexpr std::string_view socket_prefix = "unix:";

} // namespace

std::string_view without_socket(std::string_view url)
{
    if (!istarts_with(url, socket_prefix)) return url;
    const size_t bar = url.find('|');
    return bar == url.npos ? url : url.substr(bar + 1);
}

Result<UrlParts> parse_url(std::string_view url)
{
    UrlParts parts;
    const auto rest = without_socket(url);
    if (rest.size() < url.size())
        parts.socket =
            url.substr(socket_prefix.size(), url.size() - rest.size() - 1 - socket_prefix.size());
    const size_t colon = rest.find("://");
    if (colon == rest.npos || colon == 0) return fail("it has no scheme");
    parts.scheme = rest.substr(0, colon);
    const auto after = rest.substr(colon + 3);
    const size_t slash = std::min(after.find('/'), after.size());
    parts.authority = after.substr(0, slash);
    parts.rest = after.substr(slash);
    const auto bare = parts.authority.substr(parts.authority.find('@') + 1); // npos + 1 is 0
    if (bare.empty() && !parts.socket.empty()) return parts;
    const auto authority = http::parse_authority(bare, true);
    if (!authority || authority->host.empty()) return fail("it has no host");
    parts.host = authority->host;
    parts.port = authority->port;
    return parts;
}

uint16_t default_port(std::string_view scheme)
{
    using Pair = std::pair<std::string_view, uint16_t>;
    static constexpr std::array ports{Pair{"http", 80},   Pair{"https", 443}, Pair{"ws", 80},
                                      Pair{"wss", 443},   Pair{"fcgi", 8000}, Pair{"scgi", 4000},
                                      Pair{"uwsgi", 3031}};
    const auto* found =
        std::ranges::find_if(ports, [&](const Pair& one) { return iequals(one.first, scheme); });
    return found == ports.end() ? uint16_t{0} : found->second;
}

std::string host_and_port(const UrlParts& url)
{
    const uint16_t port = url.port != 0 ? url.port : default_port(url.scheme);
    return std::string(url.host) + ":" + std::to_string(port);
}

} // namespace signet::mod_proxy
