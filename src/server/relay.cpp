#include "server/relay.h"

#include <array>
#include <utility>

namespace signet::server {
namespace {

// How much one relay may move before others have their turn.
constexpr int reads_per_turn = 8;

} // namespace

Relay::Relay(net::Loop& loop, net::Socket far_end, std::string ahead,
             std::chrono::milliseconds idle)
    : loop_(loop)
    , socket_(std::move(far_end))
    , ahead_(std::move(ahead))
    , idle_(idle)
    , pending_(loop.blocks())
{
}

Relay::~Relay()
{
    loop_.undefer(this);
    if (client_ && socket_) loop_.unwatch(socket_.get(), *this);
    if (!over_ && socket_) socket_.reset_on_close(); // cut off in the middle, and it is to know
}

void Relay::attach(TunnelClient& client)
{
    client_ = &client;
    touch();
    if (!ahead_.empty()) client.send_tunnelled(std::exchange(ahead_, {}));
    if (!loop_.watch(socket_.get(), *this)) {
        break_off();
        return;
    }
    read_soon();
}

void Relay::touch()
{
    loop_.arm(
        timeout_, idle_, [](void* self) { static_cast<Relay*>(self)->break_off(); }, this);
}

void Relay::on_event(uint32_t events)
{
    if (over_) return;
    constexpr uint32_t incoming =
        net::event_readable | net::event_peer_closed | net::event_hangup | net::event_error;
    if (events & net::event_writable) can_write_ = true;
    if (events & incoming) {
        may_have_more_ = true;
        read_soon();
    }
    if (can_write_ && !pending_.empty()) flush();
}

// Never at once: who calls may be in the middle of bytes that stand in the loop's scratch memory.
void Relay::read_soon()
{
    if (scheduled_ || far_ended_ || over_) return;
    scheduled_ = true;
    loop_.defer(
        [](void* self) {
            auto& relay = *static_cast<Relay*>(self);
            relay.scheduled_ = false;
            relay.read_far_end();
        },
        this);
}

void Relay::read_far_end()
{
    for (int reads = 0; !over_ && may_have_more_ && client_->has_tunnel_room(); ++reads) {
        if (reads == reads_per_turn) {
            read_soon();
            return;
        }
        const auto result = socket_.read({loop_.scratch(), net::Loop::scratch_size});
        if (result.would_block()) {
            may_have_more_ = false;
        } else if (result.end()) {
            may_have_more_ = false;
            far_ended_ = true;
            client_->end_tunnel_output();
            end_when_both_have();
            return;
        } else if (result.failed()) {
            break_off();
            return;
        } else {
            touch();
            client_->send_tunnelled({loop_.scratch(), result.bytes});
        }
    }
}

void Relay::from_client(std::string_view bytes)
{
    if (over_) return;
    pending_.append(bytes);
    flush();
}

void Relay::flush()
{
    while (!pending_.empty() && can_write_) {
        std::array<iovec, 16> vectors;
        const int count = pending_.peek(vectors.data(), static_cast<int>(vectors.size()));
        const auto result = socket_.write({vectors.data(), static_cast<size_t>(count)});
        if (result.would_block()) {
            can_write_ = false;
            return;
        }
        if (!result.done()) {
            break_off();
            return;
        }
        touch();
        pending_.consume(result.bytes);
        client_->tunnel_took(result.bytes);
    }
    if (!pending_.empty() || !client_ended_) return;
    socket_.shutdown_writing();
    end_when_both_have();
}

void Relay::client_has_room()
{
    if (may_have_more_) read_soon();
}

void Relay::client_ended()
{
    if (over_ || std::exchange(client_ended_, true)) return;
    flush();
}

// The client's session may destroy the relay in close_tunnel(): nothing is touched afterwards.
void Relay::end_when_both_have()
{
    if (over_ || !far_ended_ || !client_ended_ || !pending_.empty()) return;
    over_ = true;
    timeout_.disarm();
    client_->close_tunnel(false);
}

void Relay::break_off()
{
    if (std::exchange(over_, true)) return;
    timeout_.disarm();
    socket_.reset_on_close();
    client_->close_tunnel(true);
}

} // namespace signet::server
