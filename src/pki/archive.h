// Files kept in one encrypted file: a tar archive in CMS under a pass phrase, so that `openssl cms
// -decrypt -inform PEM -pwri_password … | tar x` restores it without signet.   RFC 5652, RFC 3211
#pragma once
#include "base/result.h"
#include "pki/secret.h"

#include <string>
#include <vector>

namespace signet::pki {

struct ArchivedFile {
    std::string path{}; // absolute or not, as it will be restored
    unsigned mode = 0600;
    Secret bytes{};
};

// PEM ("BEGIN CMS").
[[nodiscard]] Result<std::string> seal_archive(const std::vector<ArchivedFile>& files,
                                               const Secret& phrase);
// Kind::denied: the pass phrase is wrong. Kind::malformed: it is no such archive.
[[nodiscard]] Result<std::vector<ArchivedFile>> open_archive(std::string_view pem,
                                                             const Secret& phrase);

} // namespace signet::pki
