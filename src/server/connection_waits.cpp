// The part of a connection whose handshake waits for others: a store of sessions, a responder.
#include "server/client_inquiry.h"
#include "server/connection.h"
#include "server/session_look_up.h"
#include "server/worker.h"
#include "tls/context.h"

namespace signet::server {

// Where sessions are kept in an external store: asks it, and gives it new ones.
void Connection::attend_to_session()
{
    const auto* store = tls_->context() ? tls_->context()->external_sessions() : nullptr;
    if (!store) return;
    if (const auto id = tls_->session_wanted(); !id.empty() && !session_look_up_) {
        session_look_up_ = std::make_unique<SessionLookUp>(
            worker_, *store, session_question(id),
            [](void* self) { static_cast<Connection*>(self)->session_looked_up(); }, this);
        session_look_up_->start();
    }
    attend_to_early_data();
    if (auto fresh = tls_->take_new_session()) keep_session(worker_, *store, std::move(*fresh));
}

void Connection::session_looked_up()
{
    auto found = session_look_up_->take();
    session_look_up_.reset();
    if (dead_ || finishing_) return;
    tls_->resume(std::move(found), out_);
    deliver_tls();
}

// Early data where several servers could take it: the store says who may.
void Connection::attend_to_early_data()
{
    const auto* claim = tls_->early_data_claim();
    if (!claim || session_look_up_ || dead_) return;
    session_look_up_ = std::make_unique<SessionLookUp>(
        worker_, *tls_->context()->external_sessions(), claim_question(*claim),
        [](void* self) { static_cast<Connection*>(self)->early_data_claimed(); }, this);
    session_look_up_->start();
}

void Connection::early_data_claimed()
{
    const bool granted = session_look_up_->take().has_value();
    session_look_up_.reset();
    if (dead_ || finishing_) return;
    tls_->grant(granted, out_);
    deliver_tls();
}

// SSLOCSPEnable: somebody asks a responder about the client.
void Connection::attend_to_inquiry()
{
    const auto* inquiry = tls_->inquiry();
    if (!inquiry || inquiry_ || dead_) return;
    inquiry_ = std::make_unique<ClientInquiry>(
        worker_, *inquiry, [](void* self) { static_cast<Connection*>(self)->client_asked_about(); },
        this);
    inquiry_->start();
}

void Connection::client_asked_about()
{
    const auto response = inquiry_->take();
    inquiry_.reset();
    if (dead_ || finishing_) return;
    tls_->answer(response, out_);
    deliver_tls();
}

} // namespace signet::server
