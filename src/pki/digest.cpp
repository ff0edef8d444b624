#include "pki/digest.h"

#include "base/text.h"

#include <memory>
#include <openssl/err.h>
#include <openssl/evp.h>

namespace signet::pki {

std::string hex_digest(std::string_view algorithm, std::string_view bytes)
{
    const std::unique_ptr<EVP_MD, decltype(&EVP_MD_free)> digest(
        EVP_MD_fetch(nullptr, std::string(algorithm).c_str(), nullptr), EVP_MD_free);
    unsigned char raw[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (!digest || EVP_Digest(bytes.data(), bytes.size(), raw, &size, digest.get(), nullptr) != 1) {
        ERR_clear_error();
        return {};
    }
    std::string hex;
    for (unsigned i = 0; i < size; ++i) append_hex(hex, raw[i], 2);
    return hex;
}

} // namespace signet::pki
