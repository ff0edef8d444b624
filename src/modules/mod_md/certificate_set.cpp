#include "modules/mod_md/certificate_set.h"

#include "base/text.h"
#include "pki/key.h"
#include "tls/live_credentials.h"

#include <algorithm>

namespace signet::mod_md {

Result<std::string> pack_set(const SetRecord& set)
{
    std::string packed;
    for (const auto& one : set.certificates) {
        auto chain = pki::parse_certificates(one.chain, "the store");
        if (!chain) return std::unexpected(chain.error());
        auto key = pki::PrivateKey::from_der(
            {reinterpret_cast<const unsigned char*>(one.key.data()), one.key.size()});
        if (!key) return std::unexpected(key.error());
        const pki::Certificate leaf = std::move(chain->front());
        chain->erase(chain->begin());
        if (!key->matches(leaf)) return fail("a stored certificate and its key do not match");
        packed += tls::pack_credential(leaf, *chain, *key);
    }
    return packed;
}

std::optional<pki::Certificate> leaf_of(const CertificateRecord& record)
{
    auto chain = pki::parse_certificates(record.chain, "the store");
    if (!chain) return std::nullopt;
    return std::move(chain->front());
}

std::optional<pki::Certificate> leaf_of(const SetRecord& set)
{
    if (set.certificates.empty()) return std::nullopt;
    return leaf_of(set.certificates.front());
}

std::string serial_of(const pki::Certificate& certificate)
{
    const ASN1_INTEGER* serial = X509_get0_serialNumber(certificate.get());
    std::string text;
    for (int i = 0; i < ASN1_STRING_length(serial); ++i)
        append_hex(text, ASN1_STRING_get0_data(serial)[i], 2);
    return text;
}

bool covers_all(const pki::Certificate& certificate, const std::vector<std::string>& names)
{
    const auto has = certificate.dns_names();
    return std::ranges::all_of(names, [&](const std::string& name) {
        return std::ranges::any_of(has, [&](const auto& one) { return iequals(one, name); });
    });
}

} // namespace signet::mod_md
