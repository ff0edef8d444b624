// One connection's protocol: HTTP/1 or HTTP/2. Fed with plaintext by the connection, which it asks
// to send. Owned by its connection.
#pragma once
#include <span>

namespace signet::server {

class Session {
public:
    virtual ~Session() = default;

    // Bytes from the client. They may be overwritten after the call: what is needed is copied.
    virtual void feed(std::span<char> bytes) = 0;
    // The out chain has room again.
    virtual void drained() = 0;
    // The client will send no more.
    virtual void end_of_input() = 0;
    // The timeout armed last has run out.
    virtual void timed_out() = 0;
    // Bytes have come that belong to no request yet.
    [[nodiscard]] virtual bool holds_input() const { return false; }
    // The connection is lost: fibers are cancelled and have ended when this returns.
    virtual void lost() = 0;
    // Graceful stop: close soon after nothing is in flight.
    virtual void stop() = 0;
};

} // namespace signet::server
