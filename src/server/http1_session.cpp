#include "server/http1_session.h"

#include "base/text.h"
#include "http/status.h"
#include "http/uri.h"
#include "server/configuration.h"
#include "server/connection.h"
#include "server/core_config.h"
#include "server/error_log.h"
#include "server/error_page.h"
#include "server/pipeline.h"
#include "server/request_target.h"
#include "server/vhosts.h"
#include "server/worker.h"

#include <array>
#include <cstring>

namespace signet::server {
namespace {

// A body that nobody reads is dropped up to this size to keep the connection; more closes it.
constexpr uint64_t max_drained = uint64_t{1} << 20;
constexpr size_t max_held = size_t{64} * 1024;

// Moves every view of the head from where it was received to where it stays.
class Rebase {
public:
    Rebase(const char* from, const char* to) : from_(from), to_(to) {}
    [[nodiscard]] std::string_view operator()(std::string_view text) const
    {
        return text.empty() ? text : std::string_view(to_ + (text.data() - from_), text.size());
    }

private:
    const char* from_;
    const char* to_;
};

std::chrono::milliseconds read_timeout(const CoreConfig& core)
{
    return core.timeout.value_or(std::chrono::seconds(60));
}

} // namespace

Http1Session::Http1Session(Connection& connection)
    : connection_(connection)
{
    reset_exchange();
}

Http1Session::~Http1Session() { connection_.worker().loop.undefer(this); }

void Http1Session::reset_exchange()
{
    exchange_ = connection_.worker().take_exchange(connection_.peer());
}

void Http1Session::feed(std::span<char> bytes)
{
    if (state_ == State::closing) return;
    if (state_ == State::head && held_.empty()) {
        process(bytes);
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
    const std::string_view end = std::string_view(held_).substr(size - std::min(size, fresh.size() + 3));
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
            connection_.arm_timeout(read_timeout(connection_.names().fallback().base->core()));
        }
        return bytes;
    case http::Parse::refused: {
        in_head_ = false;
        Request& request = exchange_->first.request;
        request.request_line = request.arena.copy(http::tidy_request_line(head, request.arena));
        request.method_name = request.arena.copy(head.method);
        request.version = head.version;
        request.start_micros = worker.loop.wall_micros();
        refuse(refusal);
        return {};
    }
    case http::Parse::complete: break;
    }
    in_head_ = false;
    const auto rest = bytes.subspan(head.size);
    begin_request(head, bytes.first(head.size));
    if (body_is_over()) {
        run_fiber();
        return rest;
    }
    // The body may have begun: what is here of it is held for read().
    held_.insert(0, rest.data(), rest.size());
    run_fiber();
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
    request.body = framing_.kind == http::BodyKind::none ? nullptr : static_cast<RequestBody*>(this);
    expects_continue_ = false;
    if (const auto expect = request.headers.find("Expect"); expect && request.version >= http::Version::http11) {
        expects_continue_ = iequals(*expect, "100-continue");
        if (!expects_continue_) refusal_ = 417;
    }
}

// Refuses a head that could not even be parsed.
void Http1Session::refuse(const http::Refusal& refusal)
{
    Request& request = exchange_->first.request;
    request.vhost = &connection_.names().fallback();
    request.scope = request.vhost->base.get();
    request.configuration = connection_.worker().configuration.get();
    request.worker = &connection_.worker();
    request.error_notes = refusal.note;
    if (!refusal.apache_id.empty()) {
        log_event(request, {.severity = Severity::debug, .module = "core", .apache_id = refusal.apache_id,
                            .text = refusal.reason});
    }
    refusal_ = refusal.status;
    unparsed_ = true;
    connection_.peer().requests = ++requests_;
    run_fiber();
}

void Http1Session::run_fiber()
{
    state_ = State::running;
    connection_.disarm_timeout();
    waits_for_flush_ = false;
    exchange_->first.response.set_sink(*this);
    fiber_running_ = true;
    auto started = connection_.worker().fibers.start(&Http1Session::fiber_main, this);
    if (!started) {
        // No stack to be had: what a server says that is too busy.
        fiber_running_ = false;
        refusal_ = 503;
        fiber_main(this);
        fiber_ = nullptr;
    } else {
        fiber_ = *started;
    }
    if (fiber_running_) return;
    fiber_ = nullptr;
    after_fiber();
}

void Http1Session::fiber_main(void* argument)
{
    auto& self = *static_cast<Http1Session*>(argument);
    Exchange& exchange = *self.exchange_;
    Request& request = exchange.first.request;
    Worker& worker = self.connection_.worker();
    request.worker = &worker;
    request.configuration = worker.configuration.get();
    int status = self.refusal_;
    if (!self.unparsed_) {
        if (!request.vhost) {
            const int problem = resolve_target(request, self.connection_.names());
            if (status == 0) status = problem;
            if (status == 0) status = self.framing_.status;
            if (self.framing_.status != 0) request.body = nullptr;
        }
        if (self.connection_.spoke_plain_http()) {
            status = 400;
            request.error_notes = "Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />\n"
                                  " Instead use the HTTPS scheme to access this URL, please.<br />\n";
        }
    }
    if (status != 0) {
        refuse_request(exchange, status);
    } else {
        run_pipeline(exchange);
    }
    self.complete_response();
    const bool was_suspended = self.fiber_ != nullptr;
    self.fiber_running_ = false;
    self.fiber_ = nullptr;
    // The session goes on from the loop, not from this stack.
    if (was_suspended) {
        worker.loop.defer([](void* session) { static_cast<Http1Session*>(session)->after_fiber(); }, &self);
    }
}

// The request's fiber has ended: send on, or take the next request.
void Http1Session::after_fiber()
{
    if (state_ == State::closing) return;
    state_ = State::sending;
    pump();
}

void Http1Session::end_of_input()
{
    input_ended_ = true;
    if (waits_for_body_) {
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
    if (state_ == State::head && in_head_ && !held_.empty()) {
        in_head_ = false;
        exchange_->first.request.start_micros = connection_.worker().loop.wall_micros();
        held_.clear();
        refuse({.status = 408, .apache_id = {}, .reason = {}, .evidence = {}});
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
    const bool unfinished = state_ == State::running || state_ == State::sending;
    state_ = State::closing;
    if (fiber_) {
        net::Fiber* fiber = fiber_;
        fiber->cancel();
    }
    if (unfinished && exchange_ && !fiber_running_) end_exchange();
}

void Http1Session::stop()
{
    // A request may be on its way already: it is answered, with Connection: close.
    stopping_ = true;
    if (state_ != State::head || in_head_ || waits_for_flush_) return;
    connection_.arm_timeout(requests_ == 0 ? Connection::grace_for_first_request
                                           : Connection::grace_for_next_request);
}

bool Http1Session::body_is_over() const
{
    switch (framing_.kind) {
    case http::BodyKind::none: return true;
    case http::BodyKind::length: return body_left_ == 0;
    case http::BodyKind::chunked: return chunked_done_;
    }
    return true;
}

std::optional<uint64_t> Http1Session::content_length() const
{
    if (framing_.kind != http::BodyKind::length) return std::nullopt;
    return framing_.length;
}

// Takes from held_ what belongs to the body; empty when more must arrive (or it is over).
Result<std::string_view> Http1Session::take_body()
{
    // Not with every piece: a body may come in chunks of one byte.
    constexpr size_t worth_moving = size_t{16} * 1024;
    if (body_used_ == held_.size() || body_used_ >= worth_moving) drop_used();
    std::string_view input = std::string_view(held_).substr(body_used_);
    if (body_is_over() || input.empty()) return std::string_view();
    if (framing_.kind == http::BodyKind::length) {
        const auto count = static_cast<size_t>(std::min<uint64_t>(body_left_, input.size()));
        body_left_ -= count;
        body_used_ += count;
        return input.substr(0, count);
    }
    const auto step = chunked_.next(input);
    body_used_ = held_.size() - input.size();
    switch (step.state) {
    case http::ChunkedDecoder::State::refused:
        return fail(chunked_.refusal().status == 413 ? Error::Kind::too_large : Error::Kind::malformed,
                    std::string(chunked_.refusal().reason));
    case http::ChunkedDecoder::State::done: {
        chunked_done_ = true;
        size_t used = 0;
        http::Refusal refusal;
        const auto trailers = chunked_.trailers();
        if (!trailers.empty()
            && http::parse_field_section(trailers, connection_.names().fallback().head_limits, trailers_, used,
                                         refusal) == http::Parse::refused) {
            return fail(Error::Kind::malformed, std::string(refusal.reason));
        }
        break;
    }
    default: break;
    }
    return step.data;
}

Result<std::string_view> Http1Session::read()
{
    const Request& request = exchange_->final->request;
    const uint64_t limit = request.scope->core().limit_request_body.value_or(uint64_t{1} << 30);
    if (expects_continue_) {
        // After an answer that is no success a client that waits sends no body.
        if (exchange_->final->response.status / 100 != 2) {
            body_broken_ = true;
            return std::string_view();
        }
        expects_continue_ = false;
        connection_.send("HTTP/1.1 100 Continue\r\n\r\n", false);
    }
    if (limit != 0 && framing_.kind == http::BodyKind::length && framing_.length > limit) {
        body_broken_ = true;
        return fail(Error::Kind::too_large, "Content-Length exceeds LimitRequestBody");
    }
    while (true) {
        auto bytes = take_body();
        if (!bytes) {
            body_broken_ = true;
            return bytes;
        }
        body_read_ += bytes->size();
        if (limit != 0 && body_read_ > limit) {
            body_broken_ = true;
            return fail(Error::Kind::too_large, "request body exceeds LimitRequestBody");
        }
        if (!bytes->empty() || body_is_over()) return bytes;
        if (body_broken_ || input_ended_) {
            body_broken_ = true;
            return fail(Error::Kind::cancelled, "the client closed the connection in the middle of the body");
        }
        if (!net::Fiber::current()) return std::unexpected(Error::cancelled());
        connection_.resume_reading();
        connection_.arm_timeout(read_timeout(request.scope->core()));
        waits_for_body_ = true;
        auto woken = net::Fiber::current()->suspend();
        waits_for_body_ = false;
        connection_.disarm_timeout();
        if (!woken) return std::unexpected(woken.error());
        if (std::exchange(timed_out_, false)) {
            body_broken_ = true;
            return std::unexpected(Error::timed_out());
        }
    }
}

// Drops the rest of a body after the response; the connection's next request follows it.
void Http1Session::drain_body()
{
    while (true) {
        auto bytes = take_body();
        if (!bytes) {
            state_ = State::closing;
            connection_.finish(true);
            return;
        }
        body_read_ += bytes->size();
        if (body_is_over()) {
            drop_used();
            next_request();
            return;
        }
        if (bytes->empty()) {
            if (input_ended_) {
                state_ = State::closing;
                connection_.finish(false);
                return;
            }
            connection_.resume_reading();
            connection_.arm_timeout(read_timeout(connection_.names().fallback().base->core()));
            return;
        }
    }
}

void Http1Session::decide_keep_alive(const Response& response, bool body_length_known)
{
    const Request& request = exchange_->final->request;
    const auto& core = exchange_->first.request.vhost->base->core();
    const auto connection = request.headers.find("Connection");
    const bool is_11 = request.version >= http::Version::http11;
    const bool asked = connection && request.headers.has_token("Connection", "keep-alive");
    const bool refused = connection && request.headers.has_token("Connection", "close");
    const unsigned limit = core.max_keep_alive_requests.value_or(100);
    // As Apache counts: after the first request as many more as the limit says may follow.
    const auto left = limit == 0 ? 1 : static_cast<long>(limit) - static_cast<long>(requests_ - 1);
    keep_alive_ = core.keep_alive.value_or(true) && left > 0 && !stopping_ && !connection_.worker().stopping
        && !refused && (asked || is_11) && !body_broken_ && request.keep_alive
        && request.version != http::Version::http09 && !http::drops_connection(response.status)
        && !expects_continue_ && !framing_.must_close && !request.env.has("nokeepalive")
        && (body_length_known || chunked_response_) && !connection_.spoke_plain_http() && !unparsed_;
    exchange_->first.request.keep_alive = keep_alive_; // the log tells
    auto& fields = fields_.general;
    if (keep_alive_ && asked) {
        std::string value = "timeout=";
        append_number(value, static_cast<uint64_t>(
            std::chrono::duration_cast<std::chrono::seconds>(core.keep_alive_timeout.value_or(std::chrono::seconds(5))).count()));
        if (limit != 0) value.append(", max=").append(std::to_string(left));
        fields.add("Keep-Alive", request.arena.copy(value));
        fields.add("Connection", "Keep-Alive");
    } else if (!keep_alive_) {
        fields.add("Connection", "close");
    }
}

// The answer that was made goes, whatever it was: Apache does the same.
void Http1Session::refuse_bad_fields()
{
    Request& request = exchange_->final->request;
    Response& response = exchange_->final->response;
    log_event(request, {.severity = Severity::error, .module = "http", .apache_id = "AH02430",
                        .text = "Response header contains invalid characters, aborting request"});
    response.status = 500;
    response.reason = {};
    response.headers.clear();
    response.always_headers.clear();
    response.content_encodings.clear();
    response.content_languages.clear();
    response.body.clear();
    make_error_page(request, response);
    const auto& dates = request.worker->dates();
    fields_.clear();
    fields_.general.add("Date", {dates.http, sizeof dates.http});
    fields_.general.add("Server", request.worker->banner);
    fields_.content.add("Content-Type", response.content_type);
}

void Http1Session::send_head(bool body_is_known)
{
    Request& request = exchange_->final->request;
    Response& response = exchange_->final->response;
    response.head_sent = true;
    collect_head(request, response, fields_);
    if (!is_sound(fields_)) refuse_bad_fields();
    const bool is_11 = request.version >= http::Version::http11 && !request.env.has("force-response-1.0")
        && !request.env.has("downgrade-1.0");
    const bool no_body = http::forbids_body(response.status);
    auto& general = fields_.general;
    const bool bare_head = request.head_only && (response.is_error_page || response.body.empty());
    // Handlers that make nothing for HEAD would promise an empty body.
    if (request.head_only && general.find("Content-Length") == "0") general.remove("Content-Length");
    if (body_is_known && !no_body && !bare_head && !general.has("Content-Length")) {
        general.add("Content-Length", request.arena.copy(std::to_string(response.body.size())));
    }
    chunked_response_ = !body_is_known && is_11 && !no_body && !request.head_only && !general.has("Content-Length");
    decide_keep_alive(response, body_is_known || no_body || request.head_only || general.has("Content-Length"));
    if (response.hides_length && !keep_alive_) chunked_response_ = false;
    if (chunked_response_) general.add("Transfer-Encoding", "chunked");
    head_.clear();
    if (request.version == http::Version::http09) return;
    const bool say_10 = request.env.has("force-response-1.0");
    if (response.reason.empty() && !say_10) {
        head_ += http::prebuilt_status_line(response.status);
    } else {
        head_ += say_10 ? "HTTP/1.0 " : "HTTP/1.1 ";
        append_number(head_, static_cast<uint64_t>(response.status));
        head_ += ' ';
        head_ += response.reason.empty() ? http::reason_phrase(response.status) : response.reason;
        head_ += "\r\n";
    }
    for (const auto* list : {&fields_.general, &fields_.content}) {
        for (const auto& [name, value] : *list) head_.append(name).append(": ").append(value).append("\r\n");
    }
    head_ += "\r\n";
}

// On the request's fiber, when the handler has returned.
void Http1Session::complete_response()
{
    if (state_ == State::closing) return;
    Request& request = exchange_->final->request;
    Response& response = exchange_->final->response;
    if (!response.head_sent && response.hides_length) {
        const std::vector<Piece> pieces = response.body.pieces();
        response.body.clear();
        for (const Piece& piece : pieces) {
            if (!write(piece.bytes)) break;
        }
    }
    if (!response.head_sent) {
        send_head(true);
        if (request.head_only || http::forbids_body(response.status)) response.body.clear();
        return;
    }
    if (chunked_response_ && !request.head_only) connection_.send("0\r\n\r\n", false);
}

Result<void> Http1Session::write(std::string_view bytes)
{
    if (state_ == State::closing) return std::unexpected(Error::cancelled());
    Request& request = exchange_->final->request;
    Response& response = exchange_->final->response;
    if (!response.head_sent) {
        send_head(false);
        connection_.send(std::exchange(head_, {}), true);
    }
    if (bytes.empty() || request.head_only || http::forbids_body(response.status)) return {};
    response.bytes_sent += bytes.size();
    if (chunked_response_) {
        std::string size;
        append_hex(size, bytes.size());
        size += "\r\n";
        const std::array<std::string_view, 3> pieces{size, bytes, "\r\n"};
        connection_.send(pieces, true);
    } else {
        connection_.send(bytes, true);
    }
    while (connection_.is_full()) {
        if (!net::Fiber::current()) return {};
        waits_for_room_ = true;
        connection_.arm_timeout(read_timeout(request.scope->core()));
        auto woken = net::Fiber::current()->suspend();
        waits_for_room_ = false;
        connection_.disarm_timeout();
        if (!woken) return woken;
    }
    return {};
}

Result<void> Http1Session::interim(int status, const http::Headers& headers)
{
    if (exchange_->first.request.version < http::Version::http11) return {};
    std::string head(http::prebuilt_status_line(status));
    for (const auto& [name, value] : headers) head.append(name).append(": ").append(value).append("\r\n");
    connection_.send(head.append("\r\n"), false);
    return {};
}

void Http1Session::drained()
{
    if (waits_for_room_ && fiber_ && !connection_.is_full()) {
        fiber_->wake();
    } else if (state_ == State::sending) {
        pump();
    } else if (waits_for_flush_ && state_ == State::head && !in_head_) {
        wait_for_request();
    }
}

// Gives the connection as much of the body as it can hold; the first piece shares the head's record.
void Http1Session::pump()
{
    Response& response = exchange_->final->response;
    const auto& pieces = response.body.pieces();
    while (piece_ < pieces.size() || !head_.empty()) {
        if (connection_.is_full()) {
            connection_.arm_timeout(read_timeout(exchange_->first.request.vhost->base->core()));
            return;
        }
        if (piece_ == pieces.size()) {
            connection_.send(head_, false);
            head_.clear();
            break;
        }
        const Piece& piece = pieces[piece_];
        const bool last_piece = piece_ + 1 == pieces.size();
        uint64_t sent = 0;
        if (!piece.file) {
            const auto bytes = piece.bytes.substr(static_cast<size_t>(piece_offset_));
            const std::array<std::string_view, 2> parts{head_, bytes};
            connection_.send(parts, !last_piece);
            head_.clear();
            sent = bytes.size();
        } else {
            if (!head_.empty()) connection_.send(std::exchange(head_, {}), true);
            const uint64_t left = piece.length - piece_offset_;
            const long count = connection_.send_file(
                piece.file.descriptor(), piece.offset + piece_offset_, left, !last_piece || left > 16384);
            if (count <= 0) { // it shrank: the client must not take this for the whole
                connection_.abort();
                return;
            }
            sent = static_cast<uint64_t>(count);
        }
        response.bytes_sent += sent;
        piece_offset_ += sent;
        if (piece_offset_ == piece.size()) {
            ++piece_;
            piece_offset_ = 0;
        }
    }
    response_sent();
}

void Http1Session::end_exchange()
{
    if (exchange_->final->response.counts_nothing) exchange_->final->response.bytes_sent = 0;
    finish_exchange(*exchange_);
    connection_.worker().give_back(std::move(exchange_));
    piece_ = 0;
    piece_offset_ = 0;
    head_.clear();
}

void Http1Session::response_sent()
{
    connection_.disarm_timeout();
    end_exchange();
    refusal_ = 0;
    if (!keep_alive_ || state_ == State::closing) {
        state_ = State::closing;
        connection_.finish(true);
        return;
    }
    if (!body_is_over()) {
        state_ = State::drain;
        drain_body();
        return;
    }
    drop_used();
    next_request();
}

void Http1Session::next_request()
{
    reset_exchange();
    state_ = State::head;
    if (!processing_) process({});
}

void Http1Session::wait_for_request()
{
    if (input_ended_) {
        state_ = State::closing;
        connection_.finish(false);
        return;
    }
    waits_for_flush_ = connection_.queued() > 0;
    if (waits_for_flush_) { // the wait for the next request begins when this answer has left
        connection_.arm_timeout(read_timeout(connection_.names().fallback().base->core()));
        return;
    }
    connection_.idle();
    if (stopping_ || connection_.worker().stopping) {
        // The client was told, before the stop, that it may send another request.
        connection_.arm_timeout(Connection::grace_for_next_request);
        return;
    }
    const auto& core = connection_.names().fallback().base->core();
    connection_.arm_timeout(core.keep_alive_timeout.value_or(std::chrono::seconds(5)));
}

} // namespace signet::server
