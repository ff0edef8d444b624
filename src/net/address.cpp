// Reading and printing addresses; all of them are kept as 16 bytes so that comparing is one memcmp.
#include "net/address.h"

#include "base/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <cstring>
#include <netinet/in.h>

namespace signet::net {

namespace {

// ::ffff:0:0/96, RFC 4291 §2.5.5.2.
constexpr std::array<unsigned char, 12> mapped_prefix{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool is_mapped(const unsigned char* bytes)
{
    return std::memcmp(bytes, mapped_prefix.data(), mapped_prefix.size()) == 0;
}

// Digits and dots or colons into 16 bytes; false if it is neither an IPv4 nor an IPv6 address.
bool read_ip(std::string_view text, unsigned char* bytes)
{
    std::array<char, INET6_ADDRSTRLEN> terminated{};
    if (text.empty() || text.size() >= terminated.size()) return false;
    if (text.find('\0') != std::string_view::npos) return false;
    std::copy(text.begin(), text.end(), terminated.begin());
    if (inet_pton(AF_INET6, terminated.data(), bytes) == 1) return true;
    std::copy(mapped_prefix.begin(), mapped_prefix.end(), bytes);
    return inet_pton(AF_INET, terminated.data(), bytes + 12) == 1;
}

} // namespace

Address Address::from(const sockaddr* address, socklen_t length)
{
    Address out;
    if (address->sa_family == AF_INET6 && length >= sizeof(sockaddr_in6)) {
        sockaddr_in6 six{};
        std::memcpy(&six, address, sizeof six);
        std::memcpy(out.bytes_, &six.sin6_addr, 16);
        out.port_ = ntohs(six.sin6_port);
        out.v6_ = !is_mapped(out.bytes_);
    } else if (address->sa_family == AF_INET && length >= sizeof(sockaddr_in)) {
        sockaddr_in four{};
        std::memcpy(&four, address, sizeof four);
        std::copy(mapped_prefix.begin(), mapped_prefix.end(), out.bytes_);
        std::memcpy(out.bytes_ + 12, &four.sin_addr, 4);
        out.port_ = ntohs(four.sin_port);
    }
    return out;
}

Result<Address> Address::parse(std::string_view host, uint16_t port)
{
    std::string_view ip = host;
    const bool bracketed = ip.size() > 2 && ip.front() == '[' && ip.back() == ']';
    if (bracketed) ip = ip.substr(1, ip.size() - 2);
    Address out;
    if (!read_ip(ip, out.bytes_) || (bracketed && ip.find(':') == std::string_view::npos))
        return fail(Error::Kind::malformed, "\"" + std::string(host) + "\" is not an IP address");
    out.port_ = port;
    out.v6_ = !is_mapped(out.bytes_);
    return out;
}

Address Address::any_v4(uint16_t port)
{
    Address out;
    std::copy(mapped_prefix.begin(), mapped_prefix.end(), out.bytes_);
    out.port_ = port;
    return out;
}

Address Address::any_v6(uint16_t port)
{
    Address out;
    out.port_ = port;
    out.v6_ = true;
    return out;
}

bool Address::is_v6() const
{
    return v6_;
}

bool Address::is_any() const
{
    const unsigned char* const first = bytes_ + (v6_ ? 0 : 12);
    return std::all_of(first, bytes_ + 16, [](unsigned char byte) { return byte == 0; });
}

bool Address::is_loopback() const
{
    if (!v6_) return bytes_[12] == 127;
    return bytes_[15] == 1
           && std::all_of(bytes_, bytes_ + 15, [](unsigned char byte) { return byte == 0; });
}

uint16_t Address::port() const
{
    return port_;
}

std::string Address::ip() const
{
    std::array<char, INET6_ADDRSTRLEN> out{};
    if (v6_)
        inet_ntop(AF_INET6, bytes_, out.data(), out.size());
    else
        inet_ntop(AF_INET, bytes_ + 12, out.data(), out.size());
    return out.data();
}

std::string Address::text() const
{
    std::string out = v6_ ? "[" + ip() + "]:" : ip() + ":";
    append_number(out, port_);
    return out;
}

bool Address::same_ip(const Address& other) const
{
    return v6_ == other.v6_ && std::memcmp(bytes_, other.bytes_, sizeof bytes_) == 0;
}

socklen_t Address::to_sockaddr(sockaddr_storage& out) const
{
    out = {};
    if (v6_) {
        sockaddr_in6 six{};
        six.sin6_family = AF_INET6;
        six.sin6_port = htons(port_);
        std::memcpy(&six.sin6_addr, bytes_, 16);
        std::memcpy(&out, &six, sizeof six);
        return sizeof six;
    }
    sockaddr_in four{};
    four.sin_family = AF_INET;
    four.sin_port = htons(port_);
    std::memcpy(&four.sin_addr, bytes_ + 12, 4);
    std::memcpy(&out, &four, sizeof four);
    return sizeof four;
}

bool Address::operator==(const Address& other) const
{
    return port_ == other.port_ && same_ip(other);
}

namespace {

// Sets the first `bits` bits.
void fill_mask(unsigned char* mask, size_t bits)
{
    for (size_t i = 0; i < 16; ++i) {
        const size_t here = std::min<size_t>(bits - std::min(bits, i * 8), 8);
        mask[i] = static_cast<unsigned char>(0xff00u >> here);
    }
}

// "10", "10.1", "10.1." : the leading bytes of an IPv4 address. Returns how many, or 0.
size_t read_partial(std::string_view text, unsigned char* four)
{
    if (text.find_first_not_of("0123456789.") != std::string_view::npos) return 0;
    if (text.ends_with('.')) text.remove_suffix(1);
    const auto parts = split(text, '.');
    if (parts.empty() || parts.size() > 4) return 0;
    for (size_t i = 0; i < parts.size(); ++i) {
        const auto value = parse_number<unsigned>(parts[i]);
        if (!value || *value > 255) return 0;
        four[i] = static_cast<unsigned char>(*value);
    }
    return parts.size();
}

} // namespace

Result<AddressRange> AddressRange::parse(std::string_view text)
{
    // The reasons Apache gives behind "ip address '...' appears to be invalid: ".
    const auto bad_ip = [] {
        return fail(Error::Kind::malformed, "The specified IP address is invalid.");
    };
    const auto bad_mask = [] {
        return fail(Error::Kind::malformed, "The specified network mask is invalid.");
    };
    const size_t slash = text.find('/');
    const std::string_view ip = text.substr(0, slash);
    AddressRange out;
    fill_mask(out.mask_, 128);
    const bool whole = read_ip(ip, out.bytes_);
    out.v6_ = whole && !is_mapped(out.bytes_);
    if (!whole) {
        std::copy(mapped_prefix.begin(), mapped_prefix.end(), out.bytes_);
        std::memset(out.bytes_ + 12, 0, 4);
        const size_t given =
            slash == std::string_view::npos ? read_partial(ip, out.bytes_ + 12) : 0;
        if (given == 0) return bad_ip();
        fill_mask(out.mask_, 96 + given * 8);
    } else if (slash != std::string_view::npos) {
        const std::string_view mask = text.substr(slash + 1);
        if (const auto bits = parse_number<unsigned>(mask)) {
            const unsigned most = out.v6_ ? 128 : 32;
            if (*bits == 0 || *bits > most) return bad_mask();
            fill_mask(out.mask_, out.v6_ ? *bits : 96 + *bits);
        } else {
            unsigned char dotted[16];
            if (out.v6_ || mask.find(':') != std::string_view::npos || !read_ip(mask, dotted))
                return bad_mask();
            std::memcpy(out.mask_ + 12, dotted + 12, 4);
        }
    }
    for (size_t i = 0; i < 16; ++i) out.bytes_[i] &= out.mask_[i];
    return out;
}

bool AddressRange::contains(const Address& address) const
{
    if (address.is_v6() != v6_) return false;
    for (size_t i = 0; i < 16; ++i)
        if ((address.bytes()[i] & mask_[i]) != bytes_[i]) return false;
    return true;
}

} // namespace signet::net
