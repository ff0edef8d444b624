#include "server/client_host.h"

#include "base/text.h"
#include "server/request.h"

#include <array>
#include <memory>
#include <netdb.h>

namespace signet::server {

std::string_view client_host(server::Request& request)
{
    auto& peer = *request.peer;
    if (!peer.host_name_looked_up) {
        peer.host_name_looked_up = true;
        sockaddr_storage storage{};
        const socklen_t length = peer.client.to_sockaddr(storage);
        std::array<char, NI_MAXHOST> name{};
        if (getnameinfo(reinterpret_cast<const sockaddr*>(&storage), length, name.data(),
                        static_cast<socklen_t>(name.size()), nullptr, 0, NI_NAMEREQD)
            == 0) {
            peer.host_name = lowercase(name.data());
        }
    }
    return peer.host_name;
}

bool resolves_to_client(std::string_view host, const server::Request& request)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(std::string(host).c_str(), nullptr, &hints, &found) != 0) return false;
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
    for (const auto* entry = found; entry; entry = entry->ai_next) {
        if (net::Address::from(entry->ai_addr, entry->ai_addrlen).same_ip(request.peer->client)) {
            return true;
        }
    }
    return false;
}

std::string_view confirmed_client_host(server::Request& request)
{
    const auto host = client_host(request);
    return !host.empty() && resolves_to_client(host, request) ? host : std::string_view{};
}

bool in_domain(std::string_view domain, std::string_view host)
{
    if (domain.empty() || !iends_with(host, domain)) return false;
    return host.size() == domain.size() || domain.front() == '.'
           || host[host.size() - domain.size() - 1] == '.';
}

} // namespace signet::server
