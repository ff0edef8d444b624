// The part of a context that many virtual hosts share: one SSL_CTX per distinct policy. Internal to
// this floor.
#pragma once
#include "tls/context.h"
#include "tls/tickets.h"

#include <optional>
#include <string>
#include <unordered_set>

namespace signet::tls {

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
    std::string alpn; // in wire form
    bool client_chooses_alpn = false;
    std::unordered_set<uint16_t> ecdsa_suites; // suites of TLS ≤ 1.2 that want an ECDSA key
};

// What the callbacks of a context need; nullptr never.
[[nodiscard]] const Context::Policy& policy_of(const SSL* ssl);

// Session tickets, session cache, ALPN: hangs the callbacks into the policy's SSL_CTX.
void install_callbacks(Context::Policy& policy);

} // namespace signet::tls
