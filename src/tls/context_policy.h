// The part of a context that many virtual hosts share: one SSL_CTX per distinct policy. Internal to
// this floor.
#pragma once
#include "tls/context.h"
#include "tls/responders.h"
#include "tls/stream.h"
#include "tls/tickets.h"

#include <optional>
#include <string>
#include <unordered_set>

namespace signet::tls {

class KeyLog;
class SpentTickets;

struct Context::Policy {
    std::string key; // equal keys: equal policies
    pki::SslContextPtr context;
    SessionCache* cache = nullptr;
    const ExternalSessions* external = nullptr; // instead of `cache`
    const TicketKeys* tickets = nullptr;
    std::optional<TicketKeys> own_tickets; // SSLSessionTicketKeyFile
    bool session_tickets = true;
    bool serves_tls13 = true;
    bool may_leave_openssl = false;
    ClientVerification client{};
    std::unique_ptr<Responders> responders; // SSLOCSPEnable; else nullptr
    std::string alpn;                       // in wire form
    bool client_chooses_alpn = false;
    uint32_t max_early_data = 0;               // SSLEarlyData; what follows is for it
    const SpentTickets* spent = nullptr;       // where its tickets are claimed, unless
    bool claims_outside = false;               // other servers can open them: in `external`
    int64_t early_since = 0;                   // not for tickets of that second, or older ones
    const KeyLog* key_log = nullptr;           // SSLKeyLogFile
    std::unordered_set<uint16_t> ecdsa_suites; // suites of TLS ≤ 1.2 that want an ECDSA key
};

// What the callbacks of a context need; nullptr never.
[[nodiscard]] const Context::Policy& policy_of(const SSL* ssl);

// The flags of SSL_set_verify(3).
[[nodiscard]] int openssl_mode(VerifyClient mode);
// Authorities, their names, revocation lists, and the callback that checks. False: a problem was
// reported.
[[nodiscard]] bool set_client_verification(SSL_CTX* context, const Settings& settings,
                                           pki::Problems& problems);

// Asks the responder of the certificate that `store` is at; sets its error. `is_unvouched`: its
// issuer is unknown, and that was forgiven.
[[nodiscard]] bool is_vouched_for(Stream::Core& core, const Context::Policy& policy,
                                  X509_STORE_CTX& store, bool is_unvouched);
// SSLOCSPEnable. False: a problem was reported.
[[nodiscard]] bool set_responders(Context::Policy& policy, pki::Problems& problems);

// SSLEarlyData: lets the policy's clients send some, and decides whose is taken (early_data.cpp).
void set_early_data(Context::Policy& policy, const Settings& settings);

// Session tickets, session cache, ALPN: hangs the callbacks into the policy's SSL_CTX.
void install_callbacks(Context::Policy& policy);

} // namespace signet::tls
