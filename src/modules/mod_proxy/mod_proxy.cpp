// mod_proxy: a reverse proxy, with its mod_proxy_http, mod_proxy_fcgi, mod_proxy_scgi,
// mod_proxy_wstunnel and mod_proxy_balancer.
//
//     ProxyPass "/app/" "http://127.0.0.1:8080/"        below /app/, another server answers
//     ProxyPassReverse "/app/" "http://127.0.0.1:8080/" and its redirects lead back here
//     ProxyPass "/app/static/" "!"                      but not here (write it first)
//     <FilesMatch "\.php$">
//         SetHandler "proxy:unix:/run/php/php-fpm.sock|fcgi://localhost"
//     </FilesMatch>
//     <Proxy "balancer://farm">
//         BalancerMember "http://10.0.0.1:8080"
//         BalancerMember "http://10.0.0.2:8080"
//     </Proxy>
//
// Beware: the first ProxyPass that fits counts. Connections, and what is known about a backend,
// belong to one worker process each.
// https://httpd.apache.org/docs/2.4/mod/mod_proxy.html
#include "base/text.h"
#include "http/uri.h"
#include "modules/list.h"
#include "modules/mod_proxy/balancer.h"
#include "modules/mod_proxy/config.h"
#include "modules/mod_proxy/fcgi_backend.h"
#include "modules/mod_proxy/http_backend.h"
#include "modules/mod_proxy/reverse_map.h"
#include "server/core_config.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/response.h"
#include "server/scope.h"
#include "server/vhost.h"

#include <algorithm>

namespace signet::mod_proxy {
namespace {

using server::Outcome, server::Request, server::Response, server::Severity;

constexpr std::string_view prefix = "proxy:";
constexpr std::string_view handler_name = "proxy-server";
// The path is as it has to be sent already (nocanon).
constexpr std::string_view raw_note = "proxy-nocanon";

bool has_passes(const Config& config)
{
    return !config.passes.empty();
}

// What a pass makes of a path; nothing where it does not fit.
std::optional<std::string_view> url_of(const Config& config, const Pass& pass, std::string_view uri,
                                       Request& request)
{
    const auto target = [&]() -> std::string_view {
        if (!pass.interpolated || !config.interpolates.value_or(false)) return pass.url;
        return request.arena.copy(interpolate(pass.url, request));
    };
    if (!pass.pattern) {
        const size_t length = covered(pass.path, uri);
        if (length == 0) return std::nullopt;
        return pass.excludes() ? pass.url : request.arena.join(target(), uri.substr(length));
    }
    config::Captures captures;
    if (!pass.pattern->match(uri, captures)) return std::nullopt;
    if (pass.excludes()) return pass.url;
    const bool has_groups = pass.url.find('$') != std::string::npos;
    const auto made = request.arena.copy(config::substitute(target(), captures));
    return has_groups ? made : request.arena.join(made, uri);
}

// nocanon takes the path as it was sent, but only where that fits as well as what access rules have
// looked at: "/a/%2e%2e/b" is below /a/ in its escapes alone.
std::optional<std::string_view> raw_url_of(const Config& config, const Pass& pass, Request& request)
{
    if (!pass.raw || pass.excludes()) return std::nullopt;
    return url_of(config, pass, request.path_escaped, request);
}

// There is no file to look for, hence none of its sections: only <Proxy>, <Location> and
// conditions.
Outcome translate(const Config& config, Request& request, Response&)
{
    if (request.env.has("no-proxy") || request.filename.starts_with(prefix))
        return Outcome::declined;
    for (const Pass& pass : config.passes) {
        const auto url = url_of(config, pass, request.uri, request);
        if (!url) continue;
        if (pass.excludes()) return Outcome::declined;
        const auto raw = raw_url_of(config, pass, request);
        request.filename = request.arena.join(prefix, raw ? *raw : *url);
        request.handler = handler_name;
        if (raw) request.notes.set(raw_note, "1");
        server::log_event(request, {.severity = Severity::debug, .trace = 1, .module = "proxy"},
                          "URI path '", request.uri, "' matches proxy handler '", request.filename,
                          "'");
        return Outcome::ok;
    }
    return Outcome::declined;
}

// Where the path begins: behind "scheme://authority".
size_t path_of(std::string_view url)
{
    const size_t colon = url.find("://");
    if (colon == url.npos) return url.size();
    return std::min(url.find('/', colon + 3), url.size());
}

// With capital digits, as Apache's proxy writes them.
std::string_view escaped(std::string_view path, Arena& arena)
{
    std::string made(http::escape_path(path, arena));
    for (size_t at = made.find('%'); at < made.size(); at = made.find('%', at + 3)) {
        for (const size_t digit : {at + 1, at + 2}) {
            char& c = made[digit]; // there are two behind each sign
            if (is_alpha(c)) c = static_cast<char>(to_lower(c) - 'a' + 'A');
        }
    }
    return arena.copy(made);
}

// The URL as it is asked for: its path escaped, with the request's query.
std::string_view canonical_url(const Request& request, std::string_view url, bool is_raw)
{
    const size_t path = path_of(without_socket(url)) + (url.size() - without_socket(url).size());
    auto rest = url.substr(path);
    if (!is_raw) rest = escaped(rest, request.arena);
    return request.arena.join(url.substr(0, path), rest.empty() ? "/" : rest,
                              request.query ? "?" : "", request.query.value_or(""));
}

// What would end the request line, or its target, too early.
bool is_bad_target(std::string_view url)
{
    const auto path = url.substr(path_of(url));
    return std::ranges::any_of(
        path, [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7f'; });
}

// Max-Forwards: OPTIONS and TRACE stop where it is 0.   RFC 9110 §7.6.2
std::optional<Outcome> count_forwards(const Config& config, Request& request)
{
    const auto field = request.headers.find("Max-Forwards");
    int left = config.max_forwards.value_or(-1);
    if (field) {
        const auto given = parse_number<int>(trim(*field));
        if (!given) {
            note_proxy_error(request, "Max-Forwards request header could not be parsed");
            return Outcome(400);
        }
        if (*given < 1) {
            if (request.method == http::Method::options || request.method == http::Method::trace)
                return Outcome::declined;
            note_proxy_error(request, "Max-Forwards has reached zero - proxy loop?");
            return Outcome(400);
        }
        left = *given - 1;
    }
    if (left >= 0) request.headers.set("Max-Forwards", request.arena.copy(std::to_string(left)));
    return std::nullopt;
}

Attempt ask(const Config& config, const Route& route, Request& request, Response& response)
{
    const auto scheme = route.parts.scheme;
    const bool upgrades = iequals(scheme, "ws") || route.backend->parameters.upgrade;
    if (iequals(scheme, "https") || (iequals(scheme, "http") && !upgrades))
        return ask_http(config, route, request, response);
    if (iequals(scheme, "http") || iequals(scheme, "ws"))
        return open_websocket(config, route, request, response);
    if (iequals(scheme, "fcgi")) return ask_fcgi(config, route, request, response);
    server::log_event(
        request,
        {.severity = Severity::warn,
         .module = "proxy",
         .apache_id = "AH01144",
         .id = scheme_unknown},
        "No protocol handler was valid for the URL ", request.uri, " (scheme '", scheme,
        "'). If you are using a DSO version of mod_proxy, make sure the proxy submodules are "
        "included in the configuration using LoadModule.");
    return {.outcome = 500};
}

Attempt ask_url(const Config& config, std::string_view url, const Backend* member, Request& request,
                Response& response)
{
    static const Backend unknown{.url = {}, .parameters = {}, .state = nullptr};
    const auto parts = parse_url(url);
    if (!parts) {
        server::log_event(request,
                          {.severity = Severity::error,
                           .module = "proxy",
                           .apache_id = "AH01087",
                           .id = scheme_unknown},
                          "error parsing URL ", url, ": ", parts.error().text);
        return {.outcome = 400};
    }
    if (!iequals(parts->scheme, "fcgi") && is_bad_target(url)) {
        server::log_event(request,
                          {.severity = Severity::error,
                           .module = "proxy",
                           .apache_id = "AH10415",
                           .id = bad_target},
                          "To be forwarded path contains control characters or spaces");
        return {.outcome = 403};
    }
    Route route{.url = without_socket(url), .parts = *parts, .backend = member};
    if (!route.backend)
        route.backend = find_backend(config, request, route.url, route.parts.socket);
    if (!route.backend) {
        route.backend = &unknown;
        request.env.set("proxy-nokeepalive", "1");
    }
    const auto& parameters = route.backend->parameters;
    route.patience = parameters.timeout.value_or(
        config.timeout.value_or(server::timeout_of(request.vhost->base->core())));
    route.connect_patience = parameters.connect_timeout.value_or(route.patience);
    if (route.backend->state) ++route.backend->state->requests;
    return ask(config, route, request, response);
}

Outcome run_proxy(const Config& config, Request& request, Response& response)
{
    bool is_raw = request.notes.has(raw_note);
    if (request.filename.starts_with(prefix)) {
        if (request.handler != handler_name) return Outcome::declined;
    } else if (istarts_with(request.handler, prefix)) {
        request.filename = request.arena.join(request.handler, request.filename);
        // A script's name is not part of a URL.
        is_raw |= istarts_with(without_socket(request.handler.substr(prefix.size())), "fcgi:");
    } else {
        return Outcome::declined;
    }
    if (const auto outcome = count_forwards(config, request)) return *outcome;
    const auto url = request.filename.substr(prefix.size());
    const auto canonical = canonical_url(request, url, is_raw);
    if (!istarts_with(without_socket(url), "balancer:"))
        return ask_url(config, canonical, nullptr, request, response).outcome;
    return ask_balancer(config, canonical, request, response,
                        [&](std::string_view member_url, const Backend& member) {
                            return ask_url(config, member_url, &member, request, response);
                        });
}

constexpr server::Hook<Config> hooks[] = {
    {server::Phase::translate, server::Order::first, translate, has_passes},
    {server::Phase::handler, server::Order::first, run_proxy},
};

struct Nothing {};

Nothing merge_nothing(const Nothing&, const Nothing&)
{
    return {};
}

} // namespace
} // namespace signet::mod_proxy

namespace signet::modules {

server::Module mod_proxy()
{
    using mod_proxy::Config;
    return server::define_module<Config, mod_proxy::merge>("proxy_module", "mod_proxy.c",
                                                           mod_proxy::directives, mod_proxy::hooks);
}

std::vector<server::Module> proxy_parts()
{
    using mod_proxy::Nothing, mod_proxy::merge_nothing;
    const auto part = [](std::string_view name, std::string_view source) {
        return server::define_module<Nothing, merge_nothing>(name, source, {}, {});
    };
    return {
        part("proxy_http_module", "mod_proxy_http.c"),
        part("proxy_fcgi_module", "mod_proxy_fcgi.c"),
        part("proxy_wstunnel_module", "mod_proxy_wstunnel.c"),
        part("proxy_balancer_module", "mod_proxy_balancer.c"),
        part("lbmethod_byrequests_module", "mod_lbmethod_byrequests.c"),
        part("lbmethod_bytraffic_module", "mod_lbmethod_bytraffic.c"),
        part("lbmethod_bybusyness_module", "mod_lbmethod_bybusyness.c"),
    };
}

} // namespace signet::modules
