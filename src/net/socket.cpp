// The system calls of a socket, with EINTR hidden and EAGAIN told apart from failure.
#include "net/socket.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <cstring>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace signet::net {

namespace {

using State = IoResult::State;

IoResult result_of(ssize_t moved)
{
    if (moved >= 0) return {.bytes = static_cast<size_t>(moved)};
    if (errno == EAGAIN || errno == EWOULDBLOCK) return {.state = State::would_block};
    return {.state = State::failed, .error = errno};
}

// Calls again as long as a signal interrupts.
template <class Call> IoResult repeat(Call call)
{
    ssize_t moved = 0;
    do {
        moved = call();
    } while (moved < 0 && errno == EINTR);
    return result_of(moved);
}

Result<Socket> begin_connecting(int family, const sockaddr* address, socklen_t length)
{
    FileDescriptor descriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!descriptor) return fail_errno("socket");
    if (::connect(descriptor.get(), address, length) != 0 && errno != EINPROGRESS)
        return fail_errno("connect");
    return Socket(std::move(descriptor));
}

} // namespace

bool set_option(int descriptor, int level, int name, int value)
{
    return setsockopt(descriptor, level, name, &value, sizeof value) == 0;
}

Result<Socket> Socket::connect(const Address& address)
{
    sockaddr_storage storage{};
    const socklen_t length = address.to_sockaddr(storage);
    auto socket =
        begin_connecting(storage.ss_family, reinterpret_cast<sockaddr*>(&storage), length);
    if (socket) set_option(socket->get(), IPPROTO_TCP, TCP_NODELAY, 1);
    return socket;
}

Result<Socket> Socket::connect_unix(std::string_view path)
{
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path)
        return fail("the path of a Unix socket has 1 to 107 bytes");
    std::copy(path.begin(), path.end(), address.sun_path);
    if (path.front() == '@') address.sun_path[0] = '\0'; // unix(7), abstract addresses
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size()
                                               + (path.front() == '@' ? 0 : 1));
    return begin_connecting(AF_UNIX, reinterpret_cast<sockaddr*>(&address), length);
}

IoResult Socket::read(std::span<char> into) const
{
    IoResult result = repeat([&] { return ::recv(get(), into.data(), into.size(), 0); });
    if (result.done() && result.bytes == 0 && !into.empty()) result.state = State::end;
    return result;
}

IoResult Socket::write(std::span<const iovec> vectors, bool more) const
{
    msghdr message{};
    message.msg_iov = const_cast<iovec*>(vectors.data()); // sendmsg(2) only reads it
    message.msg_iovlen = std::min<size_t>(vectors.size(), IOV_MAX);
    const int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
    return repeat([&] { return ::sendmsg(get(), &message, flags); });
}

IoResult Socket::write(std::string_view bytes, bool more) const
{
    const int flags = MSG_NOSIGNAL | (more ? MSG_MORE : 0);
    return repeat([&] { return ::send(get(), bytes.data(), bytes.size(), flags); });
}

IoResult Socket::send_file(int file, off_t& offset, size_t count) const
{
    // sendfile(2) moves at most this much in one call.
    constexpr size_t most = 0x7ffff000;
    IoResult result =
        repeat([&] { return ::sendfile(get(), file, &offset, std::min(count, most)); });
    if (result.done() && result.bytes == 0 && count > 0) result.state = State::end;
    return result;
}

void Socket::shutdown_writing() const
{
    ::shutdown(get(), SHUT_WR);
}

void Socket::reset_on_close() const
{
    const linger none{.l_onoff = 1, .l_linger = 0};
    setsockopt(get(), SOL_SOCKET, SO_LINGER, &none, sizeof none);
}

void Socket::set_keep_alive(bool on) const
{
    set_option(get(), SOL_SOCKET, SO_KEEPALIVE, on);
}

int Socket::pending_error() const
{
    int error = 0;
    socklen_t length = sizeof error;
    return getsockopt(get(), SOL_SOCKET, SO_ERROR, &error, &length) == 0 ? error : errno;
}

Address Socket::local_address() const
{
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (getsockname(get(), reinterpret_cast<sockaddr*>(&storage), &length) != 0) return {};
    return Address::from(reinterpret_cast<sockaddr*>(&storage), length);
}

Address Socket::peer_address() const
{
    sockaddr_storage storage{};
    socklen_t length = sizeof storage;
    if (getpeername(get(), reinterpret_cast<sockaddr*>(&storage), &length) != 0) return {};
    return Address::from(reinterpret_cast<sockaddr*>(&storage), length);
}

void ignore_broken_pipes()
{
    std::signal(SIGPIPE, SIG_IGN);
}

} // namespace signet::net
