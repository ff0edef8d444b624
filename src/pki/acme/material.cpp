#include "pki/acme/material.h"

#include "pki/acme/jose.h"
#include "pki/objects.h"

#include <chrono>
#include <openssl/objects.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

namespace signet::pki::acme {
namespace {

using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using OctetsPtr = std::unique_ptr<ASN1_OCTET_STRING, Deleter<ASN1_OCTET_STRING_free>>;
using ObjectPtr = std::unique_ptr<ASN1_OBJECT, Deleter<ASN1_OBJECT_free>>;

struct FreeExtensions {
    void operator()(STACK_OF(X509_EXTENSION) * stack) const
    {
        sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free);
    }
};
using ExtensionsPtr = std::unique_ptr<STACK_OF(X509_EXTENSION), FreeExtensions>;

Result<PrivateKey> adopt(EvpKeyPtr key)
{
    if (!key) return fail_openssl("cannot make a key");
    // PrivateKey's own constructor is not for everybody: the DER form is the way in.
    unsigned char* der = nullptr;
    const int length = i2d_PrivateKey(key.get(), &der);
    if (length <= 0) return fail_openssl("cannot write a key");
    auto made = PrivateKey::from_der({der, static_cast<size_t>(length)});
    OPENSSL_clear_free(der, static_cast<size_t>(length));
    return made;
}

GeneralNamesPtr names_of(const std::vector<std::string>& names)
{
    GeneralNamesPtr list(GENERAL_NAMES_new());
    for (const auto& name : names) {
        ASN1_IA5STRING* text = ASN1_IA5STRING_new();
        ASN1_STRING_set(text, name.data(), static_cast<int>(name.size()));
        GENERAL_NAME* one = GENERAL_NAME_new();
        GENERAL_NAME_set0_value(one, GEN_DNS, text);
        sk_GENERAL_NAME_push(list.get(), one);
    }
    return list;
}

ExtensionPtr extension(const char* oid, bool critical, std::string_view der)
{
    const ObjectPtr object(OBJ_txt2obj(oid, 1));
    const OctetsPtr octets(ASN1_OCTET_STRING_new());
    ASN1_OCTET_STRING_set(octets.get(), reinterpret_cast<const unsigned char*>(der.data()),
                          static_cast<int>(der.size()));
    return ExtensionPtr(
        X509_EXTENSION_create_by_OBJ(nullptr, object.get(), critical ? 1 : 0, octets.get()));
}

// Self-signed for a P-256 key of its own.
Result<Pair> self_signed(const std::vector<std::string>& names, std::chrono::seconds life,
                         ExtensionPtr more)
{
    auto key = new_ec_key("P-256");
    if (!key) return std::unexpected(key.error());
    X509Ptr x509(X509_new());
    const GeneralNamesPtr list = names_of(names);
    unsigned char serial[16];
    BIGNUM* number = nullptr;
    if (!x509 || RAND_bytes(serial, sizeof serial) != 1)
        return fail_openssl("cannot make a certificate");
    serial[0] &= 0x7f;
    number = BN_bin2bn(serial, sizeof serial, nullptr);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x509.get()));
    BN_free(number);
    X509_set_version(x509.get(), X509_VERSION_3);
    X509_gmtime_adj(X509_getm_notBefore(x509.get()), -3600);
    X509_gmtime_adj(X509_getm_notAfter(x509.get()), static_cast<long>(life.count()));
    X509_set_pubkey(x509.get(), key->get());
    X509_NAME* subject = X509_get_subject_name(x509.get());
    X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>("signet temporary"), -1, -1,
                               0);
    X509_set_issuer_name(x509.get(), subject);
    if (X509_add1_ext_i2d(x509.get(), NID_subject_alt_name, list.get(), 0, 0) != 1
        || (more && X509_add_ext(x509.get(), more.get(), -1) != 1)
        || X509_sign(x509.get(), key->get(), EVP_sha256()) == 0) {
        return fail_openssl("cannot make a certificate");
    }
    return Pair{Certificate(std::move(x509)), std::move(*key)};
}

} // namespace

Result<PrivateKey> new_rsa_key(int bits)
{
    return adopt(EvpKeyPtr(EVP_RSA_gen(static_cast<unsigned>(bits))));
}

Result<PrivateKey> new_ec_key(const std::string& curve)
{
    return adopt(EvpKeyPtr(EVP_EC_gen(curve.c_str())));
}

Result<std::string> request_der(const PrivateKey& key, const std::vector<std::string>& names,
                                bool must_staple)
{
    const RequestPtr request(X509_REQ_new());
    if (!request) return fail_openssl("cannot make a request");
    const ExtensionsPtr extensions(sk_X509_EXTENSION_new_null());
    const GeneralNamesPtr list = names_of(names);
    X509_EXTENSION* alternative = X509V3_EXT_i2d(NID_subject_alt_name, 0, list.get());
    if (!alternative) return fail_openssl("cannot write the names");
    sk_X509_EXTENSION_push(extensions.get(), alternative);
    if (must_staple) {
        // TLS Feature: status_request (5)
        sk_X509_EXTENSION_push(
            extensions.get(),
            extension("1.3.6.1.5.5.7.1.24", false, {"\x30\x03\x02\x01\x05", 5}).release());
    }
    unsigned char* der = nullptr;
    if (X509_REQ_set_pubkey(request.get(), key.get()) != 1
        || X509_REQ_add_extensions(request.get(), extensions.get()) != 1
        || X509_REQ_sign(request.get(), key.get(), EVP_sha256()) == 0) {
        return fail_openssl("cannot sign a request");
    }
    const int length = i2d_X509_REQ(request.get(), &der);
    if (length <= 0) return fail_openssl("cannot write a request");
    std::string bytes(reinterpret_cast<char*>(der), static_cast<size_t>(length));
    OPENSSL_free(der);
    return bytes;
}

Result<Pair> challenge_certificate(const std::string& name, std::string_view key_authorization)
{
    // acmeIdentifier, critical: an OCTET STRING with the digest.
    const std::string value = std::string("\x04\x20", 2) + sha256(key_authorization);
    return self_signed({name}, std::chrono::hours(24),
                       extension("1.3.6.1.5.5.7.1.31", true, value));
}

Result<Pair> stand_in(const std::vector<std::string>& names)
{
    return self_signed(names, std::chrono::hours(7 * 24), nullptr);
}

std::string dns_proof(std::string_view key_authorization)
{
    return base64url(sha256(key_authorization));
}

} // namespace signet::pki::acme
