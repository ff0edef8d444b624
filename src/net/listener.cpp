// Opening listening sockets with Apache's words for what can go wrong, and accepting from them.
#include "net/listener.h"

#include "net/socket.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace signet::net {

namespace {

// "(98)Address already in use: AH00072: make_sock: ..."
std::unexpected<Error> refuse(int error, const std::string& what)
{
    return fail("(" + std::to_string(error) + ")" + std::strerror(error) + ": " + what);
}

FileDescriptor open_spare()
{
    return FileDescriptor(open("/dev/null", O_RDONLY | O_CLOEXEC));
}

Result<void> set_options(int descriptor, const Address& address, const ListenOptions& options)
{
    const std::string where = address.text();
    const auto option_failed = [&](const char* number, const char* name) {
        return refuse(errno, std::string(number) + ": make_sock: for address " + where
                                 + ", apr_socket_opt_set: (" + name + ")");
    };
    if (!set_option(descriptor, SOL_SOCKET, SO_REUSEADDR, 1))
        return option_failed("AH00067", "SO_REUSEADDR");
    if (address.is_v6() && !set_option(descriptor, IPPROTO_IPV6, IPV6_V6ONLY, 0))
        return option_failed("AH00069", "IPV6_V6ONLY");
    if (options.reuse_port && !set_option(descriptor, SOL_SOCKET, SO_REUSEPORT, 1))
        return option_failed("AH02638", "SO_REUSEPORT");
    // Accepted sockets inherit these four. Apache too goes on without them.
    set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1);
    if (options.send_buffer > 0) set_option(descriptor, SOL_SOCKET, SO_SNDBUF, options.send_buffer);
    if (options.receive_buffer > 0)
        set_option(descriptor, SOL_SOCKET, SO_RCVBUF, options.receive_buffer);
    if (options.defer_accept) set_option(descriptor, IPPROTO_TCP, TCP_DEFER_ACCEPT, 30);
    return {};
}

} // namespace

Result<FileDescriptor> open_listener(const Address& address, const ListenOptions& options)
{
    const std::string where = address.text();
    const int family = address.is_v6() ? AF_INET6 : AF_INET;
    FileDescriptor descriptor(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!descriptor) {
        if (errno == EAFNOSUPPORT && address.is_v6() && address.is_any())
            return open_listener(Address::any_v4(address.port()), options);
        return refuse(errno, "AH00078: alloc_listener: failed to get a socket for " + where);
    }
    if (auto set = set_options(descriptor.get(), address, options); !set)
        return std::unexpected(std::move(set.error()));
    sockaddr_storage storage{};
    const socklen_t length = address.to_sockaddr(storage);
    if (::bind(descriptor.get(), reinterpret_cast<sockaddr*>(&storage), length) != 0)
        return refuse(errno, "AH00072: make_sock: could not bind to address " + where);
    if (::listen(descriptor.get(), options.backlog) != 0)
        return refuse(errno,
                      "AH00073: make_sock: unable to listen for connections on address " + where);
    return descriptor;
}

Result<Address> adopt_listener(int descriptor)
{
    int listening = 0;
    socklen_t length = sizeof listening;
    if (getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &listening, &length) != 0)
        return fail_errno("inherited descriptor " + std::to_string(descriptor));
    sockaddr_storage storage{};
    length = sizeof storage;
    if (getsockname(descriptor, reinterpret_cast<sockaddr*>(&storage), &length) != 0)
        return fail_errno("inherited descriptor " + std::to_string(descriptor));
    if (listening == 0 || (storage.ss_family != AF_INET && storage.ss_family != AF_INET6))
        return fail("inherited descriptor " + std::to_string(descriptor)
                    + " is not a listening TCP socket");
    const int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0 || fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) != 0
        || fcntl(descriptor, F_SETFD, FD_CLOEXEC) != 0)
        return fail_errno("inherited descriptor " + std::to_string(descriptor));
    set_option(descriptor, IPPROTO_TCP, TCP_NODELAY, 1); // for the connections that it accepts
    return Address::from(reinterpret_cast<sockaddr*>(&storage), length);
}

Listener::Listener(Loop& loop, FileDescriptor descriptor, Acceptor& acceptor, bool exclusive)
    : loop_(loop)
    , descriptor_(std::move(descriptor))
    , spare_(open_spare())
    , acceptor_(acceptor)
    , exclusive_(exclusive)
{
}

Result<std::unique_ptr<Listener>> Listener::create(Loop& loop, FileDescriptor descriptor,
                                                   Acceptor& acceptor, bool exclusive)
{
    auto address = adopt_listener(descriptor.get());
    if (!address) return std::unexpected(std::move(address.error()));
    std::unique_ptr<Listener> listener(
        new Listener(loop, std::move(descriptor), acceptor, exclusive));
    listener->address_ = *address;
    if (auto watched = listener->resume(); !watched)
        return std::unexpected(std::move(watched.error()));
    return listener;
}

Listener::~Listener()
{
    pause();
    if (destroyed_) *destroyed_ = true;
}

void Listener::pause()
{
    rest_.disarm();
    if (std::exchange(watching_, false)) loop_.unwatch(descriptor_.get(), *this);
}

Result<void> Listener::resume()
{
    rest_.disarm();
    if (watching_) return {};
    auto watched = loop_.watch_level(descriptor_.get(), *this, exclusive_);
    watching_ = watched.has_value();
    return watched;
}

void Listener::on_event(uint32_t)
{
    const auto destroyed = std::make_shared<bool>(false);
    destroyed_ = destroyed;
    // accepted() may pause or destroy this listener.
    for (int i = 0; i < batch && !*destroyed && watching_; ++i) {
        sockaddr_storage storage{};
        socklen_t length = sizeof storage;
        FileDescriptor connection(::accept4(descriptor_.get(),
                                            reinterpret_cast<sockaddr*>(&storage), &length,
                                            SOCK_NONBLOCK | SOCK_CLOEXEC));
        if (connection) {
            const Address peer = Address::from(reinterpret_cast<sockaddr*>(&storage), length);
            acceptor_.accepted(Socket(std::move(connection)), peer);
            continue;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK) break;
        switch (errno) {
        case EMFILE:
        case ENFILE:
        case ENOBUFS:
        case ENOMEM:
        case EBADF:
        case EINVAL:
        case ENOTSOCK: starve(errno); break;
        default: break; // accept(2): an error of that connection or of the network; take the next
        }
    }
    if (!*destroyed) destroyed_.reset();
}

// Without a descriptor, or with a broken one, a level-triggered event would come back at once and
// for ever.
void Listener::starve(int error)
{
    if (error == EMFILE || error == ENFILE) turn_one_away();
    pause();
    rest_a_while();
    acceptor_.starved(error);
}

void Listener::rest_a_while()
{
    loop_.arm(
        rest_, rest,
        [](void* self) {
            auto& listener = *static_cast<Listener*>(self);
            if (!listener.spare_) listener.spare_ = open_spare();
            if (!listener.resume()) listener.rest_a_while();
        },
        this);
}

// Spends the spare descriptor: the client learns by a reset that nobody will answer, instead of
// waiting in the queue until its own time-out.
void Listener::turn_one_away()
{
    if (!spare_) return;
    spare_.reset();
    Socket unlucky(FileDescriptor(
        ::accept4(descriptor_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)));
    if (unlucky) unlucky.reset_on_close();
    unlucky.close();
    spare_ = open_spare();
}

} // namespace signet::net
