// What ACME signs with: an account's key and the JSON Web Signatures it makes.
// RFC 7515 · RFC 7517 · RFC 7638 · RFC 8555 §6.2
#pragma once
#include "base/result.h"
#include "pki/openssl.h"
#include "pki/secret.h"

#include <span>
#include <string>
#include <string_view>

namespace signet::pki::acme {

// base64url without padding, RFC 4648 §5.
[[nodiscard]] std::string base64url(std::string_view bytes);
[[nodiscard]] Result<std::string> from_base64url(std::string_view text);

// The 32 bytes of the digest.
[[nodiscard]] std::string sha256(std::string_view bytes);

// An ECDSA P-256 key: every CA takes it, and its signatures are short (ES256).
class AccountKey {
public:
    [[nodiscard]] static Result<AccountKey> create();
    [[nodiscard]] static Result<AccountKey> from_der(std::span<const unsigned char> der);

    [[nodiscard]] Secret to_der() const;
    // The public key as JSON, its members in the order that the thumbprint wants.
    [[nodiscard]] const std::string& jwk() const { return jwk_; }
    // base64url of SHA-256 of jwk(): the second half of a key authorization, RFC 8555 §8.1.
    [[nodiscard]] const std::string& thumbprint() const { return thumbprint_; }
    // A flattened JWS. `header` is the JSON of the protected header.
    [[nodiscard]] Result<std::string> sign(std::string_view header, std::string_view payload) const;

private:
    explicit AccountKey(EvpKeyPtr key);

    EvpKeyPtr key_;
    std::string jwk_, thumbprint_;
};

// A flattened JWS with HMAC SHA-256, for external account binding (RFC 8555 §7.3.4).
[[nodiscard]] Result<std::string> sign_hmac(const Secret& key, std::string_view header,
                                            std::string_view payload);

} // namespace signet::pki::acme
