#include "server/proxy_header.h"

#include "base/text.h"

#include <algorithm>
#include <netinet/in.h>

namespace signet::server {
namespace {

constexpr std::string_view line_start = "PROXY ";
constexpr std::string_view binary_signature{"\r\n\r\n\0\r\nQUIT\n", 12};
constexpr size_t binary_head = 16;
constexpr size_t v4_addresses = 12;
constexpr size_t v6_addresses = 36;

constexpr unsigned char command_local = 0x20;
constexpr unsigned char command_proxy = 0x21;
constexpr unsigned char family_tcp4 = 0x11;
constexpr unsigned char family_tcp6 = 0x21;

std::string hex_of_byte(unsigned char byte)
{
    std::string text;
    append_hex(text, byte, 2);
    return text;
}

bool begins_alike(std::string_view text, std::string_view with)
{
    const size_t both = std::min(text.size(), with.size());
    return text.substr(0, both) == with.substr(0, both);
}

// The next word of a line, taken off it; empty at its end.
std::string_view next_header_word(std::string_view& line)
{
    const size_t space = std::min(line.find(' '), line.size());
    const auto word = line.substr(0, space);
    line.remove_prefix(std::min(space + 1, line.size()));
    return word;
}

net::Address address_at(const char* bytes, bool v6)
{
    const auto port_at = [&](size_t at) {
        return static_cast<uint16_t>(static_cast<unsigned char>(bytes[at]) << 8
                                     | static_cast<unsigned char>(bytes[at + 1]));
    };
    if (v6) {
        sockaddr_in6 six{};
        six.sin6_family = AF_INET6;
        std::copy_n(bytes, 16, reinterpret_cast<char*>(&six.sin6_addr));
        six.sin6_port = htons(port_at(32));
        return net::Address::from(reinterpret_cast<const sockaddr*>(&six), sizeof six);
    }
    sockaddr_in four{};
    four.sin_family = AF_INET;
    std::copy_n(bytes, 4, reinterpret_cast<char*>(&four.sin_addr));
    four.sin_port = htons(port_at(8));
    return net::Address::from(reinterpret_cast<const sockaddr*>(&four), sizeof four);
}

} // namespace

std::unexpected<Error> ProxyHeaderReader::refuse(std::string_view apache_id, std::string text)
{
    apache_id_ = apache_id;
    return fail(Error::Kind::malformed, "RemoteIPProxyProtocol: " + std::move(text));
}

Result<size_t> ProxyHeaderReader::take(std::string_view bytes)
{
    size_t taken = 0;
    while (!complete_ && taken < bytes.size()) {
        if (to_skip_ > 0) {
            const size_t skipped = std::min(to_skip_, bytes.size() - taken);
            taken += skipped;
            to_skip_ -= skipped;
            complete_ = to_skip_ == 0;
            continue;
        }
        const size_t missing = std::min(needed_ - kept_.size(), bytes.size() - taken);
        kept_.append(bytes.substr(taken, missing));
        taken += missing;
        if (kept_.size() < needed_) break;
        if (auto looked = look(); !looked) return std::unexpected(looked.error());
    }
    return taken;
}

// There is as much as was needed: is it all, or how much more is needed?
Result<void> ProxyHeaderReader::look()
{
    const bool may_be_line = begins_alike(kept_, line_start);
    if (!may_be_line && !begins_alike(kept_, binary_signature)) {
        return refuse("AH03496", "data is missing, but required! Aborting connection.");
    }
    if (may_be_line) {
        if (kept_.ends_with("\r\n"))
            return read_line(std::string_view(kept_).substr(0, kept_.size() - 2));
        if (kept_.size() == longest_line) return refuse("AH10185", "header too long");
        needed_ = kept_.size() + 1;
        return {};
    }
    if (kept_.size() < binary_head) {
        needed_ = kept_.size() < binary_signature.size() ? kept_.size() + 1 : binary_head;
        return {};
    }
    return read_binary();
}

Result<void> ProxyHeaderReader::read_line(std::string_view line)
{
    const std::string whole = "header '" + std::string(line) + "'";
    std::string_view rest = line.substr(line_start.size());
    const auto family = next_header_word(rest);
    if (family.empty()) return refuse("AH03497", "no family found in " + whole);
    if (family == "UNKNOWN") {
        complete_ = true;
        return {};
    }
    const bool v6 = family == "TCP6";
    if (!v6 && family != "TCP4")
        return refuse("AH03499", "unknown family '" + std::string(family) + "' in " + whole);
    const std::string source(next_header_word(rest));
    if (source.empty()) return refuse("AH03497", "no client-address found in " + whole);
    const auto ip = net::Address::parse(source, 0);
    const bool is_of_family = ip && source.contains(':') == v6 && source.front() != '[';
    if (!is_of_family)
        return refuse("AH03500", "invalid client-address '" + source + "' found in " + whole);
    if (next_header_word(rest).empty())
        return refuse("AH03497", "no destination-address found in " + whole);
    const std::string port_text(next_header_word(rest));
    if (port_text.empty()) return refuse("AH03497", "no client-port found in " + whole);
    const auto port = parse_number<uint16_t>(port_text);
    if (!port) return refuse("AH03501", "error parsing port '" + port_text + "' in " + whole);
    client_ = *net::Address::parse(source, *port);
    complete_ = true;
    return {};
}

// `kept_` begins with the 16 bytes of a binary head; perhaps the addresses are there, too.
Result<void> ProxyHeaderReader::read_binary()
{
    const auto byte = [&](size_t at) { return static_cast<unsigned char>(kept_[at]); };
    const unsigned char command = byte(12);
    const unsigned char family = byte(13);
    const size_t length = static_cast<size_t>(byte(14)) << 8 | byte(15);
    if (command >> 4 != 2)
        return refuse("AH03509", "internal error: unknown version " + hex_of_byte(command));
    if (command == command_local) {
        to_skip_ = length;
        complete_ = length == 0;
        return {};
    }
    if (command != command_proxy)
        return refuse("AH03507", "unsupported command " + hex_of_byte(command));
    const bool v6 = family == family_tcp6;
    if (!v6 && family != family_tcp4)
        return refuse("AH10183", "unsupported protocol " + hex_of_byte(family));
    const size_t addresses = v6 ? v6_addresses : v4_addresses;
    if (length < addresses) {
        return refuse(v6 ? "AH10598" : "AH10597", "address length " + std::to_string(length)
                                                      + " too short for TCPv" + (v6 ? "6" : "4"));
    }
    needed_ = binary_head + addresses;
    if (kept_.size() < needed_) return {};
    client_ = address_at(kept_.data() + binary_head, v6);
    to_skip_ = length - addresses;
    complete_ = to_skip_ == 0;
    return {};
}

} // namespace signet::server
