#include "server/early_data.h"

#include "net/fiber.h"
#include "server/connection.h"
#include "server/worker.h"

namespace signet::server {
namespace {

// RFC 9110 §9.2.1, but for TRACE, and without what could have an effect all the same.
bool may_run_twice(const Request& request)
{
    const auto method = request.method_name;
    return (method == "GET" || method == "HEAD" || method == "OPTIONS") && !request.body
           && !request.headers.has("Upgrade");
}

} // namespace

int judge_early(Request& request, Connection& connection)
{
    if (!may_run_twice(request)) return connection.wait_for_handshake() ? 0 : 425;
    request.headers.set("Early-Data", "1");
    request.notes.set(early_data_note, "1");
    return 0;
}

// The session begins before the handshake is over.
void Connection::begin_early_data()
{
    worker_.status().totals.early_data_taken += 1;
    peer_.tls = tls_.get();
    peer_.is_early = true;
    early_ = std::make_unique<EarlyPhase>();
    begin_session();
    arm_read_timeout(io_timeout());
    worker_.loop.arm(
        early_->timeout, io_timeout(),
        [](void* self) {
            auto& connection = *static_cast<Connection*>(self);
            connection.tls_->time_out();
            connection.tls_failed();
            connection.die();
        },
        this);
}

// Is the handshake over? False when what came is nobody's: the session has ended.
bool Connection::go_on_early()
{
    if (tls_->is_early()) return !early_->finish;
    early_->timeout.disarm();
    if (!tls_->is_established()) return true; // it failed
    peer_.is_early = false;
    tls_established();
    while (!early_->waiting.empty()) {
        net::Fiber* const first = early_->waiting.front();
        early_->waiting.erase(early_->waiting.begin());
        first->wake();
    }
    const auto ended = std::exchange(early_, nullptr)->finish;
    if (ended) finish(*ended);
    return !finishing_ && !dead_;
}

Result<void> Connection::wait_for_handshake()
{
    net::Fiber* const fiber = net::Fiber::current();
    if (!fiber) return std::unexpected(Error::cancelled());
    Result<void> waited{};
    while (waited && !dead_ && tls_->is_early()) {
        early_->waiting.push_back(fiber);
        waited = fiber->suspend();
        std::erase(early_->waiting, fiber);
    }
    if (waited && (dead_ || !tls_->is_established())) waited = std::unexpected(Error::cancelled());
    return waited;
}

} // namespace signet::server
