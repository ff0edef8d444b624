// TLS as a client of another server, over a connection that somebody else reads and writes.
// RFC 8446 · https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslproxyengine
#pragma once
#include "pki/openssl.h"
#include "pki/secret.h"
#include "tls/settings.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tls {

// How servers are spoken to and checked: SSLProxy….
struct ClientPolicy {
    Protocols protocols{};
    std::string cipher_list{}, cipher_suites{};         // empty: OpenSSL's
    VerifyClient verify = VerifyClient::none;           // SSLProxyVerify
    int depth = 1;                                      // SSLProxyVerifyDepth
    std::string authorities_file{}, authorities_path{}; // PEM; a directory of hash links
    std::string revocation_file{}, revocation_path{};
    bool checks_revocation = false, of_whole_chain = false, list_may_be_missing = false;
    std::vector<std::shared_ptr<const pki::Secret>> pairs{}; // PEM: certificates, each with its key
    std::string chain{};                                     // PEM: their intermediates
    bool checks_name = true, checks_dates = true; // SSLProxyCheckPeerName, …CheckPeerExpire
};

// Made once for a policy, used by many connections of one process.
class ClientContext {
public:
    [[nodiscard]] static Result<std::shared_ptr<const ClientContext>> make(ClientPolicy policy);
    ~ClientContext();
    ClientContext(const ClientContext&) = delete;
    ClientContext& operator=(const ClientContext&) = delete;

    [[nodiscard]] const ClientPolicy& policy() const { return policy_; }
    [[nodiscard]] SSL_CTX* native() const { return context_.get(); }

    struct Pair {
        pki::X509Ptr certificate;
        pki::EvpKeyPtr key;
    };
    [[nodiscard]] const std::vector<Pair>& pairs() const { return pairs_; }

private:
    explicit ClientContext(ClientPolicy policy)
        : policy_(std::move(policy))
    {
    }
    [[nodiscard]] Result<void> set_up();
    [[nodiscard]] Result<void> load_pairs();

    ClientPolicy policy_;
    pki::SslContextPtr context_;
    std::vector<Pair> pairs_;
};

// One connection. Bytes of the peer go in by feed(), bytes for it come out of take_output(); every
// call may leave some there.
class ClientStream {
public:
    // `name`: of the server, for SNI and the check; an address is not sent.
    ClientStream(std::shared_ptr<const ClientContext> context, std::string name);
    ~ClientStream();
    ClientStream(const ClientStream&) = delete;
    ClientStream& operator=(const ClientStream&) = delete;

    void feed(std::string_view bytes);
    [[nodiscard]] std::string take_output();

    // True when it is over, and the peer is who it should be; false: more must come. The error is
    // for people, as Apache words it.
    [[nodiscard]] Result<bool> handshake();
    // Nothing: more must come. 0: the peer has ended.
    [[nodiscard]] Result<std::optional<size_t>> read(std::span<char> into);
    [[nodiscard]] Result<void> write(std::string_view bytes);

    // Connections of the same context to the same name are alike.
    [[nodiscard]] bool is_like(const ClientContext& context, std::string_view name) const
    {
        return context_.get() == &context && name_ == name;
    }

private:
    [[nodiscard]] Result<void> check_peer();

    std::shared_ptr<const ClientContext> context_;
    std::string name_;
    pki::SslPtr ssl_;
    BIO* input_ = nullptr;  // owned by ssl_
    BIO* output_ = nullptr; // owned by ssl_
};

} // namespace signet::tls
