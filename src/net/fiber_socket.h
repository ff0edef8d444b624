// A connection to another server, for code on a fiber: plain calls that wait.
#pragma once
#include "base/result.h"
#include "net/address.h"
#include "net/loop.h"
#include "net/socket.h"

#include <chrono>
#include <span>
#include <string>
#include <string_view>

namespace signet::net {

class Fiber;

// Used by one fiber at a time. Each call waits at most `limit` without progress; errors: timed_out,
// cancelled (the fiber), or what the network said.
class FiberSocket final : private EventHandler {
public:
    explicit FiberSocket(Loop& loop)
        : loop_(loop)
    {
    }
    ~FiberSocket() override;
    FiberSocket(const FiberSocket&) = delete;
    FiberSocket& operator=(const FiberSocket&) = delete;

    [[nodiscard]] Result<void> connect(const Address& address, std::chrono::milliseconds limit);
    // The same to a Unix socket.
    [[nodiscard]] Result<void> connect_unix(std::string_view path, std::chrono::milliseconds limit);
    // Goes on with a connection that release() has given away before.
    [[nodiscard]] Result<void> adopt(Socket socket);
    // At least one byte; 0 at the end.
    [[nodiscard]] Result<size_t> read(std::span<char> into, std::chrono::milliseconds limit);
    [[nodiscard]] Result<void> write(std::string_view bytes, std::chrono::milliseconds limit);
    // The same to a peer that may speak before it has heard everything: as long as it takes no
    // more, what it says is added to `heard`, which holds `most` bytes.
    [[nodiscard]] Result<void> write(std::string_view bytes, std::string& heard, size_t most,
                                     std::chrono::milliseconds limit);
    // For another owner, who watches it anew: what has arrived is told again.
    [[nodiscard]] Socket release();

private:
    void on_event(uint32_t events) override;
    [[nodiscard]] Result<void> finish_connecting(Socket socket, std::chrono::milliseconds limit);
    [[nodiscard]] Result<void> wait(const bool& ready, std::chrono::milliseconds limit)
    {
        return wait(ready, ready, limit);
    }
    [[nodiscard]] Result<void> wait(const bool& ready, const bool& other,
                                    std::chrono::milliseconds limit);
    void hear(std::string& heard, size_t most);
    void wake();

    Loop& loop_;
    Socket socket_;
    Fiber* waiter_ = nullptr;
    Timeout timeout_;
    bool readable_ = false;
    bool writable_ = false;
    bool timed_out_ = false;
};

} // namespace signet::net
