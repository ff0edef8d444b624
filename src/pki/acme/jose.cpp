#include "pki/acme/jose.h"

#include "pki/key.h"

#include <array>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

namespace signet::pki::acme {
namespace {

constexpr size_t coordinate = 32; // bytes of a P-256 number

const unsigned char* octets(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

// The public point: x and y, 32 bytes each. Asked for as a whole, because a key that was read from
// a file does not know its coordinates by name.
std::string point_of(EVP_PKEY* key)
{
    unsigned char* bytes = nullptr;
    const size_t length = EVP_PKEY_get1_encoded_public_key(key, &bytes);
    std::string point;
    if (length == 1 + 2 * coordinate && bytes[0] == 4)
        point.assign(reinterpret_cast<const char*>(bytes + 1), length - 1);
    else
        forget_errors();
    OPENSSL_free(bytes);
    return point;
}

// OpenSSL signs in DER; a JWS has the two numbers side by side (RFC 7518 §3.4).
Result<std::string> plain_signature(std::span<const unsigned char> der)
{
    const unsigned char* at = der.data();
    const std::unique_ptr<ECDSA_SIG, Deleter<ECDSA_SIG_free>> signature(
        d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(der.size())));
    if (!signature) return fail_openssl("cannot read a signature");
    std::string bytes(2 * coordinate, '\0');
    auto* out = reinterpret_cast<unsigned char*>(bytes.data());
    const int half = static_cast<int>(coordinate);
    if (BN_bn2binpad(ECDSA_SIG_get0_r(signature.get()), out, half) < 0
        || BN_bn2binpad(ECDSA_SIG_get0_s(signature.get()), out + coordinate, half) < 0) {
        return fail_openssl("cannot write a signature");
    }
    return bytes;
}

std::string flattened(std::string_view header, std::string_view payload, std::string_view signature)
{
    std::string json = R"({"protected":")";
    json.append(header).append(R"(","payload":")").append(payload);
    json.append(R"(","signature":")").append(base64url(signature)).append("\"}");
    return json;
}

} // namespace

std::string sha256(std::string_view bytes)
{
    std::string digest(SHA256_DIGEST_LENGTH, '\0');
    SHA256(octets(bytes), bytes.size(), reinterpret_cast<unsigned char*>(digest.data()));
    return digest;
}

std::string base64url(std::string_view bytes)
{
    std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
    const int length = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()), octets(bytes),
                                       static_cast<int>(bytes.size()));
    text.resize(static_cast<size_t>(length));
    while (text.ends_with('=')) text.pop_back();
    for (char& c : text) {
        if (c == '+') c = '-';
        if (c == '/') c = '_';
    }
    return text;
}

Result<std::string> from_base64url(std::string_view text)
{
    std::string padded(text);
    while (padded.ends_with('=')) padded.pop_back();
    for (char& c : padded) {
        if (c == '-') c = '+';
        if (c == '_') c = '/';
    }
    const size_t missing = (4 - padded.size() % 4) % 4;
    if (missing == 3) return fail(Error::Kind::malformed, "not base64url");
    padded.append(missing, '=');
    std::string bytes(padded.size() / 4 * 3, '\0');
    const int length = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                                       octets(padded), static_cast<int>(padded.size()));
    if (length < 0) {
        forget_errors();
        return fail(Error::Kind::malformed, "not base64url");
    }
    bytes.resize(static_cast<size_t>(length) - missing);
    return bytes;
}

AccountKey::AccountKey(EvpKeyPtr key)
    : key_(std::move(key))
{
    const std::string point = point_of(key_.get());
    const std::string_view x = std::string_view(point).substr(0, coordinate);
    const std::string_view y = std::string_view(point).substr(x.size());
    jwk_ =
        R"({"crv":"P-256","kty":"EC","x":")" + base64url(x) + R"(","y":")" + base64url(y) + "\"}";
    thumbprint_ = base64url(sha256(jwk_));
}

Result<AccountKey> AccountKey::create()
{
    EvpKeyPtr key(EVP_EC_gen("P-256"));
    if (!key) return fail_openssl("cannot make an account key");
    return AccountKey(std::move(key));
}

Result<AccountKey> AccountKey::from_der(std::span<const unsigned char> der)
{
    auto key = PrivateKey::from_der(der);
    if (!key) return std::unexpected(key.error());
    if (key->kind() != KeyKind::ecdsa || key->bits() != 256)
        return fail("an account's key has to be ECDSA P-256");
    EVP_PKEY_up_ref(key->get());
    return AccountKey(EvpKeyPtr(key->get()));
}

Secret AccountKey::to_der() const
{
    unsigned char* der = nullptr;
    const int length = i2d_PrivateKey(key_.get(), &der);
    if (length <= 0) {
        forget_errors();
        return {};
    }
    Secret secret(std::span<const unsigned char>(der, static_cast<size_t>(length)));
    OPENSSL_clear_free(der, static_cast<size_t>(length));
    return secret;
}

Result<std::string> AccountKey::sign(std::string_view header, std::string_view payload) const
{
    const std::string encoded_header = base64url(header);
    const std::string encoded_payload = base64url(payload);
    const std::string input = encoded_header + '.' + encoded_payload;
    const std::unique_ptr<EVP_MD_CTX, Deleter<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
    std::array<unsigned char, 128> der{};
    size_t length = der.size();
    if (!context
        || EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key_.get(),
                                 nullptr)
               != 1
        || EVP_DigestSign(context.get(), der.data(), &length, octets(input), input.size()) != 1) {
        return fail_openssl("cannot sign for the account");
    }
    auto signature = plain_signature(std::span(der).first(length));
    if (!signature) return std::unexpected(signature.error());
    return flattened(encoded_header, encoded_payload, *signature);
}

Result<std::string> sign_hmac(const Secret& key, std::string_view header, std::string_view payload)
{
    const std::string encoded_header = base64url(header);
    const std::string encoded_payload = base64url(payload);
    const std::string input = encoded_header + '.' + encoded_payload;
    std::array<unsigned char, SHA256_DIGEST_LENGTH> mac{};
    if (!EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, key.bytes().data(),
                   key.bytes().size(), octets(input), input.size(), mac.data(), mac.size(),
                   nullptr)) {
        return fail_openssl("cannot authenticate the external account");
    }
    return flattened(encoded_header, encoded_payload,
                     {reinterpret_cast<const char*>(mac.data()), mac.size()});
}

} // namespace signet::pki::acme
