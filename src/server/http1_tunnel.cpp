// Http1Session after 101 Switching Protocols.   RFC 9110 §7.8
#include "http/writer.h"
#include "server/connection.h"
#include "server/http1_session.h"
#include "server/request_trace.h"

namespace signet::server {
namespace {

// What may wait for the tunnel's far end; then the client is not read any more.
constexpr size_t max_waiting = size_t{64} * 1024;

} // namespace

// On the request's fiber. Connection and Upgrade are among the response's fields: only who answers
// knows what the connection becomes.
void Http1Session::send_tunnel_head()
{
    const Request& request = exchange_->final->request;
    const Response& response = exchange_->final->response;
    gather_head(false);
    keep_alive_ = false;
    exchange_->first.request.keep_alive = false;
    trace_response(request, response.status, fields_);
    head_.clear();
    http::write_head(head_)
        .status(response.status, response.reason)
        .fields(fields_.general)
        .fields(fields_.content)
        .end();
}

void Http1Session::begin_tunnel()
{
    state_ = State::tunnel;
    tunnel_waiting_ = 0;
    connection_.show(Activity::sending);
    connection_.disarm_timeout(); // the tunnel has its own clock
    connection_.send(std::exchange(head_, {}), false);
    exchange_->final->response.tunnel->attach(*this);
    // While the fiber ran, the client may have sent on, and ended.
    if (state_ == State::tunnel && !held_.empty()) feed_tunnel(std::exchange(held_, {}));
    if (state_ == State::tunnel && input_ended_) exchange_->final->response.tunnel->client_ended();
    if (state_ == State::tunnel && tunnel_waiting_ <= max_waiting) connection_.resume_reading();
}

void Http1Session::feed_tunnel(std::string_view bytes)
{
    tunnel_waiting_ += bytes.size();
    if (tunnel_waiting_ > max_waiting) connection_.pause_reading();
    exchange_->final->response.tunnel->from_client(bytes);
}

void Http1Session::tunnel_took(size_t bytes)
{
    tunnel_waiting_ -= bytes;
    if (tunnel_waiting_ <= max_waiting) connection_.resume_reading();
}

void Http1Session::send_tunnelled(std::string_view bytes)
{
    exchange_->final->response.bytes_sent += bytes.size();
    connection_.send(bytes, false);
}

bool Http1Session::has_tunnel_room() const
{
    return !connection_.is_full();
}

void Http1Session::end_tunnel_output()
{
    connection_.end_sending();
}

void Http1Session::close_tunnel(bool broken)
{
    if (broken) {
        connection_.reset();
    } else {
        response_sent();
    }
}

} // namespace signet::server
