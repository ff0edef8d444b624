#include "net/fiber_socket.h"

#include "net/fiber.h"

#include <array>
#include <cstring>

namespace signet::net {
namespace {

std::unexpected<Error> fail_with(int error, std::string_view what)
{
    return fail(std::string(what) + ": " + std::strerror(error));
}

} // namespace

FiberSocket::~FiberSocket()
{
    if (socket_) loop_.unwatch(socket_.get(), *this);
}

Result<void> FiberSocket::connect(const Address& address, std::chrono::milliseconds limit)
{
    auto socket = Socket::connect(address);
    if (!socket) return std::unexpected(socket.error());
    return finish_connecting(std::move(*socket), limit);
}

Result<void> FiberSocket::connect_unix(std::string_view path, std::chrono::milliseconds limit)
{
    auto socket = Socket::connect_unix(path);
    if (!socket) return std::unexpected(socket.error());
    return finish_connecting(std::move(*socket), limit);
}

Result<void> FiberSocket::adopt(Socket socket)
{
    if (socket_) loop_.unwatch(socket_.get(), *this);
    socket_ = std::move(socket);
    readable_ = writable_ = false;
    return loop_.watch(socket_.get(), *this);
}

Result<void> FiberSocket::finish_connecting(Socket socket, std::chrono::milliseconds limit)
{
    if (auto adopted = adopt(std::move(socket)); !adopted) return adopted;
    if (auto connected = wait(writable_, limit); !connected) return connected;
    if (const int error = socket_.pending_error(); error != 0) return fail_with(error, "connect");
    return {};
}

Result<size_t> FiberSocket::read(std::span<char> into, std::chrono::milliseconds limit)
{
    while (true) {
        const auto result = socket_.read(into);
        if (result.done()) return result.bytes;
        if (result.end()) return 0;
        if (result.failed()) return fail_with(result.error, "read");
        readable_ = false;
        if (auto waited = wait(readable_, limit); !waited) return std::unexpected(waited.error());
    }
}

Result<void> FiberSocket::write(std::string_view bytes, std::chrono::milliseconds limit)
{
    while (!bytes.empty()) {
        const auto result = socket_.write(bytes);
        if (result.done()) {
            bytes.remove_prefix(result.bytes);
        } else if (result.would_block()) {
            writable_ = false;
            if (auto waited = wait(writable_, limit); !waited) return waited;
        } else {
            return fail_with(result.error, "write");
        }
    }
    return {};
}

void FiberSocket::hear(std::string& heard, size_t most)
{
    std::array<char, 4096> buffer;
    while (heard.size() < most) {
        const auto result = socket_.read(buffer);
        if (!result.done()) {
            readable_ = false; // its end, or an error, is for the next read() to find
            return;
        }
        heard.append(buffer.data(), result.bytes);
    }
}

Result<void> FiberSocket::write(std::string_view bytes, std::string& heard, size_t most,
                                std::chrono::milliseconds limit)
{
    const bool never = false;
    while (!bytes.empty()) {
        const auto result = socket_.write(bytes);
        if (result.done()) {
            bytes.remove_prefix(result.bytes);
            continue;
        }
        if (!result.would_block()) return fail_with(result.error, "write");
        writable_ = false;
        if (readable_) hear(heard, most);
        const bool listens = heard.size() < most;
        if (auto waited = wait(writable_, listens ? readable_ : never, limit); !waited)
            return waited;
    }
    return {};
}

Socket FiberSocket::release()
{
    loop_.unwatch(socket_.get(), *this);
    return std::move(socket_);
}

void FiberSocket::on_event(uint32_t events)
{
    constexpr uint32_t ending = event_error | event_hangup;
    if (events & (event_readable | event_peer_closed | ending)) readable_ = true;
    if (events & (event_writable | ending)) writable_ = true;
    wake();
}

void FiberSocket::wake()
{
    if (waiter_) waiter_->wake();
}

Result<void> FiberSocket::wait(const bool& ready, const bool& other,
                               std::chrono::milliseconds limit)
{
    if (!Fiber::current()) return std::unexpected(Error::cancelled());
    timed_out_ = false;
    loop_.arm(
        timeout_, limit,
        [](void* self) {
            auto& socket = *static_cast<FiberSocket*>(self);
            socket.timed_out_ = true;
            socket.wake();
        },
        this);
    Result<void> woken{};
    while (woken && !ready && !other && !timed_out_) {
        waiter_ = Fiber::current();
        woken = waiter_->suspend();
        waiter_ = nullptr;
    }
    timeout_.disarm();
    if (!woken) return woken;
    if (!ready && !other) return std::unexpected(Error::timed_out());
    return {};
}

} // namespace signet::net
