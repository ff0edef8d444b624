#include "server/vhost_addresses.h"

#include "base/text.h"
#include "server/configuration.h"

#include <memory>
#include <netdb.h>

namespace signet::server {
namespace {

constexpr int address_unresolved = 31;
constexpr int bad_port = 32;

struct HostAndPort {
    std::string_view host;
    std::optional<uint16_t> port; // nothing: not given or "*"
    bool valid = true;
};

HostAndPort take_apart(std::string_view text)
{
    HostAndPort parts{.host = text};
    size_t colon = text.rfind(':');
    if (text.starts_with('[')) {
        const size_t bracket = text.find(']');
        if (bracket == text.npos) return {.valid = false};
        parts.host = text.substr(0, bracket + 1);
        colon = bracket + 1 < text.size() && text[bracket + 1] == ':' ? bracket + 1 : text.npos;
    } else if (colon != text.npos) {
        parts.host = text.substr(0, colon);
    }
    if (colon == text.npos) return parts;
    const auto port = text.substr(colon + 1);
    if (port == "*") return parts;
    parts.port = parse_number<uint16_t>(port);
    parts.valid = parts.port.has_value() && *parts.port > 0;
    return parts;
}

std::vector<net::Address> resolve(const std::string& name, uint16_t port)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(name.c_str(), nullptr, &hints, &found) != 0) return {};
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
    std::vector<net::Address> addresses;
    for (; found; found = found->ai_next) {
        auto address = net::Address::from(found->ai_addr, found->ai_addrlen);
        if (auto with_port = net::Address::parse(address.ip(), port))
            addresses.push_back(*with_port);
    }
    return addresses;
}

void resolve_one(VirtualHost& vhost, const std::string& text, config::Diagnostics& diagnostics)
{
    const auto parts = take_apart(text);
    if (!parts.valid) {
        diagnostics.add({.severity = diagnosis::Severity::error,
                         .id = bad_port,
                         .position = vhost.position,
                         .message = "The port number \"" + text
                                    + "\" is outside the appropriate range (i.e., 1..65535).",
                         .expected = "address:port with a port from 1 to 65535"});
        return;
    }
    const uint16_t port = parts.port.value_or(0);
    if (parts.host == "*" || iequals(parts.host, "_default_")) {
        vhost.bound.push_back(net::Address::any_v4(port));
        return;
    }
    if (auto address = net::Address::parse(parts.host, port)) {
        vhost.bound.push_back(*address);
        return;
    }
    const auto resolved = resolve(std::string(parts.host), port);
    if (resolved.empty()) {
        diagnostics.add(
            {.severity = diagnosis::Severity::warn,
             .id = address_unresolved,
             .position = vhost.position,
             .message = "Could not resolve host name " + std::string(parts.host) + " -- ignoring!",
             .fix = "an IP address, or *"});
    }
    vhost.bound.insert(vhost.bound.end(), resolved.begin(), resolved.end());
}

} // namespace

void resolve_vhost_addresses(Configuration& configuration, config::Diagnostics& diagnostics)
{
    for (auto& vhost : configuration.vhosts) {
        for (const auto& text : vhost->addresses) resolve_one(*vhost, text, diagnostics);
    }
}

} // namespace signet::server
