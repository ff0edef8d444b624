#include "modules/mod_proxy/fields.h"

#include "base/text.h"
#include "modules/mod_proxy/link.h"
#include "modules/mod_proxy/reverse_map.h"
#include "server/banner.h"
#include "server/filter_chain.h"
#include "server/request.h"
#include "server/response.h"
#include "server/vhost.h"

#include <algorithm>
#include <array>

namespace signet::mod_proxy {
namespace {

using server::Request, server::Response;

// Adds to what the proxies before have said.
void append(http::Headers& fields, const Request& request, std::string_view name,
            std::string_view value)
{
    const auto before = fields.find(name);
    fields.set(name, before ? request.arena.join(*before, ", ", value) : value);
}

void add_forwarded(http::Headers& fields, const Request& request)
{
    append(fields, request, "X-Forwarded-For", request.arena.copy(request.client().ip()));
    if (const auto host = request.headers.find("Host"))
        append(fields, request, "X-Forwarded-Host", *host);
    append(fields, request, "X-Forwarded-Server", request.vhost->server_name);
}

} // namespace

bool is_of_this_hop(const http::Headers& headers, std::string_view name)
{
    static constexpr std::array names{"Connection",      "Keep-Alive", "TE",
                                      "Trailer",         "Upgrade",    "Transfer-Encoding",
                                      "Proxy-Connection"};
    return std::ranges::any_of(names, [&](auto one) { return iequals(one, name); })
           || headers.has_token("Connection", name);
}

std::string_view via_of(Via via, const Request& request)
{
    const char* version = request.version == http::Version::http2    ? "2.0 "
                          : request.version == http::Version::http10 ? "1.0 "
                                                                     : "1.1 ";
    const std::string_view name = request.vhost->server_name;
    const auto port = request.server_port();
    const bool usual = port == (request.uses_https() ? 443 : 80);
    const auto text =
        std::string(version) + std::string(name) + (usual ? "" : ":" + std::to_string(port));
    if (via != Via::full) return request.arena.copy(text);
    return request.arena.join(text, " (", server::server_banner(*request.configuration), ")");
}

http::Headers fields_for_backend(const Config& config, const Request& request)
{
    http::Headers fields;
    for (const auto& [name, value] : request.headers) {
        const bool is_made_anew = iequals(name, "Host") || iequals(name, "Content-Length")
                                  || iequals(name, "HTTP2-Settings");
        if (!is_made_anew && !is_of_this_hop(request.headers, name)) fields.add(name, value);
    }
    if (!config.continues.value_or(true) || !request.body) fields.remove("Expect");
    const Via via = config.via.value_or(Via::off);
    if (via == Via::block) {
        fields.remove("Via");
    } else if (via != Via::off) {
        append(fields, request, "Via", via_of(via, request));
    }
    if (config.add_headers.value_or(true)) add_forwarded(fields, request);
    return fields;
}

std::string_view host_for_backend(const Config& config, const Route& route, const Request& request)
{
    if (config.preserve_host.value_or(false)) {
        if (const auto host = request.headers.find("Host")) return *host;
        return request.vhost->server_name;
    }
    if (route.parts.host.empty()) return "localhost";
    const uint16_t port = route.parts.port;
    if (port == 0 || port == default_port(route.parts.scheme)) return route.parts.host;
    return request.arena.join(route.parts.host, ":", std::to_string(port));
}

void take_fields(const Config& config, const http::Headers& fields, Request& request,
                 Response& response)
{
    auto& arena = request.arena;
    for (const auto& [name, value] : fields) {
        if (is_of_this_hop(fields, name) || iequals(name, "Proxy-Authenticate")) continue;
        const auto kept = arena.copy(map_field(config, request, name, value));
        if (iequals(name, "Content-Type") && response.status != 304) {
            response.content_type = kept;
        } else {
            response.headers.add(arena.copy(name), kept);
        }
    }
    const Via via = config.via.value_or(Via::off);
    if (via == Via::on || via == Via::full) response.headers.add("Via", via_of(via, request));
}

void take_trailers(const http::Headers& trailers, const http::Headers& fields,
                   const Request& request, Response& response)
{
    for (const auto& [name, value] : trailers) {
        if (!is_of_this_hop(fields, name))
            response.trailers.add(request.arena.copy(name), request.arena.copy(value));
    }
}

} // namespace signet::mod_proxy
