// The handshake with a WebSocket backend, on the request's fiber; then a relay takes over.
// RFC 6455 §4 · RFC 9110 §7.8 · mod_proxy_wstunnel
#include "base/text.h"
#include "http/chunked.h"
#include "http/uri.h"
#include "http/writer.h"
#include "modules/mod_proxy/config.h"
#include "net/fiber_socket.h"
#include "net/resolve.h"
#include "server/core_config.h"
#include "server/error_log.h"
#include "server/filter_chain.h"
#include "server/relay.h"
#include "server/request.h"
#include "server/response.h"
#include "server/scope.h"
#include "server/vhost.h"
#include "server/worker.h"

#include <algorithm>
#include <array>

namespace signet::mod_proxy {
namespace {

using server::Outcome, server::Request, server::Response;
using std::chrono::milliseconds;

constexpr size_t max_head = size_t{64} * 1024;

// Of one hop only (RFC 9110 §7.6.1), or made anew.
bool is_of_this_hop(std::string_view name)
{
    static constexpr std::array names{
        "Connection", "Keep-Alive",       "Proxy-Authenticate", "Proxy-Authorization",
        "TE",         "Trailer",          "Transfer-Encoding",  "Upgrade",
        "Expect",     "Proxy-Connection", "HTTP2-Settings",     "Content-Length"};
    return std::ranges::any_of(names, [&](auto one) { return iequals(one, name); });
}

// Was the field named by Connection?
bool is_named_by_connection(const http::Headers& headers, std::string_view name)
{
    return headers.has_token("Connection", name);
}

std::string with_port(const Pass& pass)
{
    return pass.port == 80 ? pass.host : pass.host + ":" + std::to_string(pass.port);
}

void add_forwarded(const Request& request, std::string& head)
{
    auto writer = http::write_head(head);
    auto append = [&](std::string_view name, std::string_view value) {
        const auto before = request.headers.find(name);
        writer.field(name, before ? request.arena.join(*before, ", ", value) : value);
    };
    append("X-Forwarded-For", request.client().ip());
    if (const auto host = request.headers.find("Host")) append("X-Forwarded-Host", *host);
    append("X-Forwarded-Server", request.vhost->server_name);
}

std::string request_head(const Config& config, const Pass& pass, const Request& request)
{
    const bool forwards = config.add_headers.value_or(true);
    const auto rest = request.uri.substr(covered(pass.path, request.uri));
    const auto path = request.arena.join(pass.target, http::escape_path(rest, request.arena));
    std::string head = std::string("GET ") + (path.starts_with('/') ? "" : "/") + std::string(path);
    if (request.query) head.append("?").append(*request.query);
    head += " HTTP/1.1\r\n";
    auto writer = http::write_head(head);
    const auto host = request.headers.find("Host");
    writer.field("Host", config.preserve_host.value_or(false) && host
                             ? *host
                             : std::string_view(request.arena.copy(with_port(pass))));
    for (const auto& [name, value] : request.headers) {
        const bool replaced =
            iequals(name, "Host") || (forwards && istarts_with(name, "X-Forwarded-"));
        if (replaced || is_of_this_hop(name) || is_named_by_connection(request.headers, name))
            continue;
        writer.field(name, value);
    }
    if (forwards) add_forwarded(request, head);
    writer.field("Upgrade", "websocket").field("Connection", "Upgrade").end();
    return head;
}

// What the backend has answered: views into `bytes`, which also has what came behind the head.
struct Answer {
    std::string bytes;
    int status = 0;
    std::string_view reason;
    http::Headers fields;
    std::string_view rest;
};

// "HTTP/1.1 101 Switching Protocols"
bool parse_status_line(std::string_view line, Answer& answer)
{
    if (!line.starts_with("HTTP/1.") || line.size() < 12 || line[8] != ' ') return false;
    const auto status = parse_number<uint16_t>(line.substr(9, 3));
    if (!status || *status < 100 || *status > 599) return false;
    answer.status = *status;
    answer.reason = line.size() > 13 ? line.substr(13) : std::string_view();
    return true;
}

// 1: complete. 0: more must come. -1: malformed.
int parse_answer(Answer& answer)
{
    const size_t end = answer.bytes.find('\n');
    if (end == std::string::npos) return 0;
    std::string_view line(answer.bytes.data(), end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!parse_status_line(line, answer)) return -1;
    const http::HeadLimits limits{.line = max_head, .field_size = max_head, .fields = 0};
    answer.fields.clear();
    size_t used = 0;
    http::Refusal refusal;
    const std::span<char> section(answer.bytes.data() + end + 1, answer.bytes.size() - end - 1);
    const auto parsed = http::parse_field_section(section, limits, answer.fields, used, refusal);
    if (parsed != http::Parse::complete) return parsed == http::Parse::incomplete ? 0 : -1;
    answer.rest = std::string_view(answer.bytes).substr(end + 1 + used);
    return 1;
}

Result<void> read_answer(net::FiberSocket& backend, milliseconds limit, Answer& answer)
{
    std::array<char, 4096> buffer;
    while (true) {
        const auto count = backend.read(buffer, limit);
        if (!count) return std::unexpected(count.error());
        if (*count == 0) return fail(Error::Kind::malformed, "it closed the connection");
        answer.bytes.append(buffer.data(), *count);
        const int parsed = parse_answer(answer);
        if (parsed < 0) return fail(Error::Kind::malformed, "its head is malformed");
        // Another interim answer: what counts comes after it.
        if (parsed > 0 && (answer.status >= 200 || answer.status == 101)) return {};
        if (parsed > 0) {
            answer.bytes = std::string(answer.rest);
            if (!answer.bytes.empty() && parse_answer(answer) > 0 && answer.status >= 200)
                return {};
        }
        if (answer.bytes.size() > max_head)
            return fail(Error::Kind::malformed, "its head is too long");
    }
}

void take_trailers(http::ChunkedDecoder& decoder, const Request& request, Response& response)
{
    http::Headers fields;
    size_t used = 0;
    http::Refusal refusal;
    if (http::parse_field_section(decoder.trailers(), {}, fields, used, refusal)
        != http::Parse::complete)
        return;
    for (const auto& [name, value] : fields) {
        if (!is_of_this_hop(name))
            response.trailers.add(request.arena.copy(name), request.arena.copy(value));
    }
}

// Sends the body on as it comes: to its length, its last chunk, or the end of the connection.
Result<void> pass_body(net::FiberSocket& backend, milliseconds limit, const Answer& answer,
                       const Request& request, Response& response)
{
    const bool chunked = answer.fields.has_token("Transfer-Encoding", "chunked");
    const auto length = parse_number<uint64_t>(answer.fields.find("Content-Length").value_or(""));
    uint64_t left = length && !chunked ? *length : UINT64_MAX;
    http::ChunkedDecoder decoder;
    std::array<char, 4096> buffer;
    std::string_view bytes = answer.rest;
    while (true) {
        while (!bytes.empty() && left > 0) {
            std::string_view piece =
                bytes.substr(0, static_cast<size_t>(std::min<uint64_t>(left, bytes.size())));
            if (chunked) {
                const auto step = decoder.next(bytes);
                if (step.state == http::ChunkedDecoder::State::done) {
                    take_trailers(decoder, request, response);
                    return {};
                }
                if (step.state == http::ChunkedDecoder::State::refused)
                    return fail(Error::Kind::malformed, "a chunk is malformed");
                piece = step.data;
            } else {
                bytes.remove_prefix(piece.size());
                if (length) left -= piece.size();
            }
            if (auto written = response.write(piece); !written) return written;
        }
        if (left == 0) return {};
        const auto count = backend.read(buffer, limit);
        if (!count) return std::unexpected(count.error());
        if (*count == 0) {
            if (chunked || length) return fail(Error::Kind::malformed, "the body is cut short");
            return {};
        }
        bytes = {buffer.data(), *count};
    }
}

void take_fields(const Request& request, const Answer& answer, Response& response)
{
    response.status = answer.status;
    response.reason = request.arena.copy(answer.reason);
    const bool has_length = !answer.fields.has("Transfer-Encoding");
    for (const auto& [name, value] : answer.fields) {
        const bool is_length = has_length && iequals(name, "Content-Length");
        if ((is_of_this_hop(name) && !is_length) || is_named_by_connection(answer.fields, name)
            || iequals(name, "Date") || iequals(name, "Server"))
            continue;
        const auto kept = request.arena.copy(value);
        if (iequals(name, "Content-Type")) {
            response.content_type = kept;
        } else {
            response.headers.add(request.arena.copy(name), kept);
        }
    }
}

Outcome fail_request(const Request& request, const Error& error, int status, int id,
                     std::string_view apache_id, std::string_view text, const Pass& pass)
{
    if (error.kind == Error::Kind::cancelled) return Outcome::done; // the client has gone
    log_event(
        request,
        {.severity = server::Severity::error, .module = "proxy", .apache_id = apache_id, .id = id},
        text, pass.host, ":", std::to_string(pass.port), ": ", error.text);
    return status;
}

// The addresses one after the other.
Result<void> connect_to_any(net::FiberSocket& backend, const std::vector<net::Address>& addresses,
                            milliseconds limit)
{
    Result<void> connected = fail("it has no address");
    for (const auto& address : addresses) {
        connected = backend.connect(address, limit);
        if (connected || connected.error().kind == Error::Kind::cancelled) break;
    }
    return connected;
}

} // namespace

Outcome open_websocket(const Config& config, const Pass& pass, Request& request, Response& response)
{
    const bool asks = request.method == http::Method::get && !request.head_only && !request.body
                      && request.headers.has_token("Upgrade", "websocket")
                      && request.headers.has_token("Connection", "Upgrade");
    if (!asks) {
        log_event(request,
                  {.severity = server::Severity::info,
                   .module = "proxy",
                   .apache_id = "AH02900",
                   .id = not_an_upgrade},
                  "require upgrade for HTTP/1.1 to WebSocket, got ",
                  request.headers.find("Upgrade").value_or("none"));
        response.always_headers.set("Upgrade", "websocket");
        response.always_headers.set("Connection", "Upgrade");
        return 426;
    }
    server::Worker& worker = *request.worker;
    const milliseconds idle = pass.timeout.value_or(
        config.timeout.value_or(server::timeout_of(request.vhost->base->core())));
    const auto addresses = net::resolve(worker.helpers(), pass.host, pass.port);
    if (!addresses)
        return fail_request(request, addresses.error(), 502, name_unknown, "AH00898",
                            "DNS lookup failure for: ", pass);
    net::FiberSocket backend(worker.loop);
    if (auto connected = connect_to_any(backend, *addresses, pass.connect_timeout.value_or(idle));
        !connected)
        return fail_request(request, connected.error(), 503, cannot_connect, "AH00957",
                            "WS: failed to make connection to backend: ", pass);
    Answer answer;
    auto asked = backend.write(request_head(config, pass, request), idle);
    if (asked) asked = read_answer(backend, idle, answer);
    if (!asked)
        return fail_request(request, asked.error(), 502, bad_answer, "AH01102",
                            "error reading status line from remote server ", pass);
    take_fields(request, answer, response);
    if (answer.status != 101) {
        if (auto passed = pass_body(backend, idle, answer, request, response); !passed) {
            if (passed.error().kind != Error::Kind::cancelled)
                (void)fail_request(request, passed.error(), 502, bad_answer, "AH01110",
                                   "error reading response from ", pass);
            return response.head_sent ? Outcome::done : Outcome(502);
        }
        return Outcome::done;
    }
    response.headers.set("Upgrade", "websocket");
    response.headers.set("Connection", "Upgrade");
    response.filters.reset(); // there is no body
    response.tunnel = std::make_unique<server::Relay>(worker.loop, backend.release(),
                                                      std::string(answer.rest), idle);
    return Outcome::done;
}

} // namespace signet::mod_proxy
