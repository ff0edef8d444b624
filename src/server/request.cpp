#include "server/request.h"

#include "server/core_config.h"
#include "server/filter_chain.h"
#include "server/response.h"
#include "server/scope.h"
#include "server/tunnel.h"
#include "server/vhost.h"

#include <memory>

namespace signet::server {

std::string_view Request::server_name() const
{
    const auto canonical =
        scope->core().use_canonical_name.value_or(CoreConfig::CanonicalName::off);
    if (canonical == CoreConfig::CanonicalName::off && !hostname.empty()) return hostname;
    return vhost->server_name;
}

uint16_t Request::server_port() const
{
    const auto canonical =
        scope->core().use_canonical_name.value_or(CoreConfig::CanonicalName::off);
    if (canonical != CoreConfig::CanonicalName::on && host_port) return host_port;
    const bool physical = scope->core().use_canonical_phys_port.value_or(false);
    if (canonical == CoreConfig::CanonicalName::on && vhost->server_port) return vhost->server_port;
    if (physical) return peer->local.port();
    if (vhost->server_port) return vhost->server_port;
    return uses_https() ? 443 : 80;
}

bool Request::uses_https() const
{
    return is_tls() || vhost->server_scheme == "https";
}

std::string Request::absolute_url(std::string_view target) const
{
    const uint16_t port = server_port();
    std::string url = uses_https() ? "https://" : "http://";
    url += server_name();
    if (port != (uses_https() ? 443 : 80)) url += ":" + std::to_string(port);
    return url.append(target);
}

const Request& Request::original() const
{
    const Request* first = this;
    while (first->previous) first = first->previous;
    return *first;
}

void Request::reset()
{
    http::Headers tables[] = {std::move(headers), std::move(env), std::move(notes)};
    Arena& memory = arena;
    Exchange* owner = exchange;
    Response* own_response = response;
    std::destroy_at(this);
    std::construct_at(this, memory);
    exchange = owner;
    response = own_response;
    for (auto& table : tables) table.clear();
    headers = std::move(tables[0]);
    env = std::move(tables[1]);
    notes = std::move(tables[2]);
}

Result<void> Response::write(std::string_view bytes)
{
    body_is_known = false;
    return filters ? filters->write(bytes) : sink_->write(bytes);
}

Response::Response() = default;
Response::~Response() = default;

std::optional<std::string_view> Response::find(std::string_view name) const
{
    if (auto value = headers.find(name)) return value;
    return always_headers.find(name);
}

void Response::reset()
{
    status = 200;
    reason = {};
    headers.clear();
    always_headers.clear();
    content_type = charset = {};
    content_encodings.clear();
    content_languages.clear();
    body.clear();
    body_is_known = true;
    kept = nullptr;
    is_error_page = breaks_off = is_proxied = no_cache = no_etag = hides_length = counts_nothing =
        false;
    ignores_conditions = ignores_ranges = false;
    bytes_sent = 0;
    head_sent = false;
    filters.reset();
    trailers.clear();
    tunnel.reset();
}

} // namespace signet::server
