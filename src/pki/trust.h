// Whom we believe: authorities and revocation lists, from files and from hash-link directories.
#pragma once
#include "pki/check.h"

#include <string>
#include <vector>

namespace signet::pki {

using X509StorePtr = std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>>;

// A file and a directory, as in SSLCACertificateFile and SSLCACertificatePath; either may be empty.
struct TrustFiles {
    std::string file{};
    std::string path{};
    [[nodiscard]] bool empty() const { return file.empty() && path.empty(); }
    bool operator==(const TrustFiles&) const = default;
};

// The certificates of both, without doubles, in the order of the file, then of the directory's
// names. In a directory every file counts, whatever its name: the links of c_rehash are not needed.
// A file that cannot be read is an error in `problems`; in a directory a link to nothing is a
// warning, and what holds no certificate is passed over.
[[nodiscard]] std::vector<Certificate> load_authorities(const TrustFiles& from, Problems& problems);

// Adds the revocation lists of both to the store. Directories as above; new files that appear there
// under the name that OpenSSL looks for (openssl-rehash(1)) are found later, too.
void add_revocation_lists(X509_STORE& store, const TrustFiles& from, Problems& problems);

} // namespace signet::pki
