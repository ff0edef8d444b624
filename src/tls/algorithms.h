// The algorithms this floor calls, fetched once per process: an implicit fetch costs more than the
// operation (OpenSSL 3.0, engineering notes part c).
#pragma once
#include "pki/openssl.h"

namespace signet::tls {

struct Algorithms {
    using Cipher = std::unique_ptr<EVP_CIPHER, pki::Deleter<EVP_CIPHER_free>>;
    using Mac = std::unique_ptr<EVP_MAC, pki::Deleter<EVP_MAC_free>>;

    Cipher aes_128_cbc, aes_256_cbc;                    // session tickets
    Cipher aes_128_gcm, aes_256_gcm, chacha20_poly1305; // TLS 1.3 records
    Mac hmac;                                           // their keys
};

// Never changes once made; a child process may go on using its parent's.
[[nodiscard]] const Algorithms& algorithms();

} // namespace signet::tls
