#include "pki/new_key.h"

#include "base/text.h"
#include "pki/digest.h"
#include "pki/objects.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

namespace signet::pki {
namespace {

// Slow enough to make guessing dear, fast enough for a server's start (some 30 ms).
constexpr int iterations = 100'000;

Result<void> write_encrypted(BIO* bio, const PrivateKey& key, std::string_view phrase)
{
    const Pkcs8Ptr info(EVP_PKEY2PKCS8(key.get()));
    unsigned char salt[16];
    if (!info || RAND_bytes(salt, sizeof salt) != 1) return fail_openssl("key");
    const SignaturePtr sealed(PKCS8_encrypt(-1, EVP_aes_256_cbc(), phrase.data(),
                                            static_cast<int>(phrase.size()), salt, sizeof salt,
                                            iterations, info.get()));
    if (!sealed || PEM_write_bio_PKCS8(bio, sealed.get()) != 1) return fail_openssl("key");
    return {};
}

} // namespace

Result<PrivateKey> make_key(std::string_view type)
{
    const std::string name = lowercase(type);
    EvpKeyPtr key;
    if (name == "ecdsa-p256" || name == "p256" || name == "ecdsa") {
        key.reset(EVP_EC_gen("P-256"));
    } else if (name == "ecdsa-p384" || name == "p384") {
        key.reset(EVP_EC_gen("P-384"));
    } else if (name == "ed25519") {
        key.reset(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"));
    } else if (name == "rsa" || name.starts_with("rsa-")) {
        const auto bits =
            name == "rsa" ? 3072u : parse_number<unsigned>(std::string_view(name).substr(4));
        if (!bits || *bits < 2048 || *bits > 4096 || *bits % 256 != 0) {
            return fail(Error::Kind::malformed,
                        "an RSA key has 2048 to 4096 bits (2048, 3072, 4096), not \""
                            + std::string(type) + "\"");
        }
        key.reset(EVP_RSA_gen(*bits));
    } else {
        return fail(Error::Kind::malformed,
                    "no kind of key is called \"" + visible(type)
                        + "\": ecdsa-p256, ecdsa-p384, rsa-2048, rsa-3072, rsa-4096, ed25519");
    }
    if (!key) return fail_openssl("cannot make a key");
    return PrivateKey(std::move(key));
}

Result<Secret> key_to_pem(const PrivateKey& key, const Secret* phrase, KeyForm form)
{
    const BioPtr bio(BIO_new(BIO_s_mem()));
    if (!bio) return fail_openssl("key");
    const KeyKind kind = key.kind();
    const bool has_traditional = kind == KeyKind::rsa || kind == KeyKind::ecdsa;
    const std::string_view text = phrase ? phrase->text() : std::string_view();
    if (form == KeyForm::traditional && has_traditional) {
        const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
        if (PEM_write_bio_PrivateKey_traditional(
                bio.get(), key.get(), phrase ? EVP_aes_256_cbc() : nullptr,
                phrase ? bytes : nullptr, static_cast<int>(text.size()), nullptr, nullptr)
            != 1) {
            return fail_openssl("key");
        }
    } else if (form == KeyForm::traditional) {
        return fail(Error::Kind::malformed, "there is no traditional form of such a key");
    } else if (phrase) {
        if (auto done = write_encrypted(bio.get(), key, text); !done)
            return std::unexpected(done.error());
    } else if (PEM_write_bio_PKCS8PrivateKey(bio.get(), key.get(), nullptr, nullptr, 0, nullptr,
                                             nullptr)
               != 1) {
        return fail_openssl("key");
    }
    return take_secret(bio.get());
}

Result<Secret> key_to_der(const PrivateKey& key)
{
    const BioPtr bio(BIO_new(BIO_s_mem()));
    if (!bio
        || i2d_PKCS8PrivateKey_bio(bio.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr)
               != 1) {
        return fail_openssl("key");
    }
    return take_secret(bio.get());
}

std::string key_text(const EVP_PKEY* key)
{
    if (!key) return "of an unknown kind";
    const std::string bits = std::to_string(EVP_PKEY_get_bits(key)) + " bits";
    switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA: return "RSA " + bits;
    case EVP_PKEY_RSA_PSS: return "RSA-PSS " + bits;
    case EVP_PKEY_DSA: return "DSA " + bits;
    case EVP_PKEY_ED25519: return "Ed25519";
    case EVP_PKEY_ED448: return "Ed448";
    case EVP_PKEY_EC: break;
    default: return OBJ_nid2sn(EVP_PKEY_get_base_id(key)) + (" " + bits);
    }
    char group[64];
    size_t length = 0;
    if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
                                       &length)
        != 1) {
        forget_errors();
        return "ECDSA " + bits;
    }
    const char* known = EC_curve_nid2nist(OBJ_sn2nid(group));
    return std::string("ECDSA ") + (known ? known : group);
}

std::string public_key_digest(const EVP_PKEY* key)
{
    unsigned char* der = nullptr;
    const int length = key ? i2d_PUBKEY(key, &der) : -1;
    if (length <= 0) {
        forget_errors();
        return {};
    }
    const std::string digest =
        hex_digest("sha256", {reinterpret_cast<char*>(der), static_cast<size_t>(length)});
    OPENSSL_free(der);
    return digest;
}

} // namespace signet::pki
