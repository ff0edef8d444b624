// The part of a connection that has to do with a second handshake: a request's fiber waits for one,
// or the client wanted one and did not get it.
#include "net/fiber.h"
#include "server/connection.h"
#include "server/tls_counters.h"
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

// Said at the end, once. Where the refusal ended the connection, that was said already.
void Connection::tls_renegotiated()
{
    worker_.status().totals.tls_renegotiations_refused += tls_->renegotiations_refused();
    if (tls_->state() == tls::Stream::State::failed && tls_->failure().id == client_renegotiation)
        return;
    worker_.status().totals.count_tls_failure(client_renegotiation);
    log_tls_renegotiation(worker_, names_->fallback(), peer_, *tls_);
}

} // namespace signet::server
