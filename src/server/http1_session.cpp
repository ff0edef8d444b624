#include "server/http1_session.h"

#include "base/text.h"
#include "http/uri.h"
#include "server/configuration.h"
#include "server/connection.h"
#include "server/core_config.h"
#include "server/error_log.h"
#include "server/protocols.h"
#include "server/request_trace.h"
#include "server/vhosts.h"
#include "server/worker.h"

namespace signet::server {
namespace {

// A client that sends ahead is stopped here until its request has been answered.
constexpr size_t max_held = size_t{64} * 1024;

// Moves every view of the head from where it was received to where it stays.
class Rebase {
public:
    Rebase(const char* from, const char* to)
        : from_(from)
        , to_(to)
    {
    }
    [[nodiscard]] std::string_view operator()(std::string_view text) const
    {
        return text.empty() ? text : std::string_view(to_ + (text.data() - from_), text.size());
    }

private:
    const char* from_;
    const char* to_;
};

} // namespace

Http1Session::Http1Session(Connection& connection)
    : ExchangeRunner(connection)
{
    take_exchange();
}

void Http1Session::feed(std::span<char> bytes)
{
    if (state_ == State::closing) return;
    if (state_ == State::head && held_.empty()) {
        process(bytes);
        return;
    }
    if (state_ == State::tunnel) {
        feed_tunnel({bytes.data(), bytes.size()});
        return;
    }
    held_.append(bytes.data(), bytes.size());
    if (state_ == State::head) { // bounded by the limits of a head, not by max_held
        if (is_worth_parsing({bytes.data(), bytes.size()})) process({});
        return;
    }
    if (held_.size() > max_held) connection_.pause_reading();
    if (waits_for_body_) {
        waits_for_body_ = false;
        fiber_->wake();
    } else if (state_ == State::drain) {
        drain_body();
    }
}

// Parsing begins anew each time. Without a line feed nothing new can be said; and a client that
// sends a huge head byte by byte must not cost its square.
bool Http1Session::is_worth_parsing(std::string_view fresh) const
{
    constexpr size_t small = size_t{16} * 1024;
    const size_t size = held_.size();
    if (size >= parsed_size_ + small) return true;
    if (fresh.find('\n') == fresh.npos) return false;
    if (size < small || size >= parsed_size_ + parsed_size_ / 8) return true;
    const std::string_view end =
        std::string_view(held_).substr(size - std::min(size, fresh.size() + 3));
    return end.find("\n\n") != end.npos || end.find("\n\r\n") != end.npos;
}

void Http1Session::process(std::span<char> bytes)
{
    processing_ = true;
    std::string work;
    while (true) {
        while (state_ == State::head && !bytes.empty()) {
            const size_t before = bytes.size();
            bytes = read_head(bytes);
            if (bytes.size() == before) break;
        }
        // A request with a body has put what follows it into held_.
        if (state_ != State::head || !bytes.empty() || held_.empty()) break;
        work = std::move(held_);
        held_.clear();
        bytes = work;
    }
    processing_ = false;
    if (state_ == State::closing) return;
    if (state_ == State::tunnel) {
        if (!bytes.empty()) feed_tunnel({bytes.data(), bytes.size()});
        return;
    }
    held_.insert(0, bytes.data(), bytes.size());
    parsed_size_ = held_.size();
    if (state_ == State::head || held_.size() <= max_held) connection_.resume_reading();
    if (state_ == State::head && (held_.empty() || input_ended_)) wait_for_request();
}

// Parses one head and starts its request. Returns what comes after it; all of `bytes` when the head
// is not complete.
std::span<char> Http1Session::read_head(std::span<char> bytes)
{
    Worker& worker = connection_.worker();
    http::RequestHead& head = worker.head;
    http::Refusal refusal;
    const auto& limits = connection_.names().fallback().head_limits;
    switch (http::parse_request_head(bytes, limits, head, refusal)) {
    case http::Parse::incomplete:
        if (!in_head_) {
            in_head_ = true;
            connection_.show(Activity::reading);
            connection_.begin_read(ReadStage::head);
            connection_.arm_read_timeout(timeout_of(connection_.names().fallback().base->core()));
        }
        return bytes;
    case http::Parse::refused: {
        in_head_ = false;
        Request& request = exchange_->first.request;
        request.request_line = request.arena.copy(http::tidy_request_line(head, request.arena));
        request.method_name = request.arena.copy(head.method);
        request.version = head.version;
        request.start_micros = worker.loop.wall_micros();
        refuse(refusal, head.request_line);
        return {};
    }
    case http::Parse::complete: break;
    }
    in_head_ = false;
    const auto rest = bytes.subspan(head.size);
    begin_request(head, bytes.first(head.size));
    if (body_is_over()) {
        if (upgrade(rest)) return {};
        start_request();
        return rest;
    }
    // The body may have begun: what is here of it is held for read().
    held_.insert(0, rest.data(), rest.size());
    start_request();
    return {};
}

void Http1Session::begin_request(http::RequestHead& head, std::span<char> bytes)
{
    Request& request = exchange_->first.request;
    const auto kept = request.arena.copy({bytes.data(), bytes.size()});
    const Rebase rebase(bytes.data(), kept.data());
    head.request_line = rebase(head.request_line);
    request.method_name = head.method = rebase(head.method);
    request.unparsed_uri = head.target = rebase(head.target);
    head.protocol = rebase(head.protocol);
    request.request_line = http::tidy_request_line(head, request.arena);
    request.version = head.version;
    framing_ = http::request_framing(head);
    late_refusal_ = framing_.status;
    // The two lists change places: neither has to grow for the next request.
    std::swap(request.headers, head.headers);
    for (auto& [name, value] : request.headers) {
        name = rebase(name);
        value = rebase(value);
    }
    request.headers.join_repeated(request.arena);
    request.start_micros = connection_.worker().loop.wall_micros();
    connection_.peer().requests = ++requests_;

    if (framing_.ignores_length) request.headers.remove("Content-Length");
    body_left_ = framing_.kind == http::BodyKind::length ? framing_.length : 0;
    chunked_done_ = false;
    body_read_ = 0;
    body_used_ = 0;
    body_broken_ = false;
    trailers_.clear();
    chunked_ = http::ChunkedDecoder(connection_.names().fallback().head_limits);
    request.body =
        framing_.kind == http::BodyKind::none ? nullptr : static_cast<RequestBody*>(this);
    judge_expectation();
}

// The vhost that Host names says whether it may: Protocols, H2Upgrade.
bool Http1Session::may_become_http2() const
{
    const auto& names = connection_.names();
    const auto host = exchange_->first.request.headers.find("Host");
    const auto parsed = host ? http::parse_authority(*host, false) : std::nullopt;
    return takes_http2_upgrade(parsed ? names.find(lowercase(parsed->host)) : names.fallback());
}

// A request without a body may ask to go on in HTTP/2.   RFC 7540 §3.2
bool Http1Session::upgrade(std::span<const char> rest)
{
    const Request& request = exchange_->first.request;
    if (!request.headers.has("Upgrade") || request.version != http::Version::http11) return false;
    if (refusal_ != 0 || late_refusal_ != 0 || connection_.spoke_plain_http()
        || !request.headers.has_token("Upgrade", "h2c")
        || !request.headers.has_token("Connection", "Upgrade")
        || !request.headers.has_token("Connection", "HTTP2-Settings") || !may_become_http2())
        return false;
    const auto settings = decode_base64url(request.headers.find("HTTP2-Settings").value_or("!"));
    if (!settings || !connection_.upgrade_to_http2(*settings, exchange_, rest)) return false;
    state_ = State::closing; // the connection goes on with another session
    return true;
}

void Http1Session::explain_late_refusal() const
{
    log_refused_framing(exchange_->first.request, framing_);
}

// Refuses a head that could not even be parsed. `line`: its first line as sent.
void Http1Session::refuse(const http::Refusal& refusal, std::string_view line)
{
    Request& request = exchange_->first.request;
    use_fallback_vhost();
    request.error_notes = refusal.note;
    if (refusal.apache_id != "AH00565" && refusal.apache_id != "AH00566")
        trace_request_line(request, line);
    log_refused_head(request, refusal);
    refusal_ = refusal.status;
    unparsed_ = true;
    connection_.peer().requests = ++requests_;
    start_request();
}

void Http1Session::start_request()
{
    state_ = State::running;
    connection_.disarm_timeout();
    connection_.end_read();
    connection_.show(Activity::working);
    waits_for_flush_ = false;
    run_fiber();
}

// The request's fiber has ended: send on, or take the next request.
void Http1Session::after_fiber()
{
    if (state_ == State::closing) return;
    if (answers_with_tunnel()) {
        begin_tunnel();
        return;
    }
    state_ = State::sending;
    pump();
}

void Http1Session::end_of_input()
{
    input_ended_ = true;
    if (state_ == State::tunnel) {
        exchange_->final->response.tunnel->client_ended();
    } else if (waits_for_body_) {
        body_broken_ = true;
        waits_for_body_ = false;
        fiber_->wake();
    } else if (state_ == State::head || state_ == State::drain) {
        state_ = State::closing;
        connection_.finish(false);
    } // else the answer is still owed: a client may shut down its side and read on
}

void Http1Session::timed_out()
{
    if (connection_.queued() > 0) { // the client takes nothing
        connection_.abort();
        return;
    }
    if (fiber_) {
        timed_out_ = true;
        if (waits_for_body_) {
            waits_for_body_ = false;
            fiber_->wake();
            return;
        }
        connection_.abort();
        return;
    }
    // As in Apache: who has not even finished the request line gets no answer.
    if (state_ == State::head && in_head_ && held_.find('\n') != held_.npos) {
        in_head_ = false;
        Request& request = exchange_->first.request;
        request.start_micros = connection_.worker().loop.wall_micros();
        std::string_view line = held_;
        line.remove_prefix(std::min(line.find_first_not_of("\r\n"), line.size()));
        line = trim(line.substr(0, line.find('\n')));
        request.request_line = request.arena.copy(line);
        request.method_name = request.request_line.substr(0, line.find(' '));
        held_.clear();
        refuse({.status = 408, .apache_id = {}, .reason = {}, .evidence = {}}, {});
        return;
    }
    if (state_ == State::sending) {
        connection_.abort();
        return;
    }
    state_ = State::closing;
    connection_.finish(false);
}

void Http1Session::lost()
{
    const bool unfinished =
        state_ == State::running || state_ == State::sending || state_ == State::tunnel;
    state_ = State::closing;
    if (fiber_) {
        net::Fiber* fiber = fiber_;
        fiber->cancel();
    }
    if (unfinished && exchange_ && !fiber_running_) finish_request();
}

void Http1Session::stop()
{
    // A request may be on its way already: it is answered, with Connection: close.
    stopping_ = true;
    if (state_ != State::head || in_head_ || waits_for_flush_) return;
    connection_.arm_timeout(requests_ == 0 ? Connection::grace_for_first_request
                                           : Connection::grace_for_next_request);
}

} // namespace signet::server
