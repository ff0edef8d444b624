// What a handshake needs for one virtual host: a policy (an SSL_CTX, shared by every vhost with the
// same versions, suites, groups, tickets …) and the vhost's own credentials.
#pragma once
#include "tls/credentials.h"
#include "tls/settings.h"

#include <memory>
#include <vector>

namespace signet::tls {

class KeyLog;
class SessionCache;
class TicketKeys;
struct ClientHello;

// Made by Contexts, in the master; read by one worker's streams. Outlives its connections.
class Context {
public:
    [[nodiscard]] const Settings& settings() const { return settings_; }
    [[nodiscard]] const Credentials& credentials() const { return *credentials_; }
    // True when the vhost's policy lets streams leave OpenSSL after a TLS 1.3 handshake.
    [[nodiscard]] bool may_leave_openssl() const;
    // A new connection's SSL, carrying the credentials that suit the client: of ECDSA and RSA only
    // ECDSA when the client surely can use it (it costs a third). nullptr: see the error queue.
    [[nodiscard]] pki::SslPtr new_ssl(const ClientHello& hello) const;

    struct Policy;
    [[nodiscard]] const Policy& policy() const { return *policy_; } // context_policy.h

private:
    friend class Contexts;
    Context(const Settings& settings, std::shared_ptr<const Credentials> credentials,
            const Policy& policy)
        : settings_(settings)
        , credentials_(std::move(credentials))
        , policy_(&policy)
    {
    }

    Settings settings_;
    std::shared_ptr<const Credentials> credentials_;
    const Policy* policy_;
};

// Makes contexts and owns the policies they share: one per configuration generation, built before
// the workers are forked. Counts as the server's TLS configuration; outlives its contexts.
class Contexts {
public:
    // `cache` may be nullptr (SSLSessionCache none). Both outlive this.
    Contexts(SessionCache* cache, const TicketKeys* tickets,
             std::shared_ptr<const KeyLog> key_log = nullptr);
    ~Contexts();
    Contexts(const Contexts&) = delete;
    Contexts& operator=(const Contexts&) = delete;

    // nullptr when a problem is an error: empty cipher list, bad SSLOpenSSLConfCmd, bad ticket key
    // file. Appends to `problems`.
    [[nodiscard]] std::unique_ptr<const Context>
    make(const Settings& settings, std::shared_ptr<const Credentials> credentials,
         pki::Problems& problems);

    [[nodiscard]] size_t policy_count() const { return policies_.size(); }

private:
    [[nodiscard]] const Context::Policy* policy_for(const Settings&, pki::Problems&);

    SessionCache* cache_;
    const TicketKeys* tickets_;
    std::shared_ptr<const KeyLog> key_log_;
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
