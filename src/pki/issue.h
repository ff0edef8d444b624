// Making certificates and requests: what stands in them, and the signature.   RFC 5280, RFC 2986
#pragma once
#include "pki/certificate.h"
#include "pki/key.h"
#include "pki/subject.h"

#include <ctime>

namespace signet::pki {

enum class Role { root, intermediate, server, client };

struct CertificatePlan {
    Role role = Role::server;
    NamePtr subject{};
    std::vector<std::string> names{}; // subjectAltName
    EVP_PKEY* public_key = nullptr;   // borrowed
    time_t not_before = 0, not_after = 0;
    std::string serial{};                         // big-endian bytes; empty: 128 random bits
    std::vector<std::string> permitted_domains{}; // NameConstraints of an authority, critical
    std::string crl_url{}, ocsp_url{}, issuer_url{};
};

// 128 random bits, never zero: RFC 5280 §4.1.2.2 allows twenty octets.
[[nodiscard]] Result<std::string> random_serial();

// `issuer` null: self-signed, and `key` is the certificate's own. Kind::malformed: a name is none.
[[nodiscard]] Result<Certificate> issue(const CertificatePlan& plan, const Certificate* issuer,
                                        const PrivateKey& key);

// A request for these names, signed by the key.
[[nodiscard]] Result<RequestPtr> make_request(const PrivateKey& key, const NamePtr& subject,
                                              const std::vector<std::string>& names);
// The names a request asks for, as check_name() takes them: subjectAltName, else the CN if it is a
// name. Names of other kinds and such with control characters make it fail.
[[nodiscard]] Result<std::vector<std::string>> requested_names(X509_REQ* request);
// Kind::malformed unless the request is signed by its own key.
[[nodiscard]] Result<void> verify_request(X509_REQ* request);

[[nodiscard]] Result<std::string> to_pem(const Certificate& certificate);
[[nodiscard]] Result<std::string> to_pem(X509_REQ* request);
[[nodiscard]] Result<std::string> to_pem(const std::vector<Certificate>& certificates);
// The signature hash that goes with a key; null for those that bring their own.
[[nodiscard]] const EVP_MD* hash_for(const PrivateKey& key);

} // namespace signet::pki
