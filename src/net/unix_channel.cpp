// SCM_RIGHTS (unix(7)) with its traps closed: truncation, stray descriptors, a peer that is gone.
#include "net/unix_channel.h"

#include "base/clock.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>

namespace signet::net {

namespace {

constexpr size_t control_size = CMSG_SPACE(UnixChannel::max_descriptors * sizeof(int));

struct alignas(cmsghdr) Control {
    char bytes[control_size]{};
};

void take_descriptors(msghdr& header, std::vector<FileDescriptor>& into)
{
    for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr;
         part = CMSG_NXTHDR(&header, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
        const size_t count = (part->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; ++i) {
            int descriptor = -1;
            std::memcpy(&descriptor, CMSG_DATA(part) + i * sizeof(int), sizeof(int));
            into.emplace_back(descriptor);
        }
    }
}

Result<void> wait_for(int descriptor, short events, Monotonic::time_point deadline)
{
    while (true) {
        const auto left =
            std::chrono::ceil<std::chrono::milliseconds>(deadline - Monotonic::now()).count();
        pollfd waiting{.fd = descriptor, .events = events, .revents = 0};
        const int ready =
            ::poll(&waiting, 1, static_cast<int>(std::clamp<int64_t>(left, 0, 1'000'000)));
        if (ready > 0) return {};
        if (ready < 0 && errno != EINTR) return fail_errno("poll");
        if (left <= 0) return std::unexpected(Error::timed_out());
    }
}

} // namespace

Result<std::pair<UnixChannel, UnixChannel>> UnixChannel::pair()
{
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) != 0)
        return fail_errno("socketpair");
    return std::pair(UnixChannel(FileDescriptor(ends[0])), UnixChannel(FileDescriptor(ends[1])));
}

Result<bool> UnixChannel::send(std::string_view bytes, std::span<const int> descriptors)
{
    // An empty message would look like the end of the channel.
    if (bytes.empty() || bytes.size() > max_message || descriptors.size() > max_descriptors)
        return fail(Error::Kind::too_large, "a channel message has 1 to 131072 bytes and at most 8 "
                                            "descriptors");
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    Control control;
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (!descriptors.empty()) {
        header.msg_control = control.bytes;
        header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
        cmsghdr* const rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
        std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
    }
    ssize_t sent = 0;
    do {
        sent = ::sendmsg(get(), &header, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    if (sent >= 0) return true;
    if (errno == EAGAIN || errno == EWOULDBLOCK) return false;
    return fail_errno("cannot send on a channel");
}

Result<UnixChannel::Message> UnixChannel::receive()
{
    Message message;
    // The size first, so that a small message does not cost a big buffer.
    ssize_t size = 0;
    do {
        size = ::recv(get(), nullptr, 0, MSG_PEEK | MSG_TRUNC);
    } while (size < 0 && errno == EINTR);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        message.state = Message::State::would_block;
        return message;
    }
    if (size == 0 || (size < 0 && errno == ECONNRESET)) {
        message.state = Message::State::closed;
        return message;
    }
    if (size < 0) return fail_errno("cannot receive on a channel");
    message.bytes.resize(std::min(static_cast<size_t>(size), max_message));
    iovec part{message.bytes.data(), message.bytes.size()};
    Control control;
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.bytes;
    header.msg_controllen = sizeof control.bytes;
    do {
        size = ::recvmsg(get(), &header, MSG_CMSG_CLOEXEC);
    } while (size < 0 && errno == EINTR);
    if (size < 0) return fail_errno("cannot receive on a channel");
    take_descriptors(header, message.descriptors); // owned from here on, whatever comes
    if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0)
        return fail(Error::Kind::too_large, "a channel message or its descriptors did not fit");
    message.bytes.resize(static_cast<size_t>(size));
    return message;
}

Result<void> UnixChannel::send_blocking(std::string_view bytes, std::span<const int> descriptors,
                                        std::chrono::milliseconds limit)
{
    const auto deadline = Monotonic::now() + limit;
    while (true) {
        auto sent = send(bytes, descriptors);
        if (!sent) return std::unexpected(std::move(sent.error()));
        if (*sent) return {};
        if (auto ready = wait_for(get(), POLLOUT, deadline); !ready) return ready;
    }
}

Result<UnixChannel::Message> UnixChannel::receive_blocking(std::chrono::milliseconds limit)
{
    const auto deadline = Monotonic::now() + limit;
    while (true) {
        auto message = receive();
        if (!message || message->state != Message::State::would_block) return message;
        if (auto ready = wait_for(get(), POLLIN, deadline); !ready)
            return std::unexpected(std::move(ready.error()));
    }
}

} // namespace signet::net
