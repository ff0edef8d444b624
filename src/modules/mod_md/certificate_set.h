// Looks into the certificates that the store holds for a domain.
#pragma once
#include "modules/mod_md/domain.h"
#include "modules/mod_md/records.h"
#include "pki/certificate.h"

#include <optional>
#include <string>
#include <vector>

namespace signet::mod_md {

// As one text for LiveCredentials; fails for what cannot be read. The caller wipes it. Where one of
// the wished kinds of keys is there, those of other kinds are left out; without wishes none is.
[[nodiscard]] Result<std::string> pack_set(const SetRecord& set,
                                           const std::vector<KeyWish>& keys = {});
// The certificate of one record; nothing when it cannot be read.
[[nodiscard]] std::optional<pki::Certificate> leaf_of(const CertificateRecord& record);
// The first one stands for all: they were made together.
[[nodiscard]] std::optional<pki::Certificate> leaf_of(const SetRecord& set);
[[nodiscard]] std::string serial_of(const pki::Certificate& certificate); // hexadecimal, lower case
[[nodiscard]] bool covers_all(const pki::Certificate& certificate,
                              const std::vector<std::string>& names);
// How Apache calls a kind of key: "rsa", "P-256". The number of RSA's bits makes no other kind.
[[nodiscard]] std::string kind_of(const pki::Certificate& certificate);
[[nodiscard]] std::string kind_of(const KeyWish& wish);
// What the set lacks of the domain's wishes, in Apache's words: "certificate(rsa) is missing". ""
// when nothing. Whether it is old or revoked is another question.
[[nodiscard]] std::string what_it_lacks(const SetRecord& set, const Domain& domain);

} // namespace signet::mod_md
