#include "server/session_look_up.h"

#include "server/configuration.h"
#include "server/error_log.h"
#include "server/worker.h"

namespace signet::server {
namespace {

constexpr int store_fails = 348;
constexpr int store_is_back = 349;

void note_change(const Worker& worker, const tls::ExternalSessions& store, const Error* why)
{
    using Change = tls::ExternalSessions::Change;
    const auto change = store.take_change();
    if (change == Change::none) return;
    const bool fails = change == Change::failing;
    const std::string name = store.cache().name();
    const std::string text = fails ? name + " gives no answer in time"
                                         + (why ? " (" + why->text + ")" : "")
                                         + ": handshakes go on without the session cache"
                                   : name + " answers again: sessions are resumed";
    log_event(worker.configuration->main, nullptr,
              {.severity = fails ? Severity::warn : Severity::notice,
               .module = "ssl",
               .id = fails ? store_fails : store_is_back,
               .text = text});
}

// A session on its way to the store. Owns itself until its fiber has ended.
struct Keeping {
    Worker& worker;
    const tls::ExternalSessions& store;
    std::shared_ptr<const tls::NewSession> session;
};

void keep_on_fiber(void* argument)
{
    const std::unique_ptr<Keeping> keeping(static_cast<Keeping*>(argument));
    auto stored =
        keeping->worker.helpers().call([&store = keeping->store, session = keeping->session,
                                        configuration = keeping->worker.configuration] {
            return store.store(session->id, session->session.text(), session->lifetime);
        });
    const bool failed = stored && !*stored;
    note_change(keeping->worker, keeping->store, failed ? &stored->error() : nullptr);
}

} // namespace

StoreQuestion session_question(std::string_view id)
{
    return [id = std::string(id)](const tls::ExternalSessions& store) { return store.find(id); };
}

StoreQuestion claim_question(const tls::EarlyDataClaim& claim)
{
    return [claim](const tls::ExternalSessions& store) -> Result<std::optional<std::string>> {
        const auto claimed = store.claim(claim.id, claim.lifetime);
        if (!claimed) return std::unexpected(claimed.error());
        return *claimed ? std::optional<std::string>("") : std::nullopt;
    };
}

SessionLookUp::SessionLookUp(Worker& worker, const tls::ExternalSessions& store,
                             StoreQuestion question, void (*answered)(void*), void* owner)
    : worker_(worker)
    , store_(store)
    , question_(std::move(question))
    , answered_(answered)
    , owner_(owner)
{
}

SessionLookUp::~SessionLookUp()
{
    answered_ = nullptr;
    worker_.loop.undefer(this);
    if (fiber_) fiber_->cancel();
    if (found_) pki::wipe(found_->data(), found_->size());
}

void SessionLookUp::start()
{
    if (!store_.may_ask()) {
        finish();
        return;
    }
    worker_.loop.arm(
        timeout_, patience,
        [](void* self) {
            auto& look_up = *static_cast<SessionLookUp*>(self);
            if (look_up.fiber_) look_up.fiber_->cancel();
        },
        this);
    auto started =
        worker_.fibers.start([](void* self) { static_cast<SessionLookUp*>(self)->run(); }, this);
    if (!started) {
        finish(); // no stack: go on without
    } else {
        fiber_ = *started;
    }
}

// On a fiber. The thread's work owns what it touches: this object may be gone before it ends.
void SessionLookUp::run()
{
    auto found =
        worker_.helpers().call([&store = store_, question = question_,
                                configuration = worker_.configuration] { return question(store); });
    fiber_ = nullptr;
    note_change(worker_, store_, found && !*found ? &found->error() : nullptr);
    if (found && *found) found_ = std::move(**found);
    finish();
}

// Not on this stack: what follows may take long, and this fiber ends.
void SessionLookUp::finish()
{
    timeout_.disarm();
    if (!answered_) return;
    worker_.loop.defer(
        [](void* self) {
            auto& look_up = *static_cast<SessionLookUp*>(self);
            look_up.answered_(look_up.owner_);
        },
        this);
}

void keep_session(Worker& worker, const tls::ExternalSessions& store, tls::NewSession session)
{
    if (!store.may_ask()) return;
    auto keeping = std::make_unique<Keeping>(
        Keeping{worker, store, std::make_shared<const tls::NewSession>(std::move(session))});
    if (worker.fibers.start(keep_on_fiber, keeping.get())) (void)keeping.release();
}

} // namespace signet::server
