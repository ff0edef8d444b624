// Http2Stream's side of a response: its head, its body as the windows and the socket allow.
#include "http/status.h"
#include "server/connection.h"
#include "server/core_config.h"
#include "server/error_log.h"
#include "server/http2_session.h"
#include "server/http2_stream.h"
#include "server/record_writer.h"
#include "server/request_trace.h"
#include "server/worker.h"

#include <unistd.h>

namespace signet::server {
namespace {

constexpr int body_unreadable = 281;

std::string_view status_text(Arena& arena, int status)
{
    if (http::is_known_status(status)) return http::status_line(status).substr(0, 3);
    return arena.copy(std::to_string(status));
}

// HTTP/2 has only names in lower case.
std::string_view lower_name(Arena& arena, std::string_view name)
{
    auto* bytes = static_cast<char*>(arena.allocate(name.size(), 1));
    for (size_t i = 0; i < name.size(); ++i) {
        const char c = name[i];
        bytes[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    return {bytes, name.size()};
}

// Fields about an HTTP/1 connection mean nothing here, and are forbidden.   RFC 9113 §8.2.2
bool is_about_connection(std::string_view name)
{
    switch (name.size()) {
    case 7: return name == "upgrade";
    case 10: return name == "connection" || name == "keep-alive";
    case 16: return name == "proxy-connection";
    case 17: return name == "transfer-encoding";
    default: return false;
    }
}

// mod_ssl's word that only a second handshake could admit the client.   RFC 9113 §9.2.1
bool needs_http1(const Exchange& exchange)
{
    if (exchange.final->response.status != 403) return false;
    for (const Request* request = &exchange.final->request; request; request = request->previous) {
        const auto cause = request->notes.find("ssl-renegotiate-forbidden");
        if (!cause) continue;
        log_event(*request,
                  {.severity = Severity::debug, .module = "http2", .apache_id = "AH10399"},
                  "renegotiate forbidden, cause: ", *cause);
        return true;
    }
    return false;
}

} // namespace

void Http2Stream::add_fields(const http::Headers& fields)
{
    Arena& arena = exchange_->arena;
    for (const auto& [name, value] : fields) {
        const auto lower = lower_name(arena, name);
        if (!is_about_connection(lower)) session_.engine().add_field(lower, value);
    }
}

void Http2Stream::send_head(bool body_is_known)
{
    const Request& request = exchange_->final->request;
    const Response& response = exchange_->final->response;
    gather_head(body_is_known && !response.hides_length);
    if (needs_http1(*exchange_)) { // browsers try again, over a connection that can ask them
        session_.engine().reset(id, http::H2Code::http_1_1_required);
        session_.send_soon();
        return;
    }
    const bool has_body =
        !request.head_only && !http::forbids_body(response.status)
        && (!body_is_known || !response.body.empty() || !response_trailers().empty());
    if (request.pushed_with != 0) rank_pushed();
    const bool pushes = request.may_push && push_links(); // the promises leave first
    auto& engine = session_.engine();
    engine.add_field(":status", status_text(exchange_->arena, response.status));
    trace_response(request, response.status, fields_);
    add_fields(fields_.general);
    add_fields(fields_.content);
    if (pushes) engine.add_field("push-policy", push_policy());
    engine.send_head(*this, has_body);
    touch();
    session_.send_soon();
}

// On the request's fiber, when the handler has returned.
void Http2Stream::complete_response()
{
    if (closed_) return;
    if (answers_with_tunnel()) {
        send_tunnel_head();
        return;
    }
    if (!exchange_->final->response.head_sent) {
        send_head(true);
        return;
    }
    written_ = true;
    session_.engine().resume(*this);
    session_.send_soon();
}

Result<void> Http2Stream::write(std::string_view bytes)
{
    if (closed_) return std::unexpected(Error::cancelled());
    const Request& request = exchange_->final->request;
    const Response& response = exchange_->final->response;
    if (!response.head_sent) {
        streaming_ = true;
        send_head(false);
    }
    if (bytes.empty() || request.head_only || http::forbids_body(response.status)) return {};
    pending_.append(bytes);
    session_.engine().resume(*this);
    session_.send_soon();
    while (pending_.size() >= session_.settings().stream_memory) {
        if (!net::Fiber::current()) return {};
        touch();
        waits_for_room_ = true;
        auto woken = net::Fiber::current()->suspend();
        waits_for_room_ = false;
        if (!woken) return woken;
        if (closed_) return std::unexpected(Error::cancelled());
    }
    return {};
}

bool Http2Stream::has_room()
{
    if (closed_ || pending_.empty()
        || pending_.size() + piece_for_room < session_.settings().stream_memory)
        return true;
    touch();
    waits_for_room_ = true;
    return false;
}

Result<void> Http2Stream::interim(int status, const http::Headers& headers)
{
    if (closed_) return std::unexpected(Error::cancelled());
    if (exchange_->final->response.head_sent) return {};
    auto& engine = session_.engine();
    engine.add_field(":status", status_text(exchange_->arena, status));
    // The head may leave after the caller's texts have gone.
    Arena& arena = exchange_->arena;
    for (const auto& [name, value] : headers) {
        const auto lower = lower_name(arena, name);
        if (!is_about_connection(lower)) engine.add_field(lower, arena.copy(value));
    }
    engine.send_interim(*this);
    session_.send_soon();
    return {};
}

// The last piece; trailers follow it.
http::H2Piece Http2Stream::ended(size_t size)
{
    if (const auto& trailers = response_trailers(); !trailers.empty()) {
        add_fields(trailers);
        session_.engine().send_trailers(*this);
    }
    return {size, http::H2Piece::State::last};
}

http::H2Piece Http2Stream::next_piece(size_t limit)
{
    using State = http::H2Piece::State;
    touch();
    if (!streaming_) return next_known_piece(limit);
    const size_t size = std::min(limit, pending_.size());
    if (written_ && exchange_->final->response.breaks_off)
        return {size, size == 0 ? State::broken : State::more};
    if (written_ && size == pending_.size()) return ended(size);
    return {size, size == 0 ? State::later : State::more};
}

// Memory is taken from as many pieces as fit, a file alone: it is read here, so that a file that
// has become shorter breaks its stream and no other.
http::H2Piece Http2Stream::next_known_piece(size_t limit)
{
    using State = http::H2Piece::State;
    const auto& pieces = exchange_->final->response.body.pieces();
    size_t at = piece_;
    if (at < pieces.size() && pieces[at].file) {
        const Piece& piece = pieces[at];
        const uint64_t left = piece.length - piece_offset_;
        const auto wanted = static_cast<size_t>(std::min<uint64_t>(limit, left));
        const ssize_t count = ::pread(piece.file.descriptor(), connection_.worker().loop.scratch(),
                                      wanted, static_cast<off_t>(piece.offset + piece_offset_));
        if (count <= 0) {
            log_event(exchange_->final->request,
                      {.severity = Severity::error,
                       .module = "http2",
                       .id = body_unreadable,
                       .text = "The file became shorter while it was sent; the stream is reset",
                       .system_error = count < 0 ? errno : 0});
            return {0, State::broken};
        }
        staged_ = static_cast<size_t>(count);
        const bool last = staged_ == left && at + 1 == pieces.size();
        return last ? ended(staged_) : http::H2Piece{staged_, State::more};
    }
    size_t size = 0;
    uint64_t offset = piece_offset_;
    for (; at < pieces.size() && !pieces[at].file; ++at, offset = 0) {
        const uint64_t left = pieces[at].bytes.size() - offset;
        if (left > limit - size) return {limit, State::more};
        size += static_cast<size_t>(left);
    }
    return at == pieces.size() ? ended(size) : http::H2Piece{size, State::more};
}

void Http2Stream::put_piece(RecordWriter& out, std::string_view frame_head, size_t size,
                            size_t padding)
{
    out.put(frame_head);
    Response& response = exchange_->final->response;
    response.bytes_sent += size;
    if (streaming_) {
        for (size_t left = size; left > 0;) {
            iovec vector{};
            (void)pending_.peek(&vector, 1);
            const size_t count = std::min(left, vector.iov_len);
            out.put({static_cast<const char*>(vector.iov_base), count});
            pending_.consume(count);
            left -= count;
        }
        if (waits_for_room_ || tunnelling_) want_attention();
    } else {
        const auto& pieces = response.body.pieces();
        for (size_t left = size; left > 0;) {
            const Piece& piece = pieces[piece_];
            const auto count =
                static_cast<size_t>(std::min<uint64_t>(left, piece.size() - piece_offset_));
            out.put(piece.file ? std::string_view(connection_.worker().loop.scratch(), count)
                               : piece.bytes.substr(static_cast<size_t>(piece_offset_), count));
            piece_offset_ += count;
            left -= count;
            if (piece_offset_ < piece.size()) continue;
            ++piece_;
            piece_offset_ = 0;
        }
    }
    static constexpr char zeroes[256]{};
    if (padding > 0) out.put({zeroes, padding});
}

} // namespace signet::server
