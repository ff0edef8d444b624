// mod_proxy_wstunnel: the handshake with a WebSocket backend, on the request's fiber; then a relay
// takes over.   RFC 6455 §4 · RFC 9110 §7.8
#include "http/writer.h"
#include "modules/mod_proxy/answer.h"
#include "modules/mod_proxy/fields.h"
#include "modules/mod_proxy/http_backend.h"
#include "server/filter_chain.h"
#include "server/relay.h"
#include "server/request.h"
#include "server/response.h"
#include "server/worker.h"

namespace signet::mod_proxy {
namespace {

using server::Outcome, server::Request, server::Response;

bool asks_for_websocket(const Request& request)
{
    return request.method == http::Method::get && !request.head_only && !request.body
           && request.headers.has_token("Upgrade", "websocket")
           && request.headers.has_token("Connection", "Upgrade");
}

std::string upgrade_head(const Config& config, const Route& route, const Request& request)
{
    std::string head = "GET ";
    if (!route.parts.rest.starts_with('/')) head += '/';
    head.append(route.parts.rest).append(" HTTP/1.1\r\n");
    http::write_head(head)
        .field("Host", host_for_backend(config, route, request))
        .fields(fields_for_backend(config, request))
        .field("Connection", "Upgrade")
        .field("Upgrade", "websocket")
        .end();
    return head;
}

// The backend will have no tunnel: its answer is passed on as any other.
Outcome pass_refusal(const Config& config, const Route& route, Answer& answer, Request& request,
                     Response& response)
{
    answer.begin_body(false);
    take_fields(config, answer.fields(), request, response);
    if (answer.fields().has("Transfer-Encoding")) response.headers.remove("Content-Length");
    while (true) {
        const auto piece = answer.next();
        if (!piece) {
            if (piece.error().kind == Error::Kind::cancelled) return Outcome::done;
            const Outcome outcome = report_bad_answer(request, route, piece.error());
            return response.head_sent ? Outcome::done : outcome;
        }
        if (piece->empty()) break;
        if (!response.write(*piece)) return Outcome::done;
    }
    take_trailers(answer.trailers(), answer.fields(), request, response);
    return Outcome::done;
}

} // namespace

Attempt open_websocket(const Config& config, const Route& route, Request& request,
                       Response& response)
{
    if (!asks_for_websocket(request)) return ask_http(config, route, request, response);
    Link link(request, route);
    if (auto opened = link.open(config, true); !opened)
        return report_no_link(request, route, opened.error());
    Answer answer(link, config.bad_header.value_or(BadHeader::is_error));
    auto asked = link.write(upgrade_head(config, route, request));
    if (asked) asked = answer.read_head();
    while (asked && answer.is_interim()) asked = answer.read_head();
    if (asked && answer.is_http09())
        asked = fail(Error::Kind::malformed, "its answer has no status line");
    if (!asked) {
        if (asked.error().kind == Error::Kind::cancelled) return {.outcome = Outcome::done};
        return {.outcome = report_bad_answer(request, route, asked.error())};
    }
    response.is_proxied = true;
    response.status = answer.status();
    response.reason = request.arena.copy(answer.reason());
    if (answer.status() != 101)
        return {.outcome = pass_refusal(config, route, answer, request, response)};
    take_fields(config, answer.fields(), request, response);
    response.headers.set("Upgrade", "websocket");
    response.headers.set("Connection", "Upgrade");
    response.filters.reset(); // there is no body
    response.tunnel = std::make_unique<server::Relay>(request.worker->loop, link.release(),
                                                      std::string(answer.rest()), route.patience);
    return {.outcome = Outcome::done};
}

} // namespace signet::mod_proxy
