// A tunnel whose far end is another server's socket: bytes go both ways without a fiber.
#pragma once
#include "base/chain.h"
#include "net/loop.h"
#include "net/socket.h"
#include "server/tunnel.h"

#include <chrono>
#include <string>

namespace signet::server {

// What it holds is bounded: it reads from the far end only while the client has room, and the
// client is told how many of its bytes have left. Each end may stop sending while the other goes
// on. A reset of one is a reset of the other.
class Relay final : public Tunnel, private net::EventHandler {
public:
    // `ahead`: what the far end has sent already. After `idle` without a byte in either direction
    // both ends are cut off.
    Relay(net::Loop& loop, net::Socket far_end, std::string ahead, std::chrono::milliseconds idle);
    ~Relay() override;
    Relay(const Relay&) = delete;
    Relay& operator=(const Relay&) = delete;

    // Tunnel.
    void attach(TunnelClient& client) override;
    void from_client(std::string_view bytes) override;
    void client_has_room() override;
    void client_ended() override;

private:
    void on_event(uint32_t events) override;
    void touch();
    void read_soon();
    void read_far_end();
    void flush();
    void end_when_both_have();
    void break_off();

    net::Loop& loop_;
    net::Socket socket_;
    std::string ahead_;
    std::chrono::milliseconds idle_;
    TunnelClient* client_ = nullptr;
    Chain pending_; // from the client
    net::Timeout timeout_;
    bool can_write_ = true;
    bool may_have_more_ = true; // the far end; until a read says otherwise
    bool scheduled_ = false;
    bool client_ended_ = false;
    bool far_ended_ = false;
    bool over_ = false;
};

} // namespace signet::server
