#include "server/methods.h"

#include "server/core_config.h"
#include "server/request.h"
#include "server/response.h"
#include "server/scope.h"
#include "server/vhost.h"

namespace signet::server {
namespace {

CoreConfig::Trace trace_setting(const Request& request)
{
    return request.vhost->base->core().trace_enable.value_or(CoreConfig::Trace::on);
}

// The request as it was received, back to the client (RFC 9110 §9.3.8).
Outcome answer_trace(Request& request, Response& response)
{
    if (trace_setting(request) == CoreConfig::Trace::off) {
        request.error_notes = "TRACE denied by server configuration";
        return 405;
    }
    if (request.body && trace_setting(request) != CoreConfig::Trace::extended) {
        request.error_notes = "TRACE with a request body is not allowed";
        return 413;
    }
    std::string text(request.request_line);
    text += "\r\n";
    for (const auto& [name, value] : request.headers)
        text.append(name).append(": ").append(value).append("\r\n");
    text += "\r\n";
    constexpr size_t most = size_t{64} * 1024;
    const size_t head_size = text.size();
    while (request.body) {
        const auto bytes = request.body->read();
        if (!bytes) return 400;
        if (bytes->empty()) break;
        text += *bytes;
        if (text.size() - head_size > most) {
            request.error_notes = "Extended TRACE request bodies cannot exceed 64k\n";
            return 413;
        }
    }
    response.content_type = "message/http";
    // Written, not added as a known body: Apache does not tell its length.
    (void)response.write(text);
    return Outcome::done;
}

} // namespace

bool allows_trace(const Request& request)
{
    return trace_setting(request) != CoreConfig::Trace::off;
}

std::string_view allowed_methods(const Request& request)
{
    return trace_setting(request) == CoreConfig::Trace::off ? "GET,POST,OPTIONS,HEAD"
                                                            : "GET,POST,OPTIONS,HEAD,TRACE";
}

Outcome answer_options(Request& request, Response& response)
{
    response.headers.set("Allow", allowed_methods(request));
    response.headers.set("Content-Length", "0");
    return Outcome::done;
}

Outcome answer_server_wide(Request& request, Response& response)
{
    if (request.method == http::Method::trace && !request.parent)
        return answer_trace(request, response);
    if (request.method == http::Method::options && request.uri == "*") {
        response.headers.set("Content-Length", "0"); // about the server, not about a resource
        const auto& root = request.scope->core().document_root;
        request.filename =
            request.arena.join(root ? std::string_view(*root) : std::string_view(), "/*");
        return Outcome::done;
    }
    return Outcome::declined;
}

} // namespace signet::server
