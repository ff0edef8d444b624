#include "pki/certificate_variables.h"

#include "base/text.h"
#include "pki/certificate.h"
#include "pki/objects.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <map>
#include <openssl/bn.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace signet::pki {
namespace {

// As UTF-8 unless `raw`. Control characters, NUL among them, are escaped: "\00".
std::string text_of(const ASN1_STRING* string, bool raw)
{
    return printed([&](BIO* bio) {
        unsigned long flags = ASN1_STRFLGS_ESC_CTRL;
        if (!raw) flags |= ASN1_STRFLGS_UTF8_CONVERT;
        return ASN1_STRING_print_ex(bio, string, flags) >= 0;
    });
}

struct Component {
    std::string_view word;
    int nid;
};
// In two names for one thing the first is the one that is set by itself.
constexpr Component components[] = {
    {"C", NID_countryName},
    {"ST", NID_stateOrProvinceName},
    {"SP", NID_stateOrProvinceName},
    {"L", NID_localityName},
    {"O", NID_organizationName},
    {"OU", NID_organizationalUnitName},
    {"CN", NID_commonName},
    {"T", NID_title},
    {"I", NID_initials},
    {"G", NID_givenName},
    {"S", NID_surname},
    {"D", NID_description},
    {"UID", NID_userId},
    {"Email", NID_pkcs9_emailAddress},
};

// "CN", "CN_0", "CN_1_RAW" …: an index picks one of several.
std::string component(const X509_NAME* name, std::string_view which)
{
    const bool raw = which.ends_with("_RAW");
    if (raw) which.remove_suffix(4);
    unsigned index = 0;
    if (const size_t bar = which.find('_'); bar != which.npos) {
        const auto number = parse_number<unsigned>(which.substr(bar + 1));
        if (!number) return {};
        index = *number;
        which = which.substr(0, bar);
    }
    const auto* known = std::ranges::find(components, which, &Component::word);
    if (known == std::end(components)) return {};
    for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
        const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
        if (OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry)) == known->nid && index-- == 0)
            return text_of(X509_NAME_ENTRY_get_data(entry), raw);
    }
    return {};
}

struct AlternativeKind {
    std::string_view prefix; // "DNS_"
    int type;
    int other_type = NID_undef; // of an otherName
    int syntax = 0;             // and of its value
};
constexpr AlternativeKind alternative_kinds[] = {
    {"Email_", GEN_EMAIL},
    {"DNS_", GEN_DNS},
    {"OTHER_msUPN_", GEN_OTHERNAME, NID_ms_upn, V_ASN1_UTF8STRING},
    {"OTHER_dnsSRV_", GEN_OTHERNAME, NID_SRVName, V_ASN1_IA5STRING}, // RFC 4985
};

// The text of a name if it is of that kind.
const ASN1_STRING* text_if(const GENERAL_NAME& name, const AlternativeKind& kind)
{
    if (name.type != kind.type) return nullptr;
    if (kind.type == GEN_DNS) return name.d.dNSName;
    if (kind.type == GEN_EMAIL) return name.d.rfc822Name;
    if (OBJ_obj2nid(name.d.otherName->type_id) != kind.other_type
        || name.d.otherName->value->type != kind.syntax)
        return nullptr;
    return name.d.otherName->value->value.asn1_string;
}

std::vector<std::string> alternative_names(X509* certificate, const AlternativeKind& kind)
{
    const GeneralNamesPtr names(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    if (!names) forget_errors();
    std::vector<std::string> found;
    for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
        if (const auto* text = text_if(*sk_GENERAL_NAME_value(names.get(), i), kind))
            found.push_back(text_of(text, false));
    }
    return found;
}

// "DNS_0", "OTHER_msUPN_1".
std::string alternative_name(X509* certificate, std::string_view which)
{
    for (const auto& kind : alternative_kinds) {
        if (!which.starts_with(kind.prefix)) continue;
        const auto index = parse_number<unsigned>(which.substr(kind.prefix.size()));
        if (!index) return {};
        const auto names = alternative_names(certificate, kind);
        return *index < names.size() ? names[*index] : std::string();
    }
    return {};
}

std::string long_name(const ASN1_OBJECT* object)
{
    const int nid = OBJ_obj2nid(object);
    return nid == NID_undef ? "UNKNOWN" : OBJ_nid2ln(nid);
}

std::string signature_algorithm(X509* certificate)
{
    const ASN1_OBJECT* object = nullptr;
    X509_ALGOR_get0(&object, nullptr, nullptr, X509_get0_tbs_sigalg(certificate));
    return long_name(object);
}

std::string key_algorithm(X509* certificate)
{
    ASN1_OBJECT* object = nullptr;
    X509_PUBKEY_get0_param(&object, nullptr, nullptr, nullptr, X509_get_X509_PUBKEY(certificate));
    return long_name(object);
}

std::string time_text(const ASN1_TIME* time)
{
    return printed([&](BIO* bio) { return ASN1_TIME_print(bio, time) == 1; });
}

// Whole days.
std::string days_left(X509* certificate)
{
    X509_up_ref(certificate);
    const auto left = Certificate(X509Ptr(certificate)).not_after() - std::time(nullptr);
    return std::to_string(left > 0 ? left / (24 * 60 * 60) : 0);
}

// CertificateExactAssertion.   RFC 4523 §A.1
// Always in the newer format of names.
std::string exact_assertion(X509* certificate)
{
    const std::unique_ptr<BIGNUM, Deleter<BN_free>> number(
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr));
    const std::unique_ptr<char, decltype([](char* text) { OPENSSL_free(text); })> decimal(
        number ? BN_bn2dec(number.get()) : nullptr);
    if (!decimal) {
        forget_errors();
        return {};
    }
    return "{ serialNumber " + std::string(decimal.get()) + ", issuer rdnSequence:\""
           + distinguished_name(X509_get_issuer_name(certificate), NameFormat::rfc2253) + "\" }";
}

} // namespace

std::string distinguished_name(const X509_NAME* name, NameFormat format)
{
    if (format == NameFormat::legacy) {
        const std::unique_ptr<char, decltype([](char* text) { OPENSSL_free(text); })> line(
            X509_NAME_oneline(name, nullptr, 0));
        return line ? line.get() : "";
    }
    return printed([&](BIO* bio) {
        constexpr unsigned long flags = XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB;
        return X509_NAME_print_ex(bio, name, 0, flags) >= 0;
    });
}

std::string certificate_variable(X509* certificate, std::string_view name, NameFormat format)
{
    const auto* subject = X509_get_subject_name(certificate);
    const auto* issuer = X509_get_issuer_name(certificate);
    if (name == "M_VERSION") return std::to_string(X509_get_version(certificate) + 1);
    if (name == "M_SERIAL") {
        return printed([&](BIO* bio) {
            return i2a_ASN1_INTEGER(bio, X509_get0_serialNumber(certificate)) > 0;
        });
    }
    if (name == "V_START") return time_text(X509_get0_notBefore(certificate));
    if (name == "V_END") return time_text(X509_get0_notAfter(certificate));
    if (name == "V_REMAIN") return days_left(certificate);
    if (name == "S_DN") return distinguished_name(subject, format);
    if (name == "I_DN") return distinguished_name(issuer, format);
    if (name.starts_with("S_DN_")) return component(subject, name.substr(5));
    if (name.starts_with("I_DN_")) return component(issuer, name.substr(5));
    if (name.starts_with("SAN_")) return alternative_name(certificate, name.substr(4));
    if (name == "A_SIG") return signature_algorithm(certificate);
    if (name == "A_KEY") return key_algorithm(certificate);
    if (name == "CERT_RFC4523_CEA") return exact_assertion(certificate);
    if (name == "CERT")
        return printed([&](BIO* bio) { return PEM_write_bio_X509(bio, certificate) == 1; });
    return {};
}

namespace {

using Pairs = std::vector<std::pair<std::string, std::string>>;

void add_components(Pairs& out, const std::string& prefix, const X509_NAME* name)
{
    std::map<int, unsigned> seen;
    for (int i = 0; i < X509_NAME_entry_count(name); ++i) {
        const X509_NAME_ENTRY* entry = X509_NAME_get_entry(name, i);
        const int nid = OBJ_obj2nid(X509_NAME_ENTRY_get_object(entry));
        const auto* known = std::ranges::find(components, nid, &Component::nid);
        if (known == std::end(components)) continue;
        std::string variable = prefix + std::string(known->word);
        if (const unsigned before = seen[nid]++; before > 0)
            variable += "_" + std::to_string(before);
        out.emplace_back(std::move(variable), text_of(X509_NAME_ENTRY_get_data(entry), false));
    }
}

} // namespace

Pairs name_variables(X509* certificate, Side side)
{
    Pairs out;
    const std::string prefix = side == Side::server ? "SSL_SERVER_" : "SSL_CLIENT_";
    add_components(out, prefix + "S_DN_", X509_get_subject_name(certificate));
    add_components(out, prefix + "I_DN_", X509_get_issuer_name(certificate));
    for (const auto& kind : alternative_kinds) {
        const int others = side == Side::server ? NID_SRVName : NID_ms_upn;
        if (kind.type == GEN_OTHERNAME && kind.other_type != others) continue;
        const auto names = alternative_names(certificate, kind);
        for (size_t i = 0; i < names.size(); ++i) {
            out.emplace_back(prefix + "SAN_" + std::string(kind.prefix) + std::to_string(i),
                             names[i]);
        }
    }
    return out;
}

} // namespace signet::pki
