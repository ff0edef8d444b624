#include "pki/digest.h"

#include "base/text.h"

#include <memory>
#include <openssl/err.h>
#include <openssl/evp.h>

namespace signet::pki {
namespace {

// The raw digest; empty when the algorithm is not available.
std::string raw_digest(std::string_view algorithm, std::string_view bytes)
{
    const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> digest(
        EVP_MD_fetch(nullptr, std::string(algorithm).c_str(), nullptr), EVP_MD_free);
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!digest || EVP_Digest(bytes.data(), bytes.size(), raw, &size, digest.get(), nullptr) != 1) {
        ERR_clear_error();
        return {};
    }
    return {reinterpret_cast<const char*>(raw), size};
}

} // namespace

std::string hex_digest(std::string_view algorithm, std::string_view bytes)
{
    std::string hex;
    for (const char byte : raw_digest(algorithm, bytes))
        append_hex(hex, static_cast<unsigned char>(byte), 2);
    return hex;
}

std::string base64_digest(std::string_view algorithm, std::string_view bytes)
{
    const std::string raw = raw_digest(algorithm, bytes);
    unsigned char text[4 * ((EVP_MAX_MD_SIZE + 2) / 3) + 1];
    const int size = EVP_EncodeBlock(text, reinterpret_cast<const unsigned char*>(raw.data()),
                                     static_cast<int>(raw.size()));
    return {reinterpret_cast<const char*>(text), static_cast<size_t>(size)};
}

} // namespace signet::pki
