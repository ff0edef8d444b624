#include "server/client_inquiry.h"

#include "server/worker.h"

namespace signet::server {

ClientInquiry::ClientInquiry(Worker& worker, tls::Inquiry inquiry, void (*answered)(void*),
                             void* owner)
    : worker_(worker)
    , inquiry_(std::move(inquiry))
    , answered_(answered)
    , owner_(owner)
    , response_(fail(Error::Kind::timed_out, inquiry_.url + ": no answer in time"))
{
}

ClientInquiry::~ClientInquiry()
{
    answered_ = nullptr;
    worker_.loop.undefer(this);
    if (fiber_) fiber_->cancel();
}

void ClientInquiry::start()
{
    // The exchange has a limit of its own; this one counts the wait for a free thread, too.
    worker_.loop.arm(
        timeout_, inquiry_.transport.timeout,
        [](void* self) {
            auto& inquiry = *static_cast<ClientInquiry*>(self);
            if (inquiry.fiber_) inquiry.fiber_->cancel();
        },
        this);
    auto started =
        worker_.fibers.start([](void* self) { static_cast<ClientInquiry*>(self)->run(); }, this);
    if (!started) {
        response_ = std::unexpected(std::move(started.error()));
        finish();
    } else {
        fiber_ = *started;
    }
}

// On a fiber. The thread's work owns what it touches: this object may be gone before it ends.
void ClientInquiry::run()
{
    auto answer = worker_.responder_threads().call([inquiry = inquiry_] {
        return pki::ask_ocsp_responder(inquiry.url, inquiry.request, inquiry.transport);
    });
    fiber_ = nullptr;
    if (answer) {
        response_ = std::move(*answer);
    } else if (answer.error().kind != Error::Kind::cancelled) {
        response_ = std::unexpected(std::move(answer.error()));
    }
    finish();
}

// Not on this stack: what follows may take long, and this fiber ends.
void ClientInquiry::finish()
{
    timeout_.disarm();
    if (!answered_) return;
    worker_.loop.defer(
        [](void* self) {
            auto& inquiry = *static_cast<ClientInquiry*>(self);
            inquiry.answered_(inquiry.owner_);
        },
        this);
}

} // namespace signet::server
