// mod_proxy_http: a request goes to another server as the client sent it, and the answer comes back
// as it was.   RFC 9110 §7.6 · https://httpd.apache.org/docs/2.4/mod/mod_proxy_http.html
#include "modules/mod_proxy/http_backend.h"

#include "base/text.h"
#include "http/chunked.h"
#include "http/writer.h"
#include "modules/mod_proxy/answer.h"
#include "modules/mod_proxy/fields.h"
#include "server/byte_ranges.h"
#include "server/error_log.h"
#include "server/filter_chain.h"
#include "server/request.h"
#include "server/response.h"
#include "server/worker.h"

#include <algorithm>
#include <array>

namespace signet::mod_proxy {
namespace {

using server::Outcome, server::Request, server::Response, server::Severity;

// A body up to this size is read before the backend is asked: it can be sent again, and its length
// is known.
constexpr size_t most_prefetched = size_t{16} * 1024;
// How long a backend may take to say 100 Continue before it gets the body unasked.
constexpr milliseconds continue_patience{1000};
constexpr int most_interim = 100;

class HttpExchange {
public:
    HttpExchange(const Config& config, const Route& route, Request& request, Response& response)
        : config_(config)
        , route_(route)
        , request_(request)
        , response_(response)
    {
    }
    Attempt run();

private:
    [[nodiscard]] int prefetch();
    [[nodiscard]] Attempt run_on(Link& link);
    [[nodiscard]] std::string head() const;
    [[nodiscard]] bool waits_for_continue() const;
    [[nodiscard]] bool may_repeat() const;
    [[nodiscard]] Result<void> send_body(Link& link);
    [[nodiscard]] Result<void> send_piece(Link& link, std::string_view bytes) const;
    [[nodiscard]] Result<void> read_final_head(Link& link, Answer& answer);
    void pass_interim(const Answer& answer);
    [[nodiscard]] Outcome pass_answer(Answer& answer);
    [[nodiscard]] Outcome override_answer(Answer& answer);
    [[nodiscard]] Outcome pass_whole(std::string_view body);
    [[nodiscard]] Outcome pass_body(Answer& answer);

    const Config& config_;
    const Route& route_;
    Request& request_;
    Response& response_;
    std::string prefetched_;
    bool body_is_whole_ = true; // in prefetched_
    bool chunked_ = false;      // to the backend
    bool body_sent_ = false;
    std::optional<Error> body_error_{};
};

bool HttpExchange::waits_for_continue() const
{
    return request_.body && config_.continues.value_or(true)
           && request_.headers.has_token("Expect", "100-continue");
}

// 0, or the status of what is wrong with the client's body.
int HttpExchange::prefetch()
{
    if (!request_.body) return 0;
    body_is_whole_ = false;
    while (!waits_for_continue() && prefetched_.size() < most_prefetched) {
        const auto piece = request_.body->read();
        if (!piece) {
            log_event(request_,
                      {.severity = Severity::error, .module = "proxy_http", .apache_id = "AH01095"},
                      "prefetch request body failed to ", host_and_port(route_.parts), ": ",
                      piece.error().text);
            response_.hides_length = true; // as in Apache
            return status_of_body(piece.error());
        }
        body_is_whole_ = piece->empty();
        if (body_is_whole_) break;
        prefetched_.append(*piece);
    }
    chunked_ = !body_is_whole_ && !request_.body->content_length();
    return 0;
}

// RFC 9110 §9.2.2: what a lost connection may have done, another does no harm to.
bool HttpExchange::may_repeat() const
{
    static constexpr std::array idempotent{"GET", "HEAD",   "OPTIONS",  "TRACE",
                                           "PUT", "DELETE", "PROPFIND", "REPORT"};
    return body_is_whole_ && std::ranges::any_of(idempotent, [&](auto one) {
               return one == request_.method_name;
           });
}

std::string HttpExchange::head() const
{
    std::string head(request_.head_only ? "HEAD" : request_.method_name);
    head += ' ';
    const auto& target = route_.parts.rest;
    if (!target.starts_with('/') && target != "*") head += '/';
    head.append(target);
    head += " HTTP/1.1\r\n";
    auto writer = http::write_head(head);
    writer.field("Host", host_for_backend(config_, route_, request_));
    writer.fields(fields_for_backend(config_, request_));
    if (chunked_) {
        writer.field("Transfer-Encoding", "chunked");
    } else if (body_is_whole_ && (request_.body || request_.headers.has("Content-Length"))) {
        writer.field("Content-Length", uint64_t{prefetched_.size()});
    } else if (request_.body) {
        writer.field("Content-Length", *request_.body->content_length());
    }
    const bool closes = request_.env.has("proxy-nokeepalive") || !route_.backend->may_reuse();
    writer.field("Connection", closes ? "close" : "Keep-Alive").end();
    return head;
}

Result<void> HttpExchange::send_piece(Link& link, std::string_view bytes) const
{
    if (!chunked_) return link.write(bytes);
    std::string chunk(http::chunk_head(bytes.size()).view());
    chunk.append(bytes).append("\r\n");
    return link.write(chunk);
}

// An error of the client's is in body_error_, too.
Result<void> HttpExchange::send_body(Link& link)
{
    body_sent_ = true;
    if (body_is_whole_) return {}; // it went with the head
    while (true) {
        const auto piece = request_.body->read();
        if (!piece) {
            body_error_ = piece.error();
            return std::unexpected(piece.error());
        }
        if (piece->empty()) break;
        if (auto sent = send_piece(link, *piece); !sent) return sent;
    }
    return chunked_ ? link.write(http::last_chunk) : Result<void>{};
}

void HttpExchange::pass_interim(const Answer& answer)
{
    if (answer.status() == 100) return; // the body's reader says it to the client
    http::Headers fields;
    for (const auto& [name, value] : answer.fields()) {
        if (!is_of_this_hop(answer.fields(), name)) fields.add(name, value);
    }
    (void)response_.sink()->interim(answer.status(), fields);
}

Result<void> HttpExchange::read_final_head(Link& link, Answer& answer)
{
    for (int interim = 0; interim < most_interim; ++interim) {
        // One that never says 100 gets the body all the same.   RFC 9110 §10.1.1
        const bool waits = waits_for_continue() && !body_sent_;
        auto read = waits ? answer.read_head(continue_patience) : answer.read_head();
        if (waits && !read && read.error().kind == Error::Kind::timed_out && !answer.has_begun()) {
            if (auto sent = send_body(link); !sent && body_error_) return sent;
            read = answer.read_head();
        }
        if (!read) return read;
        if (answer.status() == 101)
            return fail(Error::Kind::malformed, "it changes a protocol that nobody asked it to");
        if (!answer.is_interim()) return {};
        pass_interim(answer);
        if (answer.status() == 100 && request_.body && !body_sent_) {
            if (auto sent = send_body(link); !sent && body_error_) return sent;
        }
    }
    return fail(Error::Kind::malformed, "it sends interim answers without end");
}

// The server's own page, or its ErrorDocument.
Outcome HttpExchange::override_answer(Answer& answer)
{
    const int status = answer.status();
    if (status == 401) {
        if (const auto challenge = answer.fields().find("WWW-Authenticate"))
            response_.always_headers.set("WWW-Authenticate", request_.arena.copy(*challenge));
    }
    response_.is_proxied = false;
    response_.headers.clear();
    request_.error_reason = response_.reason;
    while (true) {
        const auto piece = answer.next();
        if (!piece || piece->empty()) break;
    }
    return status;
}

// A backend that knows no ranges: the client gets its part from here.
Outcome HttpExchange::pass_whole(std::string_view body)
{
    std::vector<http::ByteRange> ranges;
    if (response_.status == 200 && request_.headers.has("Range")) {
        const Outcome chosen = choose_ranges(request_, response_, body.size(), ranges);
        if (chosen.is_status()) return chosen;
        if (chosen == Outcome::ok) {
            response_.reason = {};
            send_ranges(request_, response_, body.size(), ranges,
                        [&](uint64_t offset, uint64_t length) {
                            response_.body.add(body.substr(static_cast<size_t>(offset),
                                                           static_cast<size_t>(length)));
                        });
            return Outcome::ok;
        }
    }
    response_.body.add(body);
    return Outcome::ok;
}

Outcome HttpExchange::pass_body(Answer& answer)
{
    if (const auto whole = answer.whole_body(); whole && answer.length())
        return pass_whole(request_.arena.copy(*whole));
    while (true) {
        const auto piece = answer.next();
        if (!piece) {
            if (piece.error().kind != Error::Kind::cancelled)
                log_event(request_,
                          {.severity = Severity::error,
                           .module = "proxy_http",
                           .apache_id = "AH01110",
                           .id = bad_answer},
                          "error reading response: ", host_and_port(route_.parts), ": ",
                          piece.error().text);
            response_.breaks_off = true;
            return Outcome::ok;
        }
        if (piece->empty()) break;
        if (auto written = response_.write(*piece); !written) return Outcome::ok; // gone
    }
    take_trailers(answer.trailers(), answer.fields(), request_, response_);
    return Outcome::ok;
}

Outcome HttpExchange::pass_answer(Answer& answer)
{
    const bool no_body = request_.head_only;
    response_.is_proxied = true;
    response_.status = answer.status();
    response_.reason = request_.arena.copy(answer.reason());
    answer.begin_body(no_body);
    take_fields(config_, answer.fields(), request_, response_);
    if (overrides_error(config_, answer.status())) return override_answer(answer);
    if (answer.fields().has("Transfer-Encoding") || answer.status() == 204
        || answer.status() == 304)
        response_.headers.remove("Content-Length");
    return pass_body(answer);
}

Attempt HttpExchange::run_on(Link& link)
{
    std::string begin = head();
    const bool body_in_head = body_is_whole_ || !prefetched_.empty();
    if (body_in_head && !prefetched_.empty()) {
        if (chunked_) begin.append(http::chunk_head(prefetched_.size()).view());
        begin.append(prefetched_);
        if (chunked_) begin.append("\r\n");
    }
    Answer answer(link, config_.bad_header.value_or(BadHeader::is_error));
    auto asked = link.write(begin);
    // A backend that takes no more of the body may have said why.
    if (asked && !waits_for_continue()) {
        if (auto sent = send_body(link); !sent && body_error_) asked = sent;
    }
    if (asked) asked = read_final_head(link, answer);
    if (!asked) {
        if (body_error_) return {.outcome = status_of_body(*body_error_)};
        if (asked.error().kind == Error::Kind::cancelled) return {.outcome = Outcome::done};
        if (link.is_reused() && !answer.has_begun() && may_repeat()
            && asked.error().kind != Error::Kind::timed_out)
            return {.outcome = Outcome::declined};
        return {.outcome = report_bad_answer(request_, route_, asked.error())};
    }
    const Outcome outcome = pass_answer(answer);
    if (answer.leaves_connection_open() && body_sent_ && !request_.env.has("proxy-nokeepalive"))
        link.keep();
    return {.outcome = outcome};
}

Attempt HttpExchange::run()
{
    if (const int status = prefetch(); status != 0) return {.outcome = status};
    for (const bool again : {false, true}) {
        Link link(request_, route_);
        const bool fresh = again || request_.env.has("proxy-initial-not-pooled");
        if (auto opened = link.open(config_, fresh); !opened)
            return report_no_link(request_, route_, opened.error());
        const Attempt attempt = run_on(link);
        // The connection was over when the request came there: it goes over a new one.
        if (attempt.outcome != Outcome::declined) return attempt;
    }
    return {.outcome = 502};
}

} // namespace

bool overrides_error(const Config& config, int status)
{
    if (!config.overrides_errors.value_or(false) || status < 400) return false;
    return config.overridden.empty() || std::ranges::count(config.overridden, status);
}

void note_proxy_error(Request& request, std::string_view reason)
{
    request.error_reason = "Proxy Error";
    request.error_notes =
        request.arena.join("The proxy server could not handle the request<p>Reason: <strong>",
                           escape_html(reason), "</strong></p>");
}

int status_of_body(const Error& error)
{
    switch (error.kind) {
    case Error::Kind::timed_out: return 408;
    case Error::Kind::too_large: return 413;
    default: return 400;
    }
}

namespace {

Attempt report_no_tls(Request& request, const Route& route, const Error& error)
{
    const bool is_off = error.kind == Error::Kind::denied;
    const auto where = host_and_port(route.parts);
    log_event(request,
              {.severity = Severity::error,
               .module = "proxy",
               .apache_id = is_off ? "AH01961" : "AH00961",
               .id = is_off ? tls_is_off : tls_failed},
              is_off ? "SSL Proxy requested for " : "https: failed to enable ssl support for ",
              where, is_off ? " but not enabled [Hint: SSLProxyEngine]" : ": ",
              is_off ? std::string_view() : error.text);
    if (is_off) return {.outcome = 500};
    note_proxy_error(request, "Error during SSL Handshake with remote server");
    return {.outcome = 500};
}

} // namespace

Attempt report_no_link(Request& request, const Route& route, const LinkFailure& failure)
{
    if (failure.error.kind == Error::Kind::cancelled) return {.outcome = Outcome::done};
    const auto where = host_and_port(route.parts);
    using enum LinkFailure::Stage;
    switch (failure.stage) {
    case resting:
        log_event(request,
                  {.severity = Severity::error,
                   .module = "proxy",
                   .apache_id = "AH00940",
                   .id = backend_rests},
                  route.parts.scheme, ": disabled connection for (", where, ")");
        break;
    case resolve:
        log_event(request,
                  {.severity = Severity::error,
                   .module = "proxy",
                   .apache_id = "AH00898",
                   .id = name_unknown},
                  "DNS lookup failure for: ", route.parts.host, ": ", failure.error.text);
        note_proxy_error(request, "DNS lookup failure for: " + std::string(route.parts.host));
        return {.outcome = 502, .unreachable = true};
    case tls: return report_no_tls(request, route, failure.error);
    case connect:
        log_event(request,
                  {.severity = Severity::error,
                   .module = "proxy",
                   .apache_id = "AH00957",
                   .id = cannot_connect},
                  route.parts.scheme, ": attempt to connect to ",
                  route.parts.socket.empty() ? std::string_view(where) : route.parts.socket,
                  " failed: ", failure.error.text);
        break;
    }
    return {.outcome = 503, .unreachable = true};
}

Outcome report_bad_answer(Request& request, const Route& route, const Error& error)
{
    log_event(request,
              {.severity = Severity::error,
               .module = "proxy_http",
               .apache_id = "AH01102",
               .id = bad_answer},
              "error reading status line from remote server ", host_and_port(route.parts), ": ",
              error.text);
    if (error.kind == Error::Kind::malformed) return 502;
    note_proxy_error(request, "Error reading from remote server");
    return error.kind == Error::Kind::timed_out ? 504 : 502;
}

Attempt ask_http(const Config& config, const Route& route, Request& request, Response& response)
{
    return HttpExchange(config, route, request, response).run();
}

} // namespace signet::mod_proxy
