#include "pki/issue.h"

#include "base/text.h"
#include "pki/names.h"

#include <openssl/pem.h>
#include <openssl/rand.h>

namespace signet::pki {
namespace {

// Writes the extensions of one certificate; the first failure is kept.
class Extensions {
public:
    Extensions(X509* certificate, X509* issuer)
        : certificate_(certificate)
    {
        X509V3_set_ctx_nodb(&context_);
        X509V3_set_ctx(&context_, issuer, certificate, nullptr, nullptr, 0);
    }

    // Only constant texts and checked names come here: the text is a little language of its own.
    void text(int nid, const std::string& value)
    {
        using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
        const ExtensionPtr one(X509V3_EXT_nconf_nid(nullptr, &context_, nid, value.c_str()));
        failed_ = failed_ || !one || X509_add_ext(certificate_, one.get(), -1) != 1;
    }

    void object(int nid, void* value, bool critical)
    {
        failed_ =
            failed_
            || X509_add1_ext_i2d(certificate_, nid, value, critical ? 1 : 0, X509V3_ADD_APPEND)
                   != 1;
    }

    [[nodiscard]] bool failed() const { return failed_; }

private:
    X509* certificate_;
    X509V3_CTX context_{};
    bool failed_ = false;
};

// A URL may stand in an extension's text when nothing in it has a meaning there.
bool is_plain_url(const std::string& url)
{
    return url.starts_with("http://") && url.find_first_of(",; \n\r\t@") == url.npos;
}

Result<void> add_usage(Extensions& extensions, const CertificatePlan& plan)
{
    const bool rsa = EVP_PKEY_get_base_id(plan.public_key) == EVP_PKEY_RSA;
    switch (plan.role) {
    case Role::root:
        extensions.text(NID_basic_constraints, "critical,CA:TRUE");
        extensions.text(NID_key_usage, "critical,keyCertSign,cRLSign");
        break;
    case Role::intermediate:
        extensions.text(NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
        extensions.text(NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign");
        break;
    case Role::server:
    case Role::client:
        extensions.text(NID_basic_constraints, "critical,CA:FALSE");
        extensions.text(NID_key_usage, rsa ? "critical,digitalSignature,keyEncipherment"
                                           : "critical,digitalSignature");
        extensions.text(NID_ext_key_usage, plan.role == Role::server ? "serverAuth" : "clientAuth");
        break;
    }
    std::string constraints = "critical";
    for (const auto& domain : plan.permitted_domains) {
        const auto bare = domain.starts_with('.') ? domain.substr(1) : domain;
        if (auto right = check_name(bare); !right || bare.find('*') != bare.npos
                                           || bare.find('@') != bare.npos || is_ip_address(bare)) {
            return fail(Error::Kind::malformed,
                        "\"" + visible(domain) + "\" is no domain that names can be limited to");
        }
        constraints += ",permitted;DNS:" + bare;
    }
    if (!plan.permitted_domains.empty()) extensions.text(NID_name_constraints, constraints);
    return {};
}

Result<void> add_places(Extensions& extensions, const CertificatePlan& plan)
{
    for (const auto* url : {&plan.crl_url, &plan.ocsp_url, &plan.issuer_url}) {
        if (!url->empty() && !is_plain_url(*url))
            return fail(Error::Kind::malformed,
                        "\"" + visible(*url) + "\" is no plain http:// URL");
    }
    if (!plan.crl_url.empty()) extensions.text(NID_crl_distribution_points, "URI:" + plan.crl_url);
    std::string access;
    if (!plan.ocsp_url.empty()) access = "OCSP;URI:" + plan.ocsp_url;
    if (!plan.issuer_url.empty())
        access += (access.empty() ? "caIssuers;URI:" : ",caIssuers;URI:") + plan.issuer_url;
    if (!access.empty()) extensions.text(NID_info_access, access);
    return {};
}

Result<void> set_serial(X509* certificate, std::string serial)
{
    if (serial.empty()) {
        auto random = random_serial();
        if (!random) return std::unexpected(random.error());
        serial = *random;
    }
    const BignumPtr number(BN_bin2bn(reinterpret_cast<const unsigned char*>(serial.data()),
                                     static_cast<int>(serial.size()), nullptr));
    if (!number || !BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)))
        return fail_openssl("serial number");
    return {};
}

// UTCTime up to 2049, GeneralizedTime after: X509_time_adj and ASN1_TIME_set know.
bool set_dates(X509* certificate, time_t from, time_t until)
{
    return ASN1_TIME_set(X509_getm_notBefore(certificate), from)
           && ASN1_TIME_set(X509_getm_notAfter(certificate), until);
}

} // namespace

const EVP_MD* hash_for(const PrivateKey& key)
{
    switch (key.kind()) {
    case KeyKind::ed25519:
    case KeyKind::ed448: return nullptr;
    case KeyKind::ecdsa: return key.bits() > 256 ? EVP_sha384() : EVP_sha256();
    default: return EVP_sha256();
    }
}

Result<std::string> random_serial()
{
    std::string bytes(16, '\0');
    do {
        if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), 16) != 1)
            return fail_openssl("random numbers");
    } while (bytes.front() == 0); // so that all are equally long, and none is zero
    return bytes;
}

Result<Certificate> issue(const CertificatePlan& plan, const Certificate* issuer,
                          const PrivateKey& key)
{
    X509Ptr x509(X509_new());
    const X509_NAME* by = issuer ? X509_get_subject_name(issuer->get()) : plan.subject.get();
    if (!x509 || X509_set_version(x509.get(), X509_VERSION_3) != 1
        || X509_set_subject_name(x509.get(), plan.subject.get()) != 1
        || X509_set_issuer_name(x509.get(), by) != 1
        || X509_set_pubkey(x509.get(), plan.public_key) != 1
        || !set_dates(x509.get(), plan.not_before, plan.not_after)) {
        return fail_openssl("certificate");
    }
    if (auto set = set_serial(x509.get(), plan.serial); !set) return std::unexpected(set.error());
    auto names = alternative_names(plan.names);
    if (!names) return std::unexpected(names.error());

    Extensions extensions(x509.get(), issuer ? issuer->get() : x509.get());
    if (auto added = add_usage(extensions, plan); !added) return std::unexpected(added.error());
    extensions.text(NID_subject_key_identifier, "hash");
    if (issuer) extensions.text(NID_authority_key_identifier, "keyid:always");
    const bool unnamed = X509_NAME_entry_count(plan.subject.get()) == 0;
    if (!plan.names.empty()) extensions.object(NID_subject_alt_name, names->get(), unnamed);
    if (auto added = add_places(extensions, plan); !added) return std::unexpected(added.error());
    if (extensions.failed() || X509_sign(x509.get(), key.get(), hash_for(key)) <= 0)
        return fail_openssl("certificate");
    // Decoded again, so that what OpenSSL caches about a certificate is not what it was before.
    const Certificate made(std::move(x509));
    const std::string der = made.der();
    return Certificate::from_der({reinterpret_cast<const unsigned char*>(der.data()), der.size()});
}

Result<RequestPtr> make_request(const PrivateKey& key, const NamePtr& subject,
                                const std::vector<std::string>& names)
{
    auto alternatives = alternative_names(names);
    if (!alternatives) return std::unexpected(alternatives.error());
    RequestPtr request(X509_REQ_new());
    if (!request || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1
        || X509_REQ_set_subject_name(request.get(), subject.get()) != 1
        || X509_REQ_set_pubkey(request.get(), key.get()) != 1) {
        return fail_openssl("request");
    }
    STACK_OF(X509_EXTENSION)* extensions = nullptr;
    const bool unnamed = X509_NAME_entry_count(subject.get()) == 0;
    bool right = true;
    if (!names.empty()) {
        right = X509V3_add1_i2d(&extensions, NID_subject_alt_name, alternatives->get(),
                                unnamed ? 1 : 0, X509V3_ADD_DEFAULT)
                    == 1
                && X509_REQ_add_extensions(request.get(), extensions) == 1;
    }
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    if (!right || X509_REQ_sign(request.get(), key.get(), hash_for(key)) <= 0)
        return fail_openssl("request");
    return request;
}

Result<std::vector<std::string>> requested_names(X509_REQ* request)
{
    std::vector<std::string> names;
    STACK_OF(X509_EXTENSION)* extensions = X509_REQ_get_extensions(request);
    const GeneralNamesPtr alternatives(static_cast<GENERAL_NAMES*>(
        X509V3_get_d2i(extensions, NID_subject_alt_name, nullptr, nullptr)));
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    forget_errors();
    for (auto name : general_names_text(alternatives.get())) {
        for (const std::string_view prefix : {"email:", "URI:"}) {
            if (name.starts_with(prefix)) name.erase(0, prefix.size());
        }
        if (auto right = check_name(name); !right) return std::unexpected(right.error());
        names.push_back(std::move(name));
    }
    if (!names.empty()) return names;
    const X509_NAME* subject = X509_REQ_get_subject_name(request);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (at < 0) return names;
    const ASN1_STRING* common = X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at));
    const std::string name(reinterpret_cast<const char*>(ASN1_STRING_get0_data(common)),
                           static_cast<size_t>(ASN1_STRING_length(common)));
    if (check_name(name)) names.push_back(name);
    return names;
}

Result<void> verify_request(X509_REQ* request)
{
    EVP_PKEY* key = X509_REQ_get0_pubkey(request);
    if (key && X509_REQ_verify(request, key) == 1) return {};
    const std::string reasons = drain_errors();
    return fail(Error::Kind::malformed, "the request is not signed by the key in it"
                                            + (reasons.empty() ? "" : ": " + reasons));
}

Result<std::string> to_pem(const Certificate& certificate)
{
    return written("certificate",
                   [&](BIO* bio) { return PEM_write_bio_X509(bio, certificate.get()); });
}

Result<std::string> to_pem(X509_REQ* request)
{
    return written("request", [&](BIO* bio) { return PEM_write_bio_X509_REQ(bio, request); });
}

Result<std::string> to_pem(const std::vector<Certificate>& certificates)
{
    std::string all;
    for (const auto& one : certificates) {
        auto pem = to_pem(one);
        if (!pem) return pem;
        all += *pem;
    }
    return all;
}

} // namespace signet::pki
