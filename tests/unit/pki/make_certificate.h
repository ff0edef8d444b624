// Certificates and keys made for a test, and files to put them in.
#pragma once
#include "base/file.h"
#include "pki/certificate.h"
#include "pki/key.h"

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <string>

namespace signet::test {

// A directory that goes away with the test.
class TemporaryDirectory {
public:
    TemporaryDirectory()
    {
        char name[] = "/tmp/signet-test-XXXXXX";
        path_ = mkdtemp(name);
    }
    ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

    // Writes a file and returns its path.
    std::string put(const std::string& name, std::string_view bytes, int mode = 0600) const
    {
        const std::string path = path_ + "/" + name;
        (void)write_file_atomically(path, bytes, mode);
        std::filesystem::permissions(path, std::filesystem::perms(mode));
        return path;
    }

private:
    std::string path_;
};

inline std::string take_text(BIO* bio)
{
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(bio, &bytes);
    std::string text(bytes, static_cast<size_t>(size));
    BIO_free(bio);
    return text;
}

struct Made {
    pki::X509Ptr certificate;
    pki::EvpKeyPtr key;

    [[nodiscard]] std::string certificate_pem() const
    {
        BIO* bio = BIO_new(BIO_s_mem());
        PEM_write_bio_X509(bio, certificate.get());
        return take_text(bio);
    }
    [[nodiscard]] std::string key_pem(const char* phrase = nullptr) const
    {
        BIO* bio = BIO_new(BIO_s_mem());
        PEM_write_bio_PKCS8PrivateKey(
            bio, key.get(), phrase ? EVP_aes_128_cbc() : nullptr, phrase,
            phrase ? static_cast<int>(std::string_view(phrase).size()) : 0, nullptr, nullptr);
        return take_text(bio);
    }
    [[nodiscard]] std::string traditional_key_pem(const char* phrase = nullptr) const
    {
        BIO* bio = BIO_new(BIO_s_mem());
        PEM_write_bio_PrivateKey_traditional(
            bio, key.get(), phrase ? EVP_aes_128_cbc() : nullptr,
            reinterpret_cast<unsigned char*>(const_cast<char*>(phrase)),
            phrase ? static_cast<int>(std::string_view(phrase).size()) : 0, nullptr, nullptr);
        return take_text(bio);
    }
    [[nodiscard]] pki::Certificate as_certificate() const
    {
        X509_up_ref(certificate.get());
        return pki::Certificate(pki::X509Ptr(certificate.get()));
    }
};

struct Wanted {
    std::string common_name = "www.example.com";
    std::string alternative_names{}; // "DNS:a,IP:127.0.0.1"
    std::string kind = "P-256";      // or "RSA", "Ed25519"
    int rsa_bits = 2048;
    bool authority = false;
    long begins = -3600; // seconds from now
    long ends = 90L * 86400;
    std::string issuer_url{};
    const Made* issuer = nullptr; // self-signed without
};

inline void add_extension(X509* certificate, X509* issuer, int nid, const std::string& value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* one = X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str());
    X509_add_ext(certificate, one, -1);
    X509_EXTENSION_free(one);
}

inline Made make(const Wanted& wanted)
{
    Made made;
    if (wanted.kind == "RSA") {
        made.key.reset(EVP_RSA_gen(static_cast<unsigned>(wanted.rsa_bits)));
    } else if (wanted.kind == "Ed25519") {
        made.key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    } else {
        made.key.reset(EVP_EC_gen(wanted.kind.c_str()));
    }
    made.certificate.reset(X509_new());
    X509* x509 = made.certificate.get();
    static long serial = 1000;
    X509_set_version(x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x509), wanted.begins);
    X509_gmtime_adj(X509_getm_notAfter(x509), wanted.ends);
    X509_set_pubkey(x509, made.key.get());
    X509_NAME* name = X509_get_subject_name(x509);
    X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>("Signet, Tests"), -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(wanted.common_name.c_str()),
                               -1, -1, 0);
    X509* issuer = wanted.issuer ? wanted.issuer->certificate.get() : x509;
    X509_set_issuer_name(x509, X509_get_subject_name(issuer));
    add_extension(x509, issuer, NID_basic_constraints,
                  wanted.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    if (!wanted.alternative_names.empty()) {
        add_extension(x509, issuer, NID_subject_alt_name, wanted.alternative_names);
    }
    if (!wanted.issuer_url.empty()) {
        add_extension(x509, issuer, NID_info_access, "caIssuers;URI:" + wanted.issuer_url);
    }
    EVP_PKEY* signer = wanted.issuer ? wanted.issuer->key.get() : made.key.get();
    const bool needs_digest = EVP_PKEY_get_base_id(signer) != EVP_PKEY_ED25519;
    X509_sign(x509, signer, needs_digest ? EVP_sha256() : nullptr);
    return made;
}

} // namespace signet::test
