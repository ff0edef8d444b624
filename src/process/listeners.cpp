#include "process/listeners.h"

#include "net/listener.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>

namespace signet::process {
namespace {

bool is_same(const net::Address& one, const net::Address& other)
{
    // Address's own comparison takes [::]:80 and 0.0.0.0:80 for what they are: different sockets.
    return one == other && one.is_v6() == other.is_v6();
}

net::ListenOptions listen_options(const server::ProcessSettings& settings)
{
    return {.backlog = static_cast<int>(settings.listen_backlog),
            .send_buffer = static_cast<int>(settings.send_buffer),
            .receive_buffer = static_cast<int>(settings.receive_buffer)};
}

void share_port(const ListeningSocket& socket, bool shared)
{
    const int value = shared ? 1 : 0;
    ::setsockopt(socket.descriptor.get(), SOL_SOCKET, SO_REUSEPORT, &value, sizeof value);
}

// "Listen 127.0.0.1:80" became "Listen 80": the new socket cannot be bound while the old one
// listens, unless both allow it (socket(7), SO_REUSEPORT). The permission lasts for this call only.
Result<FileDescriptor> open_beside(const net::Address& address, net::ListenOptions options,
                                   const ListeningSockets& existing)
{
    auto opened = net::open_listener(address, options);
    if (opened) return opened;
    ListeningSockets rivals;
    for (const auto& socket : existing) {
        if (socket->address.port() == address.port()) rivals.push_back(socket);
    }
    if (rivals.empty()) return opened;
    for (const auto& rival : rivals) share_port(*rival, true);
    options.reuse_port = true;
    auto beside = net::open_listener(address, options);
    for (const auto& rival : rivals) share_port(*rival, false);
    if (!beside) return opened;
    const int off = 0;
    ::setsockopt(beside->get(), SOL_SOCKET, SO_REUSEPORT, &off, sizeof off);
    return beside;
}

} // namespace

std::vector<net::Address> plan_listeners(std::span<const server::ListenAddress> listeners)
{
    std::vector<net::Address> planned;
    for (const auto& listener : listeners) {
        const uint16_t port = listener.address.port();
        const net::Address address =
            listener.dual_stack ? net::Address::any_v6(port) : listener.address;
        const bool known = std::ranges::any_of(
            planned, [&](const net::Address& other) { return is_same(other, address); });
        if (!known) planned.push_back(address);
    }
    std::erase_if(planned, [&](const net::Address& address) {
        return !address.is_v6() && address.is_any()
               && std::ranges::any_of(planned, [&](const net::Address& other) {
                      return other.is_v6() && other.is_any() && other.port() == address.port();
                  });
    });
    return planned;
}

Result<ListeningSockets> open_listeners(const server::Configuration& configuration,
                                        const ListeningSockets& existing)
{
    const auto options = listen_options(configuration.process);
    ListeningSockets sockets;
    for (const auto& address : plan_listeners(configuration.listeners)) {
        const auto found = std::ranges::find_if(
            existing, [&](const auto& socket) { return is_same(socket->address, address); });
        if (found != existing.end()) {
            ::listen((*found)->descriptor.get(), options.backlog); // ListenBackLog may be new
            sockets.push_back(*found);
            continue;
        }
        auto opened = open_beside(address, options, existing);
        if (!opened) return std::unexpected(opened.error());
        sockets.push_back(std::make_shared<ListeningSocket>(std::move(*opened), address));
    }
    return sockets;
}

} // namespace signet::process
