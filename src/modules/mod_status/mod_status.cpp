// mod_status: what the server is doing.
//
//     <Location "/server-status">
//         SetHandler server-status            a page; ?auto and ?json for programs
//         Require local
//     </Location>
//     <Location "/metrics">
//         SetHandler server-metrics           the same for Prometheus (signet only)
//         Require local
//     </Location>
//     ExtendedStatus Off                      only how many requests are under way
//
// ?refresh=5 reloads the page every five seconds, ?notable lists without a table. ExtendedStatus is
// On where the page is configured, and Off where it is not. Details are kept of 256 connections per
// worker; the numbers count all.
// https://httpd.apache.org/docs/2.4/mod/mod_status.html
#include "base/text.h"
#include "modules/list.h"
#include "modules/mod_status/snapshot.h"
#include "server/configuration.h"
#include "server/response.h"

namespace signet::mod_status {
namespace {

using server::Outcome, server::Request, server::Response;

struct Config {};

Config merge(const Config&, const Config& inner)
{
    return inner;
}

constexpr std::string_view status_handler = "server-status";
constexpr std::string_view metrics_handler = "server-metrics";

bool asks_for_status(std::span<const config::Node> nodes)
{
    for (const auto& node : nodes) {
        if (asks_for_status(node.children)) return true;
        for (const auto& word : node.words) {
            if (iequals(word.text, status_handler) || iequals(word.text, metrics_handler)
                || iequals(word.text, "status_module")) {
                return true;
            }
        }
    }
    return false;
}

Result<void> prepare(const Config&, server::VirtualHost& vhost,
                     server::Configuration& configuration, config::Diagnostics&)
{
    auto& extended = configuration.process.extended_status;
    if (vhost.is_main && !extended) extended = asks_for_status(configuration.reading.tree.nodes);
    return {};
}

bool has_option(const Request& request, std::string_view option)
{
    return request.query && request.query->find(option) != request.query->npos;
}

// ?refresh or ?refresh=SECONDS; no sensible number is ten seconds.
void set_refresh(const Request& request, Response& response)
{
    constexpr std::string_view name = "refresh";
    if (!has_option(request, name)) return;
    const auto rest = request.query->substr(request.query->find(name) + name.size());
    long seconds = 0;
    if (rest.starts_with('=')) std::from_chars(rest.data() + 1, rest.data() + rest.size(), seconds);
    response.headers.set("Refresh", request.arena.copy(std::to_string(seconds < 1 ? 10 : seconds)));
}

Outcome answer(Request& request, Response& response, std::string_view type, const std::string& page)
{
    response.content_type = type;
    response.body.add(request.arena.copy(page));
    return Outcome::ok;
}

Outcome serve(const Config&, Request& request, Response& response)
{
    if (!request.handler.starts_with("server-")) return Outcome::declined;
    const bool metrics = request.handler == metrics_handler;
    if (!metrics && request.handler != status_handler) return Outcome::declined;
    if (request.method != http::Method::get) return Outcome::declined;
    const auto now = look(request);
    if (metrics)
        return answer(request, response, "text/plain; version=0.0.4; charset=utf-8",
                      metrics_page(*now, request));
    set_refresh(request, response);
    if (has_option(request, "json"))
        return answer(request, response, "application/json", json_page(*now, request));
    if (has_option(request, "auto"))
        return answer(request, response, "text/plain; charset=ISO-8859-1",
                      keys_page(*now, request));
    return answer(request, response, "text/html; charset=ISO-8859-1",
                  html_page(*now, request, {.table = !has_option(request, "notable")}));
}

constexpr server::Hook<Config> hooks[] = {
    {server::Phase::handler, server::Order::middle, serve},
};
constexpr server::Extras<Config> extras{.prepare = prepare};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("status_module", "mod_status.c", {}, hooks,
                                                &extras);
}

} // namespace signet::mod_status

namespace signet::modules {

server::Module mod_status()
{
    return mod_status::module();
}

} // namespace signet::modules
