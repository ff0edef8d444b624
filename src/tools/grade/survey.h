// Everything about a TLS server that a grade depends on, however it was found out.
#pragma once
#include "pki/certificate.h"
#include "pki/check.h"
#include "tools/grade/endpoint.h"
#include "tools/grade/suites.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace signet::tools::grade {

// A line of the configuration that a finding is about.
struct Place {
    std::string where{}; // "/etc/signet/sites/www.conf:14:5", or empty
    std::string line{};  // "SSLCipherSuite ALL"
};

struct CertificateFacts {
    std::string subject{}, issuer{}, key{}; // "EC 256", "RSA 2048"
    pki::KeyKind kind = pki::KeyKind::other;
    int bits = 0;
    bool exponent_is_one = false;
    std::string digest{};          // of the signature: "SHA256"
    bool weak_signature = false;   // SHA-1
    bool broken_signature = false; // MD2, MD5
    bool trusted = false;
    std::string distrust{}; // why not
    bool covers_name = true;
    bool chain_complete = true;
    time_t not_before = 0, not_after = 0;
    std::vector<std::string> names{};
};

// What one of the known clients gets.
struct ClientResult {
    std::string client{};
    bool is_reference = false;
    uint16_t version = 0, suite = 0, group = 0; // version 0: it fails
    std::string failure{};
};

struct Survey {
    std::string name{};  // the host that was asked for
    std::string label{}; // "www.example.com:443"
    Place vhost{};       // its <VirtualHost>; empty when asked over the network
    std::map<uint16_t, std::vector<uint16_t>> suites{}; // by version, in the server's order
    bool server_order = false;
    std::vector<uint16_t> groups{}; // as far as they were seen
    unsigned dh_bits = 0;
    bool fallback_signal = false;   // TLS_FALLBACK_SCSV is honoured
    bool fallback_testable = false; // needs two versions below TLS 1.3, or 1.3 and one
    bool secure_renegotiation = true, insecure_renegotiation = false, compression = false;
    uint32_t early_data = 0; // bytes that may be sent before the handshake is over; 0: none
    std::vector<CertificateFacts> certificates{};
    std::vector<std::string> hsts{}; // values of Strict-Transport-Security
    bool hsts_known = true;          // false: the page could not be fetched
    std::vector<ClientResult> clients{};
    std::map<std::string, Place> places{};  // by directive
    std::vector<uint16_t> written_broken{}; // broken suites that the cipher string asks for in vain
    std::vector<std::string> written_versions{}; // SSLv2, SSLv3, TLSv1 … likewise

    [[nodiscard]] bool offers(uint16_t version) const { return suites.contains(version); }
    [[nodiscard]] std::vector<Suite> all_suites() const;
};

// Asks the endpoint for all that handshakes tell: versions, suites, groups, signals, clients.
void ask(const Endpoint& endpoint, Survey& survey);

// Judges a chain (leaf first) at a date; `store` may be null: nothing is trusted then.
[[nodiscard]] CertificateFacts judge(const std::vector<pki::Certificate>& chain,
                                     const std::string& name, time_t now, X509_STORE* store);

using StorePtr = std::unique_ptr<X509_STORE, pki::Deleter<X509_STORE_free>>;
// The system's roots, or those of a file alone.
[[nodiscard]] Result<StorePtr> trust_store(const std::string& file);

// Seconds of max-age, or nothing when the value has none that can be read.
[[nodiscard]] std::optional<long> hsts_age(std::string_view value);

} // namespace signet::tools::grade
