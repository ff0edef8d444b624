// A connection or stream that has left HTTP: bytes both ways until both ends have ended
// (101 Switching Protocols, RFC 9110 §7.8; extended CONNECT, RFC 8441).
#pragma once
#include <cstddef>
#include <string_view>

namespace signet::server {

// The client's end. Implemented by the sessions; loop thread, no call waits. It outlives its
// tunnel.
class TunnelClient {
public:
    virtual ~TunnelClient() = default;
    // Queues bytes for the client. They are copied; ask has_tunnel_room() before the next ones.
    virtual void send_tunnelled(std::string_view bytes) = 0;
    // False: wait for Tunnel::client_has_room().
    [[nodiscard]] virtual bool has_tunnel_room() const = 0;
    // So many of the client's bytes have left: it may send as many more.
    virtual void tunnel_took(size_t bytes) = 0;
    // The far end sends no more; the client still may.
    virtual void end_tunnel_output() = 0;
    // The tunnel is over: all that was sent leaves, then the connection or stream ends. `broken`:
    // the client is to know that something was lost. Called once; nothing may be called afterwards.
    virtual void close_tunnel(bool broken) = 0;
};

// The far end, and what lies between: made by the handler that answers a request with it
// (Response::tunnel). The session attaches itself when the head has been sent and the request's
// fiber has ended, and owns it from then on. A tunnel that is destroyed cuts the far end off.
class Tunnel {
public:
    virtual ~Tunnel() = default;
    // Both directions begin. May call the client before it returns.
    virtual void attach(TunnelClient& client) = 0;
    // Bytes from the client; all are taken. How many may wait is bounded by the caller, who knows
    // from TunnelClient::tunnel_took() what has left.
    virtual void from_client(std::string_view bytes) = 0;
    virtual void client_has_room() = 0;
    // The client sends no more; it still reads.
    virtual void client_ended() = 0;
};

} // namespace signet::server
