// Private keys: PEM or DER, PKCS#8 or the old forms, encrypted or not.
#pragma once
#include "pki/certificate.h"
#include "pki/secret.h"

#include <functional>
#include <optional>

namespace signet::pki {

// Asked for a pass phrase when a key turns out to be encrypted; `attempt` counts from 0. Nothing:
// no (more) pass phrase to try, loading fails with Kind::denied.
using AskPassPhrase = std::function<std::optional<Secret>(int attempt)>;

class PrivateKey {
public:
    explicit PrivateKey(EvpKeyPtr key)
        : key_(std::move(key))
    {
    }
    // What to_der() made, through the d2i functions: the generic decoder costs ten times as much.
    [[nodiscard]] static Result<PrivateKey> from_der(std::span<const unsigned char> der);
    // A file's contents. An encrypted key asks until it opens or `ask` has no more to offer.
    [[nodiscard]] static Result<PrivateKey> parse(std::string_view bytes, std::string_view path,
                                                  const AskPassPhrase& ask);
    [[nodiscard]] static Result<PrivateKey> load(const std::string& path, const AskPassPhrase& ask);

    [[nodiscard]] EVP_PKEY* get() const { return key_.get(); }
    [[nodiscard]] KeyKind kind() const;
    [[nodiscard]] int bits() const;
    // Unencrypted; the traditional form for RSA and EC, PKCS#8 for the rest.
    [[nodiscard]] Secret to_der() const;
    [[nodiscard]] bool matches(const Certificate& certificate) const;

private:
    EvpKeyPtr key_;
};

// True when the text holds a PEM private key (a certificate file may carry its key).
[[nodiscard]] bool holds_private_key(std::string_view pem);
// True when the first private key in the text needs a pass phrase.
[[nodiscard]] bool is_encrypted_key(std::string_view pem);

} // namespace signet::pki
