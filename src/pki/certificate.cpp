#include "pki/certificate.h"

#include "base/file.h"
#include "base/text.h"
#include "pki/names.h"
#include "pki/objects.h"

#include <algorithm>
#include <arpa/inet.h>
#include <climits>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace signet::pki {
namespace {

GeneralNamesPtr alternative_names(X509* x509)
{
    return GeneralNamesPtr(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(x509, NID_subject_alt_name, nullptr, nullptr)));
}

std::string text_of(const ASN1_STRING* string)
{
    unsigned char* utf8 = nullptr;
    const int length = ASN1_STRING_to_UTF8(&utf8, string);
    if (length < 0) {
        forget_errors();
        return {};
    }
    std::string text(reinterpret_cast<char*>(utf8), static_cast<size_t>(length));
    OPENSSL_free(utf8);
    // A name with a NUL inside is an attack on programs that stop there: it names nothing.
    return text.find('\0') == std::string::npos ? text : std::string();
}

std::string text_of(const X509_NAME* name)
{
    return printed(
        [&](BIO* bio) { return X509_NAME_print_ex(bio, name, 0, XN_FLAG_RFC2253) >= 0; });
}

} // namespace

std::string_view name(KeyKind kind)
{
    switch (kind) {
    case KeyKind::rsa: return "RSA";
    case KeyKind::ecdsa: return "ECC";
    case KeyKind::ed25519: return "ED25519";
    case KeyKind::ed448: return "ED448";
    case KeyKind::other: break;
    }
    return "other";
}

Result<Certificate> Certificate::from_der(std::span<const unsigned char> der)
{
    if (der.size() > LONG_MAX) return fail("certificate too long");
    const unsigned char* at = der.data();
    X509Ptr x509(d2i_X509(nullptr, &at, static_cast<long>(der.size())));
    if (!x509) return fail_openssl("not a DER certificate");
    return Certificate(std::move(x509));
}

std::string Certificate::der() const
{
    unsigned char* bytes = nullptr;
    const int length = i2d_X509(get(), &bytes);
    if (length < 0) {
        forget_errors();
        return {};
    }
    std::string der(reinterpret_cast<char*>(bytes), static_cast<size_t>(length));
    OPENSSL_free(bytes);
    return der;
}

std::string Certificate::subject() const
{
    return text_of(X509_get_subject_name(get()));
}
std::string Certificate::issuer() const
{
    return text_of(X509_get_issuer_name(get()));
}

std::string Certificate::common_name() const
{
    const X509_NAME* subject = X509_get_subject_name(get());
    int last = -1;
    for (int next; (next = X509_NAME_get_index_by_NID(subject, NID_commonName, last)) >= 0;) {
        last = next;
    }
    if (last < 0) return {};
    return text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, last)));
}

std::vector<std::string> Certificate::dns_names() const
{
    std::vector<std::string> names;
    if (const auto general = alternative_names(get())) {
        for (int i = 0; i < sk_GENERAL_NAME_num(general.get()); i++) {
            const GENERAL_NAME* one = sk_GENERAL_NAME_value(general.get(), i);
            if (one->type != GEN_DNS) continue;
            if (auto text = text_of(one->d.dNSName); !text.empty()) names.push_back(text);
        }
    }
    if (names.empty()) {
        if (auto text = common_name(); !text.empty()) names.push_back(text);
    }
    return names;
}

std::vector<std::string> Certificate::addresses() const
{
    std::vector<std::string> addresses;
    const auto general = alternative_names(get());
    for (int i = 0; general && i < sk_GENERAL_NAME_num(general.get()); i++) {
        const GENERAL_NAME* one = sk_GENERAL_NAME_value(general.get(), i);
        if (one->type != GEN_IPADD) continue;
        const int length = ASN1_STRING_length(one->d.iPAddress);
        if (length != 4 && length != 16) continue;
        char text[INET6_ADDRSTRLEN];
        if (inet_ntop(length == 4 ? AF_INET : AF_INET6, ASN1_STRING_get0_data(one->d.iPAddress),
                      text, sizeof text)) {
            addresses.emplace_back(text);
        }
    }
    return addresses;
}

time_t Certificate::not_before() const
{
    return seconds_of(X509_get0_notBefore(get()));
}
time_t Certificate::not_after() const
{
    return seconds_of(X509_get0_notAfter(get()));
}

bool Certificate::is_authority() const
{
    return X509_check_ca(get()) == 1;
}

int Certificate::path_length() const
{
    const long length = X509_get_pathlen(get());
    return length < 0 || length > INT_MAX ? -1 : static_cast<int>(length);
}

bool Certificate::is_self_issued() const
{
    return X509_NAME_cmp(X509_get_subject_name(get()), X509_get_issuer_name(get())) == 0;
}

KeyKind Certificate::key_kind() const
{
    const EVP_PKEY* key = X509_get0_pubkey(get());
    if (!key) {
        forget_errors();
        return KeyKind::other;
    }
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return KeyKind::rsa;
    case EVP_PKEY_EC: return KeyKind::ecdsa;
    case EVP_PKEY_ED25519: return KeyKind::ed25519;
    case EVP_PKEY_ED448: return KeyKind::ed448;
    default: return KeyKind::other;
    }
}

int Certificate::key_bits() const
{
    const EVP_PKEY* key = X509_get0_pubkey(get());
    if (!key) {
        forget_errors();
        return 0;
    }
    return EVP_PKEY_get_bits(key);
}

bool Certificate::may_be_issued_by(const Certificate& issuer) const
{
    // KEYUSAGE_NO_CERTSIGN and the like still tell that names and key identifiers fit.
    const int verdict = X509_check_issued(issuer.get(), get());
    return verdict == X509_V_OK || verdict == X509_V_ERR_KEYUSAGE_NO_CERTSIGN;
}

bool Certificate::covers(std::string_view host) const
{
    if (!is_ip_address(host)) return any_name_covers(dns_names(), host);
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    if (X509_check_ip_asc(get(), std::string(host).c_str(), 0) == 1) return true;
    // Apache compares the common name with whatever ServerName says, addresses too.
    return iequals(common_name(), host);
}

Result<std::vector<Certificate>> parse_certificates(std::string_view bytes, std::string_view path)
{
    if (bytes.size() > INT_MAX)
        return fail(Error::Kind::too_large, std::string(path) + ": too long");
    std::vector<Certificate> found;
    const bool is_pem = bytes.find("-----BEGIN ") != std::string_view::npos;
    if (!is_pem) {
        auto one = Certificate::from_der(
            {reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
        if (!one) return fail(std::string(path) + ": neither PEM nor a DER certificate");
        found.push_back(std::move(*one));
        return found;
    }
    BioPtr bio(BIO_new_mem_buf(bytes.data(), static_cast<int>(bytes.size())));
    if (!bio) return fail_openssl("BIO_new_mem_buf");
    while (X509* one = PEM_read_bio_X509_AUX(bio.get(), nullptr, nullptr, nullptr)) {
        found.emplace_back(X509Ptr(one));
    }
    const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
    const std::string reasons = drain_errors();
    if (!at_end) {
        return fail(std::string(path) + ": certificate number " + std::to_string(found.size() + 1)
                    + " cannot be decoded: " + reasons);
    }
    if (found.empty()) {
        return fail(Error::Kind::not_found, std::string(path) + ": holds no certificate");
    }
    return found;
}

Result<std::vector<Certificate>> load_certificates(const std::string& path)
{
    auto bytes = read_file(path, size_t{16} << 20);
    if (!bytes) return std::unexpected(bytes.error());
    return parse_certificates(*bytes, path);
}

} // namespace signet::pki
