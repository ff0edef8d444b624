// What a handshake needs for one virtual host: a policy (an SSL_CTX, shared by every vhost with the
// same versions, suites, groups, tickets …) and the vhost's own credentials.
#pragma once
#include "tls/credentials.h"
#include "tls/settings.h"
#include "tls/staples.h"

#include <memory>
#include <vector>

namespace signet::tls {

class CredentialSource;
class ExternalSessions;
class KeyLog;
class SessionCache;
class SpentTickets;
class TicketKeys;
struct ClientHello;

// Made by Contexts, in the master; read by one worker's streams. Outlives its connections.
class Context {
public:
    [[nodiscard]] const Settings& settings() const { return settings_; }
    [[nodiscard]] const Credentials& credentials() const { return *credentials_; }
    // True when the vhost's policy lets streams leave OpenSSL after a TLS 1.3 handshake.
    [[nodiscard]] bool may_leave_openssl() const;
    [[nodiscard]] bool asks_responders() const;  // SSLOCSPEnable
    [[nodiscard]] bool takes_early_data() const; // SSLEarlyData
    // A new connection's SSL, carrying the credentials that suit the client: of ECDSA and RSA only
    // ECDSA when the client surely can use it (it costs a third). nullptr: see the error queue.
    [[nodiscard]] pki::SslPtr new_ssl(const ClientHello& hello) const;
    // The session a client may want to resume, when an external store has to be asked for it before
    // the handshake goes on; empty: nothing is to be asked.
    [[nodiscard]] std::string session_to_look_up(const ClientHello& hello) const;
    [[nodiscard]] const ExternalSessions* external_sessions() const; // may be nullptr
    // The OCSP response for the certificate that this connection shows; empty for none.
    [[nodiscard]] std::string staple_for(const SSL* ssl) const;
    // The context an SSL was made by.
    [[nodiscard]] static const Context& of(const SSL* ssl);

    struct Policy;
    [[nodiscard]] const Policy& policy() const { return *policy_; } // context_policy.h

private:
    friend class Contexts;
    Context(const Settings& settings, std::shared_ptr<const Credentials> credentials,
            std::vector<Staple> staples, std::shared_ptr<CredentialSource> source,
            const Policy& policy)
        : settings_(settings)
        , credentials_(std::move(credentials))
        , staples_(std::move(staples))
        , source_(std::move(source))
        , policy_(&policy)
    {
    }
    [[nodiscard]] const Credentials& credentials_for(const ClientHello& hello) const;

    Settings settings_;
    std::shared_ptr<const Credentials> credentials_;
    std::vector<Staple> staples_;              // of the credentials, in their order; may be shorter
    std::shared_ptr<CredentialSource> source_; // nullptr: they never change
    const Policy* policy_;
};

// Makes contexts and owns the policies they share: one per configuration generation, built before
// the workers are forked. Counts as the server's TLS configuration; outlives its contexts.
class Contexts {
public:
    // `cache` and `external` may be nullptr (SSLSessionCache none), and one of them is. Without
    // `spent` no early data is taken. All outlive this.
    Contexts(SessionCache* cache, const TicketKeys* tickets,
             const ExternalSessions* external = nullptr,
             std::shared_ptr<const KeyLog> key_log = nullptr, const SpentTickets* spent = nullptr);
    ~Contexts();
    Contexts(const Contexts&) = delete;
    Contexts& operator=(const Contexts&) = delete;

    // nullptr when a problem is an error: empty cipher list, bad SSLOpenSSLConfCmd, bad ticket key
    // file. Appends to `problems`. `staples` belong to the credentials, in their order. With a
    // `source` (live_credentials.h), `credentials` serve only while it has none.
    [[nodiscard]] std::unique_ptr<const Context>
    make(const Settings& settings, std::shared_ptr<const Credentials> credentials,
         pki::Problems& problems, std::vector<Staple> staples = {},
         std::shared_ptr<CredentialSource> source = nullptr);

    [[nodiscard]] size_t policy_count() const { return policies_.size(); }

private:
    [[nodiscard]] const Context::Policy* policy_for(const Settings&, pki::Problems&);

    SessionCache* cache_;
    const TicketKeys* tickets_;
    const ExternalSessions* external_;
    std::shared_ptr<const KeyLog> key_log_;
    const SpentTickets* spent_;
    std::vector<std::unique_ptr<Context::Policy>> policies_;
};

// How a stream finds its virtual host; the server implements it with its table of vhosts.
class ContextSelector {
public:
    virtual ~ContextSelector() = default;
    // The vhost for a hello: by its server name, else the address's default. nullptr refuses the
    // client with the alert unrecognized_name.
    [[nodiscard]] virtual const Context* select(const ClientHello& hello) = 0;
};

} // namespace signet::tls
