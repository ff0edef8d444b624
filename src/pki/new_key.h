// Making private keys, and writing them down.
#pragma once
#include "pki/key.h"

#include <string>
#include <string_view>
#include <vector>

namespace signet::pki {

// "ecdsa-p256", "ecdsa-p384", "rsa-2048" … "rsa-4096" (any multiple of 256 between), "ed25519";
// also "p256", "p384", "ecdsa" and "rsa" (3072 bits).
[[nodiscard]] Result<PrivateKey> make_key(std::string_view type);

enum class KeyForm {
    pkcs8,       // BEGIN PRIVATE KEY, BEGIN ENCRYPTED PRIVATE KEY
    traditional, // BEGIN RSA PRIVATE KEY, BEGIN EC PRIVATE KEY
};

// PEM. With a phrase: PKCS#8 under AES-256-CBC and PBKDF2 (RFC 8018), or the traditional form's own
// encryption, whose key is one MD5 of the phrase away.
[[nodiscard]] Result<Secret> key_to_pem(const PrivateKey& key, const Secret* phrase,
                                        KeyForm form = KeyForm::pkcs8);
// PKCS#8 in DER, not encrypted.
[[nodiscard]] Result<Secret> key_to_der(const PrivateKey& key);

// "ECDSA P-256", "RSA 3072 bits", "Ed25519".
[[nodiscard]] std::string key_text(const EVP_PKEY* key);
// SHA-256 of the SubjectPublicKeyInfo: equal for a key, its request and its certificates, whatever
// the kind of key (what comparing the modulus does for RSA alone).
[[nodiscard]] std::string public_key_digest(const EVP_PKEY* key);

} // namespace signet::pki
