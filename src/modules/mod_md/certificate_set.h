// Looks into the certificates that the store holds for a domain.
#pragma once
#include "modules/mod_md/records.h"
#include "pki/certificate.h"

#include <optional>
#include <string>
#include <vector>

namespace signet::mod_md {

// As one text for LiveCredentials; fails for what cannot be read. The caller wipes it.
[[nodiscard]] Result<std::string> pack_set(const SetRecord& set);
// The certificate of one record; nothing when it cannot be read.
[[nodiscard]] std::optional<pki::Certificate> leaf_of(const CertificateRecord& record);
// The first one stands for all: they were made together.
[[nodiscard]] std::optional<pki::Certificate> leaf_of(const SetRecord& set);
[[nodiscard]] std::string serial_of(const pki::Certificate& certificate); // hexadecimal, lower case
[[nodiscard]] bool covers_all(const pki::Certificate& certificate,
                              const std::vector<std::string>& names);

} // namespace signet::mod_md
