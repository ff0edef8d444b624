// The part of a connection that lets a request's fiber wait for a second handshake.
#include "net/fiber.h"
#include "server/connection.h"
#include "server/tls_log.h"
#include "server/vhosts.h"
#include "server/worker.h"

namespace signet::server {

tls::Stream& Connection::stream()
{
    return *tls_;
}

Result<void> Connection::reauthenticate(const tls::Reauthentication& wanted)
{
    net::Fiber* const fiber = net::Fiber::current();
    if (!fiber) return fail("no fiber to wait on");
    if (auto begun = tls_->reauthenticate(wanted, out_); !begun) return begun;
    schedule();
    resume_reading();
    Result<void> result{};
    while (result && tls_->is_reauthenticating()) {
        arm_read_timeout(io_timeout());
        waiting_for_handshake_ = fiber;
        result = fiber->suspend();
        waiting_for_handshake_ = nullptr;
        disarm_timeout();
        if (result && std::exchange(handshake_timed_out_, false))
            result = std::unexpected(Error::timed_out());
    }
    log_tls_verification(names_->fallback(), peer_, *tls_);
    if (result && (dead_ || !tls_->is_established())) result = std::unexpected(Error::cancelled());
    // What the client sent as whoever it was before must not run as who it is now.
    if (tls_->had_data_meanwhile() || (session_ && session_->holds_input())) drops_input_ = true;
    return result;
}

// Something has happened that the fiber may be waiting for.
void Connection::wake_reauthentication()
{
    if (waiting_for_handshake_ && !tls_->is_reauthenticating())
        std::exchange(waiting_for_handshake_, nullptr)->wake();
}

} // namespace signet::server
