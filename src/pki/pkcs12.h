// PKCS#12: a key with its certificates in one encrypted file, as browsers and Windows want them.
// RFC 7292
#pragma once
#include "pki/certificate.h"
#include "pki/key.h"
#include "pki/objects.h"

#include <optional>

namespace signet::pki {

struct Pkcs12Contents {
    std::optional<PrivateKey> key{};
    std::vector<Certificate> certificates{}; // that of the key first
};

// Tries no pass phrase first, then asks. Kind::denied when none opens it.
[[nodiscard]] Result<Pkcs12Contents> open_pkcs12(PKCS12& sealed, std::string_view path,
                                                 const AskPassPhrase& ask);
// DER; AES-256 with PBKDF2. `certificates`: that of the key first, then its chain.
[[nodiscard]] Result<Secret> make_pkcs12(const PrivateKey& key,
                                         const std::vector<Certificate>& certificates,
                                         const std::string& friendly_name, const Secret& phrase);

} // namespace signet::pki
