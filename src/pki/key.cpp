// EC_KEY and RSA are deprecated in OpenSSL 3, but their d2i functions decode a key in microseconds
// where the generic decoder takes half a millisecond, which 1000 virtual hosts feel.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "pki/key.h"

#include "base/file.h"
#include "pki/objects.h"

#include <climits>
#include <cstring>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rsa.h>

namespace signet::pki {
namespace {

using EcKeyPtr = std::unique_ptr<EC_KEY, Deleter<EC_KEY_free>>;
using RsaPtr = std::unique_ptr<RSA, Deleter<RSA_free>>;
using Bytes = std::span<const unsigned char>;

EvpKeyPtr wrap(EcKeyPtr ec)
{
    EvpKeyPtr key(EVP_PKEY_new());
    if (!ec || !key || EVP_PKEY_assign_EC_KEY(key.get(), ec.get()) != 1) return nullptr;
    (void)ec.release(); // owned by the EVP_PKEY now
    return key;
}

EvpKeyPtr decode_rsa(Bytes der)
{
    const unsigned char* at = der.data();
    RsaPtr rsa(d2i_RSAPrivateKey(nullptr, &at, static_cast<long>(der.size())));
    EvpKeyPtr key(EVP_PKEY_new());
    if (!rsa || !key || EVP_PKEY_assign_RSA(key.get(), rsa.get()) != 1) return nullptr;
    (void)rsa.release();
    return key;
}

// `curve` is the NID of a named curve when the DER may leave it out (inside PKCS#8), else 0.
EvpKeyPtr decode_ec(Bytes der, int curve = 0)
{
    const unsigned char* at = der.data();
    EC_KEY* ec = curve ? EC_KEY_new_by_curve_name(curve) : nullptr;
    EC_KEY* decoded = d2i_ECPrivateKey(curve ? &ec : nullptr, &at, static_cast<long>(der.size()));
    if (!decoded) {
        EC_KEY_free(ec);
        return nullptr;
    }
    return wrap(EcKeyPtr(decoded));
}

EvpKeyPtr decode_generic(Bytes der)
{
    const unsigned char* at = der.data();
    return EvpKeyPtr(d2i_AutoPrivateKey(nullptr, &at, static_cast<long>(der.size())));
}

EvpKeyPtr decode_info(PKCS8_PRIV_KEY_INFO* info)
{
    const ASN1_OBJECT* algorithm = nullptr;
    const unsigned char* inner = nullptr;
    int length = 0;
    const X509_ALGOR* parameters = nullptr;
    if (PKCS8_pkey_get0(&algorithm, &inner, &length, &parameters, info) != 1) return nullptr;
    const Bytes der(inner, static_cast<size_t>(length));
    switch (OBJ_obj2nid(algorithm)) {
    case NID_rsaEncryption: return decode_rsa(der);
    case NID_X9_62_id_ecPublicKey: {
        int type = 0;
        const void* value = nullptr;
        X509_ALGOR_get0(nullptr, &type, &value, parameters);
        if (type != V_ASN1_OBJECT) break;
        return decode_ec(der, OBJ_obj2nid(static_cast<const ASN1_OBJECT*>(value)));
    }
    case NID_ED25519: // RFC 8410 §7: an OCTET STRING inside the OCTET STRING
        if (der.size() != 34 || der[0] != 4) break;
        return EvpKeyPtr(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, &der[2], 32));
    default: break;
    }
    return EvpKeyPtr(EVP_PKCS82PKEY(info));
}

EvpKeyPtr decode_pkcs8(Bytes der)
{
    const unsigned char* at = der.data();
    Pkcs8Ptr info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(der.size())));
    return info ? decode_info(info.get()) : nullptr;
}

// What an unencrypted DER key is, by the tags of its first two elements.
enum class Form { rsa, ec, pkcs8, encrypted_pkcs8, unknown };
Form form_of(Bytes der)
{
    const auto content = [&](size_t at) -> size_t { // where the element's content begins, 0: broken
        if (at + 2 > der.size()) return 0;
        const unsigned char length = der[at + 1];
        const size_t header = length < 0x80 ? 2 : 2U + (length & 0x7f);
        return at + header <= der.size() ? at + header : 0;
    };
    if (der.size() < 4 || der[0] != 0x30) return Form::unknown;
    const size_t first = content(0);
    if (first == 0 || first >= der.size()) return Form::unknown;
    if (der[first] == 0x30) return Form::encrypted_pkcs8;
    if (der[first] != 0x02 || first + 3 >= der.size()) return Form::unknown;
    const size_t second = first + 2 + der[first + 1];
    if (second >= der.size()) return Form::unknown;
    switch (der[second]) {
    case 0x02: return Form::rsa;
    case 0x04: return Form::ec;
    case 0x30: return Form::pkcs8;
    default: return Form::unknown;
    }
}

// OpenSSL's decoded forms, tried in the likeliest order.
EvpKeyPtr decode(Bytes der)
{
    if (der.size() > INT_MAX) return nullptr;
    EvpKeyPtr key;
    switch (form_of(der)) {
    case Form::rsa: key = decode_rsa(der); break;
    case Form::ec: key = decode_ec(der); break;
    case Form::pkcs8: key = decode_pkcs8(der); break;
    case Form::encrypted_pkcs8:
    case Form::unknown: return nullptr;
    }
    if (!key) key = decode_generic(der); // DSA and other rarities
    return key;
}

int give_phrase(char* to, int size, int, void* phrase)
{
    const std::string_view text = static_cast<const Secret*>(phrase)->text();
    if (text.size() > static_cast<size_t>(size)) return -1;
    std::memcpy(to, text.data(), text.size());
    return static_cast<int>(text.size());
}

EvpKeyPtr decrypt_pkcs8(Bytes der, const Secret& phrase)
{
    const unsigned char* at = der.data();
    SignaturePtr sealed(d2i_X509_SIG(nullptr, &at, static_cast<long>(der.size())));
    if (!sealed) return nullptr;
    const auto text = phrase.text();
    Pkcs8Ptr info(PKCS8_decrypt(sealed.get(), text.data(), static_cast<int>(text.size())));
    return info ? decode_info(info.get()) : nullptr;
}

// The first private key of a PEM text, still encrypted if it was.
struct PemKey {
    std::string name{};
    std::string header{};
    Secret der{};

    [[nodiscard]] bool is_pkcs8_encrypted() const { return name == PEM_STRING_PKCS8; }
    [[nodiscard]] bool is_encrypted() const
    {
        return is_pkcs8_encrypted() || header.find("ENCRYPTED") != std::string::npos;
    }
};

std::optional<PemKey> first_key(std::string_view pem)
{
    BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    std::optional<PemKey> found;
    char* name = nullptr;
    char* header = nullptr;
    unsigned char* data = nullptr;
    long length = 0;
    while (bio && !found && PEM_read_bio(bio.get(), &name, &header, &data, &length) == 1) {
        if (std::string_view(name).ends_with("PRIVATE KEY")) {
            found = PemKey{name, header, Secret(Bytes(data, static_cast<size_t>(length)))};
        }
        OPENSSL_free(name);
        OPENSSL_free(header);
        OPENSSL_clear_free(data, static_cast<size_t>(length));
    }
    forget_errors();
    return found;
}

EvpKeyPtr decrypt(const PemKey& pem, const Secret& phrase)
{
    if (pem.is_pkcs8_encrypted()) return decrypt_pkcs8(pem.der.bytes(), phrase);
    // RFC 1421 headers; PEM_do_header decrypts in place.
    EVP_CIPHER_INFO cipher{};
    std::string header = pem.header;
    if (PEM_get_EVP_CIPHER_INFO(header.data(), &cipher) != 1) return nullptr;
    Secret der = pem.der;
    long length = static_cast<long>(der.bytes().size());
    auto* bytes = const_cast<unsigned char*>(der.bytes().data());
    if (PEM_do_header(&cipher, bytes, &length, give_phrase, const_cast<Secret*>(&phrase)) != 1) {
        return nullptr;
    }
    return decode(der.bytes().first(static_cast<size_t>(length)));
}

// Asks until the key opens. Kind::denied: no phrase was right or there was none.
template <class Open>
Result<EvpKeyPtr> open_with_phrases(std::string_view path, const AskPassPhrase& ask,
                                    const Open& open)
{
    int attempt = 0;
    for (; ask; attempt++) {
        const auto phrase = ask(attempt);
        if (!phrase) break;
        EvpKeyPtr key = open(*phrase);
        forget_errors();
        if (key) return key;
    }
    return fail(Error::Kind::denied,
                std::string(path)
                    + (attempt == 0 ? ": the key is encrypted and there is no pass phrase for it"
                                    : ": the pass phrase is wrong"));
}

} // namespace

Result<PrivateKey> PrivateKey::from_der(std::span<const unsigned char> der)
{
    EvpKeyPtr key = decode(der);
    if (!key) return fail_openssl("not a DER private key");
    forget_errors(); // a decoder that was tried in vain leaves its reason
    return PrivateKey(std::move(key));
}

Result<PrivateKey> PrivateKey::parse(std::string_view bytes, std::string_view path,
                                     const AskPassPhrase& ask)
{
    const Bytes raw(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
    if (bytes.size() > INT_MAX)
        return fail(Error::Kind::too_large, std::string(path) + ": too long");
    if (bytes.find("-----BEGIN ") == std::string_view::npos) {
        if (form_of(raw) == Form::encrypted_pkcs8) {
            auto key = open_with_phrases(
                path, ask, [&](const Secret& phrase) { return decrypt_pkcs8(raw, phrase); });
            if (!key) return std::unexpected(key.error());
            return PrivateKey(std::move(*key));
        }
        auto key = from_der(raw);
        if (!key) return fail(std::string(path) + ": neither PEM nor a DER private key");
        return key;
    }
    const auto pem = first_key(bytes);
    if (!pem) return fail(Error::Kind::not_found, std::string(path) + ": holds no private key");
    if (pem->is_encrypted()) {
        auto key = open_with_phrases(path, ask,
                                     [&](const Secret& phrase) { return decrypt(*pem, phrase); });
        if (!key) return std::unexpected(key.error());
        return PrivateKey(std::move(*key));
    }
    auto key = from_der(pem->der.bytes());
    if (!key) return fail(std::string(path) + ": " + key.error().text);
    return key;
}

Result<PrivateKey> PrivateKey::load(const std::string& path, const AskPassPhrase& ask)
{
    auto bytes = read_file(path, size_t{16} << 20);
    if (!bytes) return std::unexpected(bytes.error());
    auto key = parse(*bytes, path, ask);
    wipe(bytes->data(), bytes->size());
    return key;
}

KeyKind PrivateKey::kind() const
{
    switch (EVP_PKEY_get_base_id(get())) {
    case EVP_PKEY_RSA: return KeyKind::rsa;
    case EVP_PKEY_EC: return KeyKind::ecdsa;
    case EVP_PKEY_ED25519: return KeyKind::ed25519;
    case EVP_PKEY_ED448: return KeyKind::ed448;
    default: return KeyKind::other;
    }
}

int PrivateKey::bits() const
{
    return EVP_PKEY_get_bits(get());
}

Secret PrivateKey::to_der() const
{
    unsigned char* bytes = nullptr;
    const int length = i2d_PrivateKey(get(), &bytes);
    if (length < 0) {
        forget_errors();
        return {};
    }
    Secret der{Bytes(bytes, static_cast<size_t>(length))};
    OPENSSL_clear_free(bytes, static_cast<size_t>(length));
    return der;
}

bool PrivateKey::matches(const Certificate& certificate) const
{
    if (X509_check_private_key(certificate.get(), get()) == 1) return true;
    forget_errors();
    return false;
}

bool holds_private_key(std::string_view pem)
{
    return first_key(pem).has_value();
}

bool is_encrypted_key(std::string_view pem)
{
    const auto key = first_key(pem);
    return key && key->is_encrypted();
}

} // namespace signet::pki
