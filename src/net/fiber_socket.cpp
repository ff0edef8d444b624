#include "net/fiber_socket.h"

#include "net/fiber.h"

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
    if (socket_) loop_.unwatch(socket_.get(), *this);
    socket_ = std::move(*socket);
    readable_ = writable_ = false;
    if (auto watched = loop_.watch(socket_.get(), *this); !watched) return watched;
    if (auto connected = wait(writable_, limit); !connected) return connected;
    if (const int error = socket_.pending_error(); error != 0) return fail_with(error, "connect");
    socket_.set_no_delay(true);
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

Result<void> FiberSocket::wait(const bool& ready, std::chrono::milliseconds limit)
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
    while (woken && !ready && !timed_out_) {
        waiter_ = Fiber::current();
        woken = waiter_->suspend();
        waiter_ = nullptr;
    }
    timeout_.disarm();
    if (!woken) return woken;
    if (!ready) return std::unexpected(Error::timed_out());
    return {};
}

} // namespace signet::net
