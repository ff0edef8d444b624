// Http1Session's side of a response: its head, its body as the socket drains, and what comes next.
#include "base/text.h"
#include "http/chunked.h"
#include "http/status.h"
#include "http/writer.h"
#include "server/connection.h"
#include "server/core_config.h"
#include "server/error_log.h"
#include "server/http1_session.h"
#include "server/kept_answer.h"
#include "server/request_trace.h"
#include "server/vhosts.h"
#include "server/worker.h"

#include <array>

namespace signet::server {

// As Apache counts: after the first request as many more as the limit says may follow.
long Http1Session::requests_left(unsigned limit) const
{
    return limit == 0 ? 1 : static_cast<long>(limit) - static_cast<long>(requests_ - 1);
}

void append_keep_alive(std::string& out, const CoreConfig& core, long left)
{
    const auto timeout = std::chrono::duration_cast<std::chrono::seconds>(
        core.keep_alive_timeout.value_or(std::chrono::seconds(5)));
    out += "timeout=";
    append_number(out, static_cast<uint64_t>(timeout.count()));
    if (core.max_keep_alive_requests.value_or(100) == 0) return;
    out += ", max=";
    append_number(out, static_cast<uint64_t>(left));
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
    const auto left = requests_left(limit);
    keep_alive_ =
        core.keep_alive.value_or(true) && left > 0 && !stopping_ && !connection_.worker().stopping
        && !refused && (asked || is_11) && !body_broken_ && request.keep_alive
        && !connection_.drops_input() && request.version != http::Version::http09
        && !http::drops_connection(response.status) && !expects_continue_ && !framing_.must_close
        && !request.env.has("nokeepalive") && (body_length_known || chunked_response_)
        && !connection_.spoke_plain_http() && !unparsed_;
    exchange_->first.request.keep_alive = keep_alive_; // the log tells
    auto& fields = fields_.general;
    // What a hook said about the connection (Upgrade) comes first.
    auto say = [&](std::string_view what) {
        if (const auto before = fields.find("Connection")) {
            fields.set("Connection", request.arena.join(*before, ", ", what));
        } else {
            fields.add("Connection", what);
        }
    };
    if (keep_alive_ && asked) {
        std::string value;
        append_keep_alive(value, core, left);
        fields.add("Keep-Alive", request.arena.copy(value));
        say("Keep-Alive");
    } else if (!keep_alive_) {
        say("close");
    }
}

// The head of an answer that is given to all alike: its lines are there already.
void Http1Session::write_kept_head(const KeptAnswer& kept)
{
    Response& response = exchange_->first.response;
    response.head_sent = true;
    chunked_response_ = false;
    fields_.clear();
    decide_keep_alive(response, true);
    head_.assign(http::prebuilt_status_line(200));
    head_ += connection_.worker().dates().lines;
    head_ += kept.general_lines;
    http::write_head(head_).fields(fields_.general);
    head_ += kept.content_lines_and_end;
}

void Http1Session::send_head(bool body_is_known)
{
    Request& request = exchange_->final->request;
    Response& response = exchange_->final->response;
    if (response.kept && !request.env.has("force-response-1.0")) {
        write_kept_head(*response.kept);
        return;
    }
    gather_head(body_is_known);
    auto& general = fields_.general;
    const bool no_body = http::forbids_body(response.status);
    const bool is_11 = request.version >= http::Version::http11
                       && !request.env.has("force-response-1.0")
                       && !request.env.has("downgrade-1.0");
    chunked_response_ =
        !body_is_known && is_11 && !no_body && !request.head_only && !general.has("Content-Length");
    decide_keep_alive(response, body_is_known || no_body || request.head_only
                                    || general.has("Content-Length"));
    if (response.hides_length && !keep_alive_) chunked_response_ = false;
    if (chunked_response_) general.add("Transfer-Encoding", "chunked");
    head_.clear();
    if (request.version == http::Version::http09) return;
    trace_response(request, response.status, fields_);
    auto writer = http::write_head(head_);
    if (request.env.has("force-response-1.0")) {
        head_ += "HTTP/1.0 ";
        append_number(head_, static_cast<uint64_t>(response.status));
        head_ += ' ';
        head_ += response.reason.empty() ? http::reason_phrase(response.status) : response.reason;
        head_ += "\r\n";
    } else {
        writer.status(response.status, response.reason);
    }
    writer.fields(fields_.general).fields(fields_.content).end();
}

// On the request's fiber, when the handler has returned.
void Http1Session::complete_response()
{
    if (state_ == State::closing) return;
    Request& request = exchange_->final->request;
    Response& response = exchange_->final->response;
    if (answers_with_tunnel()) {
        send_tunnel_head();
        return;
    }
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
    if (response.breaks_off) {
        keep_alive_ = false;
        return;
    }
    if (!chunked_response_ || request.head_only) return;
    const auto& trailers = response_trailers();
    if (trailers.empty() || !request.headers.has_token("TE", "trailers")) {
        connection_.send(http::last_chunk, false);
        return;
    }
    std::string end = "0\r\n";
    http::write_head(end).fields(trailers).end();
    connection_.send(end, false);
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
        const auto size = http::chunk_head(bytes.size());
        const std::array<std::string_view, 3> pieces{size.view(), bytes, "\r\n"};
        connection_.send(pieces, true);
    } else {
        connection_.send(bytes, true);
    }
    while (connection_.is_full()) {
        if (!net::Fiber::current()) return {};
        waits_for_room_ = true;
        connection_.arm_timeout(timeout_of(request.scope->core()));
        auto woken = net::Fiber::current()->suspend();
        waits_for_room_ = false;
        connection_.disarm_timeout();
        if (!woken) return woken;
    }
    return {};
}

bool Http1Session::has_room()
{
    if (connection_.queued() <= Connection::high_water / 2) return true;
    waits_for_room_ = true;
    connection_.arm_timeout(timeout_of(exchange_->final->request.scope->core()));
    return false;
}

Result<void> Http1Session::interim(int status, const http::Headers& headers)
{
    if (exchange_->first.request.version < http::Version::http11) return {};
    std::string head;
    http::write_head(head).status(status).fields(headers).end();
    connection_.send(head, false);
    return {};
}

void Http1Session::drained()
{
    if (waits_for_room_ && fiber_ && !connection_.is_full()) {
        waits_for_room_ = false;
        fiber_->wake();
    } else if (state_ == State::tunnel) {
        if (has_tunnel_room()) exchange_->final->response.tunnel->client_has_room();
    } else if (state_ == State::sending) {
        pump();
    } else if (waits_for_flush_ && state_ == State::head && !in_head_) {
        wait_for_request();
    }
}

// Gives the connection as much of the body as it can hold; the first piece shares the head's
// record.
void Http1Session::pump()
{
    Response& response = exchange_->final->response;
    const auto& pieces = response.body.pieces();
    while (piece_ < pieces.size() || !head_.empty()) {
        if (connection_.is_full()) {
            connection_.show(Activity::sending);
            connection_.arm_timeout(timeout_of(exchange_->first.request.vhost->base->core()));
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
                piece.file.descriptor(), piece.offset + piece_offset_, left, !last_piece);
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

void Http1Session::finish_request()
{
    end_exchange();
    piece_ = 0;
    piece_offset_ = 0;
    head_.clear();
}

void Http1Session::response_sent()
{
    connection_.disarm_timeout();
    connection_.end_read();
    // Until its Host is known, a request is traced as the fallback's.
    if (keep_alive_ && exchange_->first.response.kept
        && !is_talkative(connection_.names().fallback().base->core().log_levels))
        if (!connection_.peer().is_early) note_passed_host(exchange_->first.request, passed_host_);
    finish_request();
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
    take_exchange();
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
        connection_.arm_timeout(timeout_of(connection_.names().fallback().base->core()));
        return;
    }
    connection_.idle();
    if (requests_ > 0) connection_.show(Activity::keep_alive);
    if (stopping_ || connection_.worker().stopping) {
        // The client was told, before the stop, that it may send another request.
        connection_.arm_timeout(Connection::grace_for_next_request);
        return;
    }
    const auto& core = connection_.names().fallback().base->core();
    connection_.arm_timeout(core.keep_alive_timeout.value_or(std::chrono::seconds(5)));
}

} // namespace signet::server
