#include "modules/mod_md/certificate_set.h"

#include "base/text.h"
#include "pki/key.h"
#include "tls/live_credentials.h"

#include <algorithm>
#include <openssl/ec.h>

namespace signet::mod_md {

namespace {

bool is_wished(const CertificateRecord& record, const std::vector<KeyWish>& keys)
{
    const auto leaf = leaf_of(record);
    return leaf && std::ranges::any_of(keys, [&](const KeyWish& wish) {
               return kind_of(wish) == kind_of(*leaf);
           });
}

} // namespace

Result<std::string> pack_set(const SetRecord& set, const std::vector<KeyWish>& keys)
{
    std::string packed;
    const bool some = std::ranges::any_of(
        set.certificates, [&](const auto& record) { return is_wished(record, keys); });
    for (const auto& one : set.certificates) {
        if (some && !is_wished(one, keys)) continue;
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

std::string kind_of(const pki::Certificate& certificate)
{
    const EVP_PKEY* key = X509_get0_pubkey(certificate.get());
    char group[64]{};
    size_t length = 0;
    if (key && EVP_PKEY_get_utf8_string_param(key, "group", group, sizeof group, &length) == 1) {
        const char* known = EC_curve_nid2nist(OBJ_sn2nid(group));
        return known ? known : group;
    }
    return "rsa";
}

std::string kind_of(const KeyWish& wish)
{
    return wish.is_rsa ? "rsa" : wish.curve;
}

std::string what_it_lacks(const SetRecord& set, const Domain& domain)
{
    for (const auto& wish : domain.keys) {
        const std::string name = "certificate(" + kind_of(wish) + ")";
        const auto found = std::ranges::find_if(
            set.certificates, [&](const auto& record) { return is_wished(record, {wish}); });
        if (found == set.certificates.end()) return name + " is missing";
        if (!covers_all(*leaf_of(*found), domain.names))
            return name + " does not cover all domains";
    }
    if (set.must_staple != domain.must_staple)
        return std::string("'must-staple' is ") + (set.must_staple ? "on" : "off");
    return {};
}

} // namespace signet::mod_md
