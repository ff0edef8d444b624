// Listening sockets: opened as Apache opens them, accepted from in small batches.
#pragma once
#include "base/file.h"
#include "base/result.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/socket.h"

#include <memory>

namespace signet::net {

struct ListenOptions {
    int backlog = 511;         // ListenBackLog
    bool defer_accept = false; // TCP_DEFER_ACCEPT: a connection shows up with its first bytes
    bool reuse_port = false;   // SO_REUSEPORT
    int send_buffer = 0;       // SendBufferSize; 0 keeps the system's
    int receive_buffer = 0;    // ReceiveBufferSize
};

// socket, bind, listen. An IPv6 address also takes IPv4 connections, like Apache's on Linux: so
// `Listen 80` is one socket, for any_v6(80). Where the kernel has no IPv6, any_v6 becomes any_v4.
// The error reads like Apache's: "(98)Address already in use: AH00072: make_sock: could not bind
// to address [::]:80".
[[nodiscard]] Result<FileDescriptor> open_listener(const Address& address,
                                                   const ListenOptions& options = {});

// Checks a descriptor that somebody else opened (the former process, systemd), makes it
// non-blocking and close-on-exec, and says where it listens. The descriptor stays the caller's.
[[nodiscard]] Result<Address> adopt_listener(int descriptor);

// Whoever takes connections. May destroy the listener from within either call.
class Acceptor {
public:
    virtual ~Acceptor() = default;
    // The socket is non-blocking and close-on-exec.
    virtual void accepted(Socket socket, const Address& peer) = 0;
    // accept(2) failed for want of descriptors or memory (errno); the listener rests a moment.
    virtual void starved(int error) = 0;
};

// Accepts from one listening descriptor, at most `batch` connections per event, so that many
// workers share a burst. Keeps a spare descriptor: when all are used up, it is spent on telling
// waiting clients no, and the listener rests instead of spinning.
class Listener final : private EventHandler {
public:
    static constexpr int batch = 8;
    static constexpr std::chrono::milliseconds rest{100};

    // `exclusive`: one worker of many wakes per connection.
    [[nodiscard]] static Result<std::unique_ptr<Listener>>
    create(Loop& loop, FileDescriptor descriptor, Acceptor& acceptor, bool exclusive);
    ~Listener() override;
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    // Stops and goes on accepting; connections queue in the kernel meanwhile.
    void pause();
    [[nodiscard]] Result<void> resume();

    [[nodiscard]] const Address& address() const { return address_; }
    [[nodiscard]] int descriptor() const { return descriptor_.get(); }

private:
    Listener(Loop& loop, FileDescriptor descriptor, Acceptor& acceptor, bool exclusive);
    void on_event(uint32_t events) override;
    void starve(int error);
    void rest_a_while();
    void turn_one_away();

    Loop& loop_;
    FileDescriptor descriptor_;
    FileDescriptor spare_;
    Acceptor& acceptor_;
    Address address_;
    Timeout rest_;
    bool exclusive_;
    bool watching_ = false;
    std::shared_ptr<bool> destroyed_; // set while accepting: tells on_event() that `this` is gone
};

} // namespace signet::net
