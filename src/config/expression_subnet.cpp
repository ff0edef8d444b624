#include "config/expression_subnet.h"

#include "base/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>
#include <string>

namespace signet::config {
namespace {

struct Bytes {
    std::array<unsigned char, 16> value{};
    size_t size = 0;
};

std::optional<Bytes> parse_address(std::string_view text)
{
    const std::string terminated(text);
    if (terminated.size() != std::strlen(terminated.c_str())) return std::nullopt;
    Bytes bytes;
    if (inet_pton(AF_INET, terminated.c_str(), bytes.value.data()) == 1) {
        bytes.size = 4;
        return bytes;
    }
    if (inet_pton(AF_INET6, terminated.c_str(), bytes.value.data()) == 1) {
        bytes.size = 16;
        return bytes;
    }
    return std::nullopt;
}

bool is_mapped_ipv4(const Bytes& bytes)
{
    constexpr std::array<unsigned char, 12> prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    return bytes.size == 16 && std::equal(prefix.begin(), prefix.end(), bytes.value.begin());
}

// "10", "10.1", "10.1.", "10.1.2.3.": how many octets were read, none when it is something else.
size_t parse_network(std::string_view text, Bytes& bytes)
{
    if (text.find_first_not_of("0123456789.") != std::string_view::npos) return 0;
    if (text.ends_with('.')) text.remove_suffix(1);
    const auto octets = split(text, '.');
    if (octets.empty() || octets.size() > 4) return 0;
    for (size_t i = 0; i < octets.size(); ++i) {
        const auto value = parse_number<unsigned char>(octets[i]);
        if (!value) return 0;
        bytes.value[i] = *value;
    }
    bytes.size = 4;
    return octets.size();
}

std::array<unsigned char, 16> mask_of(size_t bits)
{
    std::array<unsigned char, 16> mask{};
    for (size_t i = 0; i < bits; ++i) {
        mask[i / 8] = static_cast<unsigned char>(mask[i / 8] | 0x80 >> i % 8);
    }
    return mask;
}

// "/8" or "/255.0.0.0".
std::optional<std::array<unsigned char, 16>> parse_mask(std::string_view text, size_t size)
{
    if (const auto bits = parse_number<unsigned>(text)) {
        if (*bits == 0 || *bits > size * 8) return std::nullopt;
        return mask_of(*bits);
    }
    const auto dotted = parse_address(text);
    if (!dotted || dotted->size != 4 || size != 4) return std::nullopt;
    return dotted->value;
}

} // namespace

std::optional<Subnet> Subnet::parse(std::string_view text)
{
    const size_t slash = text.find('/');
    const auto host = text.substr(0, slash);
    Bytes bytes;
    std::optional<std::array<unsigned char, 16>> mask;
    if (const auto address = parse_address(host)) {
        if (is_mapped_ipv4(*address)) return std::nullopt;
        bytes = *address;
        mask = slash == std::string_view::npos ? mask_of(bytes.size * 8)
                                               : parse_mask(text.substr(slash + 1), bytes.size);
    } else if (slash == std::string_view::npos) {
        const size_t octets = parse_network(host, bytes);
        if (octets > 0) mask = mask_of(octets * 8);
    }
    if (!mask) return std::nullopt;

    Subnet subnet;
    subnet.size_ = bytes.size;
    subnet.mask_ = *mask;
    for (size_t i = 0; i < 16; ++i) {
        subnet.bytes_[i] = static_cast<unsigned char>(bytes.value[i] & (*mask)[i]);
    }
    return subnet;
}

bool Subnet::contains(std::string_view address) const
{
    auto bytes = parse_address(address);
    if (!bytes) return false;
    if (is_mapped_ipv4(*bytes)) {
        std::copy_n(bytes->value.begin() + 12, 4, bytes->value.begin());
        bytes->size = 4;
    }
    if (bytes->size != size_) return false;
    for (size_t i = 0; i < size_; ++i) {
        if ((bytes->value[i] & mask_[i]) != bytes_[i]) return false;
    }
    return true;
}

} // namespace signet::config
