// Bytes that are wiped before their memory is given back: keys and pass phrases.
#pragma once
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace signet::pki {

class Secret {
public:
    Secret() = default;
    explicit Secret(std::span<const unsigned char> bytes);
    explicit Secret(std::string_view text);
    Secret(const Secret& other)
        : Secret(std::span<const unsigned char>(other.bytes_))
    {
    }
    Secret& operator=(const Secret& other);
    Secret(Secret&& other) noexcept
        : bytes_(std::move(other.bytes_))
    {
        other.bytes_.clear();
    }
    Secret& operator=(Secret&& other) noexcept;
    ~Secret() { wipe(); }

    [[nodiscard]] std::span<const unsigned char> bytes() const { return bytes_; }
    [[nodiscard]] std::string_view text() const
    {
        return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
    }
    [[nodiscard]] bool empty() const { return bytes_.empty(); }
    void wipe();

private:
    std::vector<unsigned char> bytes_;
};

// Overwrites a buffer that held a secret, in a way the compiler keeps.
void wipe(void* bytes, size_t size);

} // namespace signet::pki
