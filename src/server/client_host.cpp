#include "server/client_host.h"

#include "base/text.h"
#include "net/fiber.h"
#include "net/helper_threads.h"
#include "server/core_config.h"
#include "server/request.h"
#include "server/scope.h"
#include "server/worker.h"

#include <array>
#include <memory>
#include <netdb.h>

namespace signet::server {
namespace {

// These two run on a helper thread and may take as long as the resolver lets them.

std::string name_of_address(const net::Address& address)
{
    sockaddr_storage storage{};
    const socklen_t length = address.to_sockaddr(storage);
    std::array<char, NI_MAXHOST> name{};
    const int problem =
        getnameinfo(reinterpret_cast<const sockaddr*>(&storage), length, name.data(),
                    static_cast<socklen_t>(name.size()), nullptr, 0, NI_NAMEREQD);
    return problem == 0 ? lowercase(name.data()) : std::string();
}

bool has_address(const std::string& host, const net::Address& address)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return false;
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
    for (const auto* entry = found; entry; entry = entry->ai_next) {
        if (net::Address::from(entry->ai_addr, entry->ai_addrlen).same_ip(address)) return true;
    }
    return false;
}

// The work's result; nothing where no fiber can wait for it, or when the client has gone.
template <class Work> auto ask_resolver(const Request& request, Work work)
{
    using Answer = std::optional<std::invoke_result_t<Work&>>;
    if (!net::Fiber::current()) return Answer();
    auto answer = request.worker->helpers().call(std::move(work));
    return answer ? Answer(std::move(*answer)) : Answer();
}

// Where the client's name is remembered: in the connection, unless somebody speaks for him.
std::optional<std::string>& name_of_client(const Request& request)
{
    return request.proxied_client ? request.proxied_client->host_name : request.peer->host_name;
}

std::string_view any_client_host(const Request& request)
{
    auto& known = name_of_client(request);
    if (known) return *known;
    auto name =
        ask_resolver(request, [address = request.client()] { return name_of_address(address); });
    if (!name) return {};
    // Another request of the connection may have asked meanwhile, and views of its answer are out.
    if (!known) known = std::move(*name);
    return *known;
}

} // namespace

bool resolves_to_client(std::string_view host, const Request& request)
{
    const auto found =
        ask_resolver(request, [host = std::string(host), address = request.client()] {
            return has_address(host, address);
        });
    return found.value_or(false);
}

std::string_view confirmed_client_host(const Request& request)
{
    const auto host = any_client_host(request);
    if (host.empty()) return {};
    auto& confirmed = request.proxied_client ? request.proxied_client->host_name_confirmed
                                             : request.peer->host_name_confirmed;
    if (!confirmed) confirmed = resolves_to_client(host, request);
    return *confirmed ? host : std::string_view{};
}

std::string_view client_host(const Request& request)
{
    using enum CoreConfig::Lookups;
    const auto setting =
        request.scope ? request.scope->core().hostname_lookups : std::nullopt; // none yet
    switch (setting.value_or(off)) {
    case off: break;
    case on: return any_client_host(request);
    case double_checked: return confirmed_client_host(request);
    }
    // Somebody asked before: Apache gives what the connection knows.
    const auto& known = name_of_client(request);
    return known ? std::string_view(*known) : std::string_view();
}

bool in_domain(std::string_view domain, std::string_view host)
{
    if (domain.empty() || !iends_with(host, domain)) return false;
    return host.size() == domain.size() || domain.front() == '.'
           || host[host.size() - domain.size() - 1] == '.';
}

} // namespace signet::server
