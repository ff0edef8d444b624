// X.509 certificates: read from files, asked for their names, dates and keys.
#pragma once
#include "pki/openssl.h"

#include <ctime>
#include <span>
#include <vector>

namespace signet::pki {

inline constexpr int64_t day = 24 * 60 * 60; // in seconds, as validity is counted

enum class KeyKind : unsigned char { rsa, ecdsa, ed25519, ed448, other };

// Apache's word for the kind, as SSLPassPhraseDialog's second argument: "RSA", "ECC", "DSA".
[[nodiscard]] std::string_view name(KeyKind kind);

class Certificate {
public:
    explicit Certificate(X509Ptr x509)
        : x509_(std::move(x509))
    {
    }
    [[nodiscard]] static Result<Certificate> from_der(std::span<const unsigned char> der);

    [[nodiscard]] X509* get() const { return x509_.get(); }
    [[nodiscard]] std::string der() const;

    [[nodiscard]] std::string subject() const; // RFC 2253, for people
    [[nodiscard]] std::string issuer() const;
    [[nodiscard]] std::string common_name() const;            // the last CN, or empty
    [[nodiscard]] std::vector<std::string> dns_names() const; // subjectAltName, else the CN
    [[nodiscard]] std::vector<std::string> addresses() const; // subjectAltName's IP addresses
    [[nodiscard]] time_t not_before() const;
    [[nodiscard]] time_t not_after() const;
    [[nodiscard]] bool is_authority() const; // BasicConstraints CA
    [[nodiscard]] int path_length() const;   // of BasicConstraints, or -1
    [[nodiscard]] bool is_self_issued() const;
    [[nodiscard]] KeyKind key_kind() const;
    [[nodiscard]] int key_bits() const;
    // True when `issuer`'s name and key identifier fit (no signature is checked).
    [[nodiscard]] bool may_be_issued_by(const Certificate& issuer) const;
    // True when `host` (a name or an address) is among the names.
    [[nodiscard]] bool covers(std::string_view host) const;

private:
    X509Ptr x509_;
};

// Every certificate of a PEM file in its order (other PEM objects are skipped), or the one of a DER
// file. An empty list is an error.
[[nodiscard]] Result<std::vector<Certificate>> load_certificates(const std::string& path);
[[nodiscard]] Result<std::vector<Certificate>> parse_certificates(std::string_view bytes,
                                                                  std::string_view path);

} // namespace signet::pki
