#include "net/resolve.h"

#include "net/helper_threads.h"

#include <memory>
#include <netdb.h>

namespace signet::net {
namespace {

Result<std::vector<Address>> look_up(const std::string& host, const std::string& port)
{
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int problem = getaddrinfo(host.c_str(), port.c_str(), &hints, &found);
    if (problem != 0) return fail(Error::Kind::not_found, gai_strerror(problem));
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, freeaddrinfo);
    std::vector<Address> addresses;
    for (const auto* entry = found; entry; entry = entry->ai_next)
        addresses.push_back(Address::from(entry->ai_addr, entry->ai_addrlen));
    return addresses;
}

} // namespace

Result<std::vector<Address>> resolve(HelperThreads& helpers, std::string_view host, uint16_t port)
{
    if (auto address = Address::parse(host, port)) return std::vector{*address};
    auto answer = helpers.call(
        [host = std::string(host), port = std::to_string(port)] { return look_up(host, port); });
    if (!answer) return std::unexpected(answer.error());
    return std::move(*answer);
}

} // namespace signet::net
