// The keys, requests and certificates that an ACME order needs.
#pragma once
#include "pki/certificate.h"
#include "pki/key.h"

#include <string>
#include <string_view>
#include <vector>

namespace signet::pki::acme {

[[nodiscard]] Result<PrivateKey> new_rsa_key(int bits);
[[nodiscard]] Result<PrivateKey> new_ec_key(const std::string& curve); // "P-256"

// A request for a certificate in DER. Must-Staple is RFC 7633.
[[nodiscard]] Result<std::string>
request_der(const PrivateKey& key, const std::vector<std::string>& names, bool must_staple);

struct Pair {
    Certificate certificate;
    PrivateKey key;
};
// The self-signed proof of tls-alpn-01, RFC 8737 §3.
[[nodiscard]] Result<Pair> challenge_certificate(const std::string& name,
                                                 std::string_view key_authorization);
// What a host shows until its first certificate has come: self-signed, for a week.
[[nodiscard]] Result<Pair> stand_in(const std::vector<std::string>& names);

// The value of the TXT record of dns-01, RFC 8555 §8.4.
[[nodiscard]] std::string dns_proof(std::string_view key_authorization);

} // namespace signet::pki::acme
