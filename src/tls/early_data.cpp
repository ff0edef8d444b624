// TLS 1.3 early data (0-RTT): a client that comes back sends its first request with its
// ClientHello. Whoever records that can send it again, so a ticket is good for it once
// (SpentTickets, or a store that several servers ask), and young. RFC 8446 §2.3, §8;
// SSL_read_early_data(3).
#include "tls/context_policy.h"
#include "tls/spent_tickets.h"
#include "tls/stream_core.h"

#include <algorithm>
#include <ctime>
#include <openssl/async.h>
#include <openssl/sha.h>

namespace signet::tls {
namespace {

// What a client sends although it is not taken must be skipped: any server promises that much.
constexpr uint32_t least_skipped = SSL3_RT_MAX_PLAIN_LENGTH;

// Of the pre-shared key: every ticket has its own, and so has every session in a cache.
SpentTickets::Identity identity_of(const SSL_SESSION* session)
{
    constexpr std::string_view purpose = "signet early data";
    std::array<unsigned char, purpose.size() + SSL_MAX_MASTER_KEY_LENGTH> text{};
    std::ranges::copy(purpose, text.begin());
    const size_t size = SSL_SESSION_get_master_key(session, text.data() + purpose.size(),
                                                   SSL_MAX_MASTER_KEY_LENGTH);
    SpentTickets::Identity identity{};
    SHA256(text.data(), purpose.size() + size, identity.data());
    pki::wipe(text.data(), text.size());
    return identity;
}

// Lets the loop go on until somebody has asked the store; false when nobody can.
bool is_granted_outside(Stream::Core& core, EarlyDataClaim claim)
{
    auto& early = *core.early;
    early.claim = std::move(claim);
    pki::forget_errors(); // the queue is the thread's, not the job's
    while (!early.verdict) {
        if (core.asks_nobody || ASYNC_get_current_job() == nullptr || ASYNC_pause_job() != 1)
            early.verdict = false;
    }
    early.claim.reset();
    return *early.verdict;
}

EarlyDataRefusal refusal_of(SpentTickets::Verdict verdict)
{
    switch (verdict) {
    case SpentTickets::Verdict::granted: return EarlyDataRefusal::none;
    case SpentTickets::Verdict::spent: return EarlyDataRefusal::spent;
    case SpentTickets::Verdict::full: break;
    }
    return EarlyDataRefusal::no_room;
}

// Why not; none when it may be taken. OpenSSL has seen that the ticket is ours, that the client has
// its key, that both agree on its age, and that name and protocol are those of before.
EarlyDataRefusal judge(Stream::Core& core, const Context::Policy& policy,
                       const SSL_SESSION* session)
{
    if (SSL_SESSION_get_max_early_data(session) == 0) return EarlyDataRefusal::other_ticket;
    const auto identity = identity_of(session);
    const std::chrono::seconds lifetime(SSL_SESSION_get_timeout(session));
    if (policy.claims_outside) {
        EarlyDataClaim claim{.id = std::string(identity.begin(), identity.end()),
                             .lifetime = lifetime};
        return is_granted_outside(core, std::move(claim)) ? EarlyDataRefusal::none
                                                          : EarlyDataRefusal::not_granted;
    }
    const int64_t issued = SSL_SESSION_get_time(session);
    if (issued <= policy.early_since) return EarlyDataRefusal::old_ticket;
    return refusal_of(
        policy.spent->claim(identity, issued + lifetime.count() + 1, std::time(nullptr)));
}

// SSL_CTX_set_allow_early_data_cb(3)
int allow_early_data(SSL* ssl, void*)
{
    auto& core = *static_cast<Stream::Core*>(SSL_get_app_data(ssl));
    const SSL_SESSION* session = SSL_get_session(ssl);
    if (!core.early || !session) return 0;
    core.early->refusal = judge(core, policy_of(ssl), session);
    return core.early->refusal == EarlyDataRefusal::none ? 1 : 0;
}

} // namespace

void set_early_data(Context::Policy& policy, const Settings& settings)
{
    policy.claims_outside = policy.external && (policy.own_tickets || !settings.session_tickets);
    if (!policy.claims_outside && !policy.spent) return;
    policy.max_early_data = settings.max_early_data;
    if (policy.tickets && policy.tickets->have_a_past() && policy.spent)
        policy.early_since = policy.spent->born();
    SSL_CTX* context = policy.context.get();
    SSL_CTX_set_max_early_data(context, settings.max_early_data);
    SSL_CTX_set_recv_max_early_data(context, std::max(settings.max_early_data, least_skipped));
    // OpenSSL's own rule would put every ticket's session into the cache of one process.
    SSL_CTX_set_options(context, SSL_OP_NO_ANTI_REPLAY);
    SSL_CTX_set_allow_early_data_cb(context, allow_early_data, nullptr);
}

// True: the handshake goes on. False: it waits, it failed, or some data has come (core_.plain).
bool Handshake::take_early_data()
{
    auto& early = *core_.early;
    if (early.has_ended) return true;
    SSL* ssl = core_.ssl.get();
    auto& plain = core_.plain;
    plain.resize(SSL3_RT_MAX_PLAIN_LENGTH);
    size_t got = 0;
    const int result = SSL_read_early_data(ssl, plain.data(), plain.size(), &got);
    plain.resize(result == SSL_READ_EARLY_DATA_SUCCESS ? got : 0);
    if (result != SSL_READ_EARLY_DATA_ERROR && !stream_.is_early()) {
        SSL_clear_mode(ssl, SSL_MODE_ASYNC);
        const bool taken = SSL_get_early_data_status(ssl) == SSL_EARLY_DATA_ACCEPTED;
        const bool is_ours = early.refusal != EarlyDataRefusal::none;
        if (!taken)
            stream_.session_->early_data_refusal =
                is_ours ? early.refusal : EarlyDataRefusal::unfit;
    }
    if (result == SSL_READ_EARLY_DATA_SUCCESS) {
        if (!stream_.is_early()) describe_session();
        stream_.state_ = Stream::State::early;
        return false;
    }
    if (result == SSL_READ_EARLY_DATA_FINISH) {
        early.has_ended = true;
        return true;
    }
    const int error = SSL_get_error(ssl, 0);
    core_.is_paused = error == SSL_ERROR_WANT_ASYNC;
    if (error == SSL_ERROR_WANT_READ || core_.is_paused) {
        core_.keep_input();
    } else {
        fail_with_openssl("SSL library error " + std::to_string(error) + " in handshake", error);
    }
    return false;
}

std::span<char> Stream::read_early(Chain& out)
{
    auto& core = *core_;
    core.out = &out;
    Handshake(*this).advance();
    core.plain_at = core.plain.size();
    return core.plain;
}

int write_early(Stream::Core& core, std::string_view piece, size_t& written)
{
    // What is under the application keys before the handshake's end is counted apart.
    const unsigned before = core.records_written;
    const int result = SSL_write_early_data(core.ssl.get(), piece.data(), piece.size(), &written);
    if (core.early) core.early->records += core.records_written - before;
    core.records_written = before;
    return result;
}

const EarlyDataClaim* Stream::early_data_claim() const
{
    return core_->is_paused && core_->early && core_->early->claim ? &*core_->early->claim
                                                                   : nullptr;
}

void Stream::grant(bool granted, Chain& out)
{
    if (!early_data_claim() || state_ != State::handshaking) return;
    core_->early->verdict = granted;
    core_->is_paused = false;
    core_->out = &out;
    Handshake(*this).advance();
}

EarlyDataRefusal Stream::early_data_refusal() const
{
    return session_ ? session_->early_data_refusal : EarlyDataRefusal::none;
}

} // namespace signet::tls
