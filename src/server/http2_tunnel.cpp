// Http2Stream after a successful extended CONNECT.   RFC 8441
#include "base/text.h"
#include "server/connection.h"
#include "server/http2_session.h"
#include "server/http2_stream.h"
#include "server/request_trace.h"

namespace signet::server {

// On the request's fiber. What was 101 in HTTP/1.1 is 200 here, and the fields of that handshake
// mean nothing (RFC 8441 §5).
void Http2Stream::send_tunnel_head()
{
    gather_head(false);
    trace_response(exchange_->final->request, exchange_->final->response.status, fields_);
    fields_.general.remove("Sec-WebSocket-Accept");
    auto& engine = session_.engine();
    engine.add_field(":status", "200");
    add_fields(fields_.general);
    add_fields(fields_.content);
    streaming_ = true;
    engine.send_head(*this, true);
    session_.send_soon();
}

void Http2Stream::begin_tunnel()
{
    tunnelling_ = true;
    exchange_->final->response.tunnel->attach(*this);
    want_attention(); // the client may have sent on, and ended
    session_.send_soon();
}

void Http2Stream::attend_tunnel()
{
    // A stream that both ends have ended is gone before its last bytes have reached the far end:
    // the tunnel will say when.
    if (closed_ && (lost_ || !ended_ || !written_)) {
        finish();
        return;
    }
    if (body_broken_) { // the connection's end came before the stream's
        session_.engine().reset(id, http::H2Code::cancel);
        return;
    }
    Tunnel& tunnel = *exchange_->final->response.tunnel;
    if (!arrived_.empty()) {
        std::swap(arrived_, given_);
        arrived_.clear();
        tunnel.from_client(given_);
        if (!tunnelling_) return;
    }
    if (ended_ && !std::exchange(tunnel_knows_end_, true)) tunnel.client_ended();
    if (tunnelling_ && has_tunnel_room()) tunnel.client_has_room();
}

void Http2Stream::send_tunnelled(std::string_view bytes)
{
    pending_.append(bytes);
    session_.engine().resume(*this);
    session_.send_soon();
}

bool Http2Stream::has_tunnel_room() const
{
    return pending_.size() < session_.settings().stream_memory;
}

void Http2Stream::tunnel_took(size_t bytes)
{
    if (closed_ || ended_) return;
    session_.engine().consume(*this, bytes);
    session_.send_soon();
}

void Http2Stream::end_tunnel_output()
{
    written_ = true;
    session_.engine().resume(*this);
    session_.send_soon();
}

// The stream, if there is one still, ends by itself or by the reset, and its exchange with it.
void Http2Stream::close_tunnel(bool broken)
{
    tunnelling_ = false;
    if (closed_) {
        want_attention();
    } else if (broken) {
        session_.engine().reset(id, http::H2Code::cancel);
    } else if (!written_) {
        end_tunnel_output();
    }
    session_.send_soon();
}

} // namespace signet::server
