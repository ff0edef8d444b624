// Requests to HTTP backends. Internal to mod_proxy.
#pragma once
#include "modules/mod_proxy/link.h"
#include "server/phases.h"

namespace signet::server {
class Request;
class Response;
} // namespace signet::server

namespace signet::mod_proxy {

struct Config;

// What became of a request at one backend.
struct Attempt {
    server::Outcome outcome;
    bool unreachable = false; // nothing was sent: another backend may be asked
};

// The path and query that the backend gets: `url` behind the authority.
[[nodiscard]] Attempt ask_http(const Config& config, const Route& route, server::Request& request,
                               server::Response& response);
[[nodiscard]] Attempt open_websocket(const Config& config, const Route& route,
                                     server::Request& request, server::Response& response);

// Tells why there is no connection; the answer is 502 or 503.
[[nodiscard]] Attempt report_no_link(server::Request& request, const Route& route,
                                     const LinkFailure& failure);
// Tells what was wrong with a backend's answer; 502, or 504 when it said nothing in time.
[[nodiscard]] server::Outcome report_bad_answer(server::Request& request, const Route& route,
                                                const Error& error);
// Apache's page for what goes wrong with a backend.
void note_proxy_error(server::Request& request, std::string_view reason);
// ProxyErrorOverride: the server's own page takes the place of the backend's.
[[nodiscard]] bool overrides_error(const Config& config, int status);
// What is wrong with the client's body, as a status.
[[nodiscard]] int status_of_body(const Error& error);

} // namespace signet::mod_proxy
