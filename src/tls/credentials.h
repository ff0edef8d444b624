// The certificates and keys of a virtual host: opened and checked once by the master, kept as DER,
// decoded by a worker when the first client asks for them.
#pragma once
#include "pki/check.h"
#include "pki/key.h"
#include "tls/settings.h"

#include <memory>
#include <string_view>
#include <unordered_map>

namespace signet::tls {

class PassPhrases;

// Intermediates appear in the chain of every site of an authority: keeps one copy of each. Lives
// while a configuration is loaded.
class SharedChains {
public:
    [[nodiscard]] std::shared_ptr<const std::string> keep(std::string der);

private:
    std::unordered_map<std::string_view, std::shared_ptr<const std::string>> known_;
};

// One certificate with its chain and key. Immutable DER; decoding is cached (one thread).
class Credential {
public:
    Credential(const pki::Certificate& leaf, const std::vector<pki::Certificate>& chain,
               const pki::PrivateKey& key, SharedChains& chains);
    Credential(Credential&&) = default;
    Credential& operator=(Credential&&) = default;

    [[nodiscard]] pki::KeyKind kind() const { return kind_; }
    // TLS numbers of an ECDSA key: its curve (23 = P-256) and the signature algorithm that goes
    // with it (RFC 8446 §4.2.3), 0 for other keys.
    [[nodiscard]] uint16_t curve() const { return curve_; }
    [[nodiscard]] uint16_t signature_algorithm() const { return signature_algorithm_; }
    [[nodiscard]] X509* leaf() const;             // decoded on first use, nullptr when that fails
    [[nodiscard]] EVP_PKEY* key() const;          // likewise
    [[nodiscard]] STACK_OF(X509) * chain() const; // never nullptr
    [[nodiscard]] bool is_decoded() const { return decoded_ != nullptr; }
    // Drops what is decoded: decoding costs as much as the rest of a virtual host's start, so
    // whoever makes it does this once, when nobody will look at it any more before a client comes.
    void forget_decoded() const;

private:
    struct Decoded;
    struct FreeDecoded {
        void operator()(Decoded* decoded) const;
    };
    [[nodiscard]] const Decoded* decoded() const;

    pki::KeyKind kind_;
    uint16_t curve_ = 0;
    uint16_t signature_algorithm_ = 0;
    std::string leaf_;
    std::vector<std::shared_ptr<const std::string>> chain_; // identical intermediates are shared
    pki::Secret key_;
    mutable std::unique_ptr<Decoded, FreeDecoded> decoded_{};
};

// All of a virtual host's credentials, at most one per kind of key, ECDSA first.
class Credentials {
public:
    void add(Credential credential);
    [[nodiscard]] const std::vector<Credential>& all() const { return all_; }
    [[nodiscard]] bool empty() const { return all_.empty(); }

private:
    std::vector<Credential> all_;
};

// Opens, decrypts and checks everything the settings name. What is wrong goes to `problems`; the
// result is usable exactly when none of them is an error. `now` is for the dates; `chains`, when
// given, lets virtual hosts share intermediates.
[[nodiscard]] std::shared_ptr<const Credentials> load_credentials(const Settings& settings,
                                                                  PassPhrases& phrases, time_t now,
                                                                  pki::Problems& problems,
                                                                  SharedChains* chains = nullptr);

} // namespace signet::tls
