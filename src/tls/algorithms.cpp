#include "tls/algorithms.h"

namespace signet::tls {

const Algorithms& algorithms()
{
    static const Algorithms fetched = [] {
        const auto cipher = [](const char* name) {
            return Algorithms::Cipher(EVP_CIPHER_fetch(nullptr, name, nullptr));
        };
        Algorithms all{
            .aes_128_cbc = cipher("AES-128-CBC"),
            .aes_256_cbc = cipher("AES-256-CBC"),
            .aes_128_gcm = cipher("AES-128-GCM"),
            .aes_256_gcm = cipher("AES-256-GCM"),
            .chacha20_poly1305 = cipher("ChaCha20-Poly1305"),
            .hmac = Algorithms::Mac(EVP_MAC_fetch(nullptr, "HMAC", nullptr)),
        };
        pki::forget_errors(); // a missing one is seen where it is used
        return all;
    }();
    return fetched;
}

} // namespace signet::tls
