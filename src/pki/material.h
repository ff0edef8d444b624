// Whatever a file of certificates, keys, requests or revocation lists holds, in any usual form: PEM
// (several objects, other text between them), DER, PKCS#7, PKCS#12.
#pragma once
#include "pki/certificate.h"
#include "pki/key.h"
#include "pki/objects.h"

namespace signet::pki {

struct Material {
    std::string path{};
    std::string form{}; // "PEM", "DER", "PKCS#7", "PKCS#12"
    std::vector<Certificate> certificates{};
    std::vector<RequestPtr> requests{};
    std::vector<CrlPtr> revocation_lists{};
    std::vector<PrivateKey> keys{};
    std::vector<EvpKeyPtr> public_keys{};
    bool was_encrypted = false;         // a key or the container needed a pass phrase
    std::vector<std::string> remarks{}; // what was skipped, for people

    [[nodiscard]] bool is_empty() const
    {
        return certificates.empty() && requests.empty() && revocation_lists.empty() && keys.empty()
               && public_keys.empty();
    }
};

// Kind::not_found: nothing of the kind is in it; malformed: a block is damaged; denied: the pass
// phrase is wrong or missing. `path` is only for messages.
[[nodiscard]] Result<Material> parse_material(std::string_view bytes, std::string_view path,
                                              const AskPassPhrase& ask);
// A file, or standard input for "-", of at most 16 MiB.
[[nodiscard]] Result<Material> load_material(const std::string& path, const AskPassPhrase& ask);

// Another owner of the same certificate.
[[nodiscard]] Certificate share(const Certificate& certificate);

} // namespace signet::pki
