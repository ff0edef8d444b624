#include "pki/base64.h"

#include <openssl/evp.h>

namespace signet::pki {

std::string decode_base64(std::string_view text)
{
    static constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string bytes;
    unsigned gathered = 0;
    int bits = 0;
    for (const char c : text) {
        const size_t value = alphabet.find(c);
        if (value == alphabet.npos) break;
        gathered = (gathered << 6) | static_cast<unsigned>(value);
        bits += 6;
        if (bits < 8) continue;
        bits -= 8;
        bytes += static_cast<char>((gathered >> bits) & 0xff);
    }
    return bytes;
}

std::string encode_base64(std::string_view bytes)
{
    std::string text(4 * ((bytes.size() + 2) / 3), '\0');
    // One byte more for the library's final NUL: a string has room for it.
    EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                    reinterpret_cast<const unsigned char*>(bytes.data()),
                    static_cast<int>(bytes.size()));
    return text;
}

} // namespace signet::pki
