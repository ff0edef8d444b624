// mod_proxy and mod_proxy_wstunnel: WebSockets go to another server. The rest of the reverse proxy
// (http://, balancers …) is not there yet; its directives are read without effect.
//
//     ProxyPass "/ws" "ws://127.0.0.1:9000/chat"      below /ws, WebSockets are the backend's
//     ProxyPass "/ws/status" "!"                      but not here
//     ProxyTimeout 600                                an idle tunnel ends; else after Timeout
//     ProxyPreserveHost On                            the backend sees the client's Host
//     ProxyAddHeaders Off                             and no X-Forwarded-For, -Host, -Server
//
// In <Location> the path is left out. ProxyPass takes timeout= and connectiontimeout=. Over HTTP/2
// WebSockets come by extended CONNECT: H2WebSockets On.
// Beware: requests below the path that do not ask for a WebSocket get 426; Apache forwards them.
// https://httpd.apache.org/docs/2.4/mod/mod_proxy_wstunnel.html
#include "modules/list.h"
#include "modules/mod_proxy/config.h"
#include "server/request.h"

namespace signet::mod_proxy {
namespace {

using server::Outcome, server::Request, server::Response;

// The first that covers the URI; null where it is excluded, or when there is none.
const Pass* find_pass(const Config& config, std::string_view uri)
{
    for (const Pass& pass : config.passes) {
        if (covered(pass.path, uri) > 0) return pass.excluded ? nullptr : &pass;
    }
    return nullptr;
}

bool has_passes(const Config& config)
{
    return !config.passes.empty();
}

// There is no file to look for, hence none of its sections: only <Location>s and conditions.
Outcome translate(const Config& config, Request& request, Response&)
{
    const Pass* pass = find_pass(config, request.uri);
    if (!pass) return Outcome::declined;
    request.filename = request.arena.join("proxy:ws://", pass->host, request.uri);
    request.handler = "proxy-server";
    return Outcome::ok;
}

Outcome handle(const Config& config, Request& request, Response& response)
{
    if (!request.filename.starts_with("proxy:ws:")) return Outcome::declined;
    const Pass* pass = find_pass(config, request.uri);
    return pass ? open_websocket(config, *pass, request, response) : Outcome(404);
}

constexpr server::Hook<Config> hooks[] = {
    {server::Phase::translate, server::Order::first, translate, has_passes},
    {server::Phase::handler, server::Order::first, handle, has_passes},
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

// A name for LoadModule and <IfModule>: mod_proxy does its work.
server::Module mod_proxy_wstunnel()
{
    using mod_proxy::Nothing;
    return server::define_module<Nothing, mod_proxy::merge_nothing>("proxy_wstunnel_module",
                                                                    "mod_proxy_wstunnel.c", {}, {});
}

} // namespace signet::modules
