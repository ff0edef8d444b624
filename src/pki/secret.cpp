#include "pki/secret.h"

#include <openssl/crypto.h>

namespace signet::pki {

Secret::Secret(std::span<const unsigned char> bytes)
    : bytes_(bytes.begin(), bytes.end())
{
}

Secret::Secret(std::string_view text)
    : bytes_(text.begin(), text.end())
{
}

Secret& Secret::operator=(const Secret& other)
{
    if (this != &other) *this = Secret(other);
    return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept
{
    if (this != &other) {
        wipe();
        bytes_ = std::move(other.bytes_);
        other.bytes_.clear();
    }
    return *this;
}

void Secret::wipe()
{
    pki::wipe(bytes_.data(), bytes_.size());
    bytes_.clear();
}

void wipe(void* bytes, size_t size)
{
    if (size > 0) OPENSSL_cleanse(bytes, size);
}

} // namespace signet::pki
