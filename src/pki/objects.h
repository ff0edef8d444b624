// OpenSSL's less frequent objects as unique_ptrs: requests, revocation lists, names, containers;
// and what a memory BIO has gathered.
#pragma once
#include "pki/openssl.h"
#include "pki/secret.h"

#include <openssl/cms.h>
#include <openssl/ocsp.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>
#include <openssl/x509v3.h>

namespace signet::pki {

using RequestPtr = std::unique_ptr<X509_REQ, Deleter<X509_REQ_free>>;
using CrlPtr = std::unique_ptr<X509_CRL, Deleter<X509_CRL_free>>;
using NamePtr = std::unique_ptr<X509_NAME, Deleter<X509_NAME_free>>;
using GeneralNamesPtr = std::unique_ptr<GENERAL_NAMES, Deleter<GENERAL_NAMES_free>>;
using Pkcs7Ptr = std::unique_ptr<PKCS7, Deleter<PKCS7_free>>;
using Pkcs12Ptr = std::unique_ptr<PKCS12, Deleter<PKCS12_free>>;
using CmsPtr = std::unique_ptr<CMS_ContentInfo, Deleter<CMS_ContentInfo_free>>;
using Pkcs8Ptr = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Deleter<PKCS8_PRIV_KEY_INFO_free>>;
using SignaturePtr = std::unique_ptr<X509_SIG, Deleter<X509_SIG_free>>;
using OcspAnswerPtr = std::unique_ptr<OCSP_BASICRESP, Deleter<OCSP_BASICRESP_free>>;
using OcspIdPtr = std::unique_ptr<OCSP_CERTID, Deleter<OCSP_CERTID_free>>;
using BignumPtr = std::unique_ptr<BIGNUM, Deleter<BN_free>>;
using IntegerPtr = std::unique_ptr<ASN1_INTEGER, Deleter<ASN1_INTEGER_free>>;
using TimePtr = std::unique_ptr<ASN1_TIME, Deleter<ASN1_TIME_free>>;
using StorePtr = std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>>;

struct FreeStack {
    void operator()(STACK_OF(X509) * stack) const { sk_X509_pop_free(stack, X509_free); }
};
using StackPtr = std::unique_ptr<STACK_OF(X509), FreeStack>;

// The bytes that were written to a memory BIO.
[[nodiscard]] std::string take_text(BIO* memory);
// The same for secrets: the BIO's own copy is wiped.
[[nodiscard]] Secret take_secret(BIO* memory);
// A memory BIO that reads these bytes, which must outlive it.
[[nodiscard]] BioPtr reader_of(std::string_view bytes);

// What `write` (a PEM_write_bio_… or i2d_…_bio) makes of an object.
template <class Write> [[nodiscard]] Result<std::string> written(const char* what, Write&& write)
{
    BioPtr bio(BIO_new(BIO_s_mem()));
    if (!bio || write(bio.get()) != 1) return fail_openssl(what);
    return take_text(bio.get());
}

// What `print` puts into a memory BIO; empty when it says false.
template <class Print> [[nodiscard]] std::string printed(const Print& print)
{
    const BioPtr bio(BIO_new(BIO_s_mem()));
    if (bio && print(bio.get())) return take_text(bio.get());
    forget_errors();
    return {};
}

// RFC 2253 order, control characters and bytes beyond ASCII escaped: safe for a terminal.
[[nodiscard]] std::string name_text(const X509_NAME* name);
// "0a:1b:…".
[[nodiscard]] std::string hex_text(std::string_view bytes, bool colons = true);
[[nodiscard]] std::string serial_text(const ASN1_INTEGER* serial); // lower-case hexadecimal
[[nodiscard]] time_t seconds_of(const ASN1_TIME* time);            // 0 when it is no time
// subjectAltName and the like: "www.example.com", "192.0.2.1", "email:…", "URI:…". A NUL or another
// control character inside is shown as \x00: such a name is an attack.
[[nodiscard]] std::vector<std::string> general_names_text(const GENERAL_NAMES* names);
[[nodiscard]] std::string visible(std::string_view text);

} // namespace signet::pki
