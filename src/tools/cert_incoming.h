// What signet cert install is given: a certificate, what belongs to it, and its key.
#pragma once
#include "pki/chain.h"
#include "pki/key.h"
#include "tools/cert.h"
#include "tools/vhost_files.h"

#include <expected>
#include <string>
#include <utility>
#include <vector>

namespace signet::tools {

// Everything about a certificate that is to be installed.
struct Incoming {
    pki::Chain chain{};
    std::vector<pki::PrivateKey> keys{};
};

// The exit status is the error: the answer has the complaint.
[[nodiscard]] std::expected<Incoming, int> read_incoming(const CertOptions& options,
                                                         Answer& answer);

// The key of --key, of the configuration, or one beside the certificate; and where it is.
[[nodiscard]] std::expected<std::pair<std::string, pki::PrivateKey>, int>
find_key(const CertOptions& options, const VhostFiles& files, const pki::Certificate& leaf,
         std::vector<pki::PrivateKey>& in_file, Answer& answer);

// --site: a configuration for a site that there is not yet (cert_site.cpp).
[[nodiscard]] int write_site(const CertOptions& options, Incoming& incoming, Answer& answer);

} // namespace signet::tools
