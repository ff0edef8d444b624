// Messages with descriptors between the processes of one server: a SOCK_SEQPACKET pair.
#pragma once
#include "base/file.h"
#include "base/result.h"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::net {

class UnixChannel {
public:
    static constexpr size_t max_descriptors = 8;
    static constexpr size_t max_message = 128 * 1024;

    struct Message {
        enum class State { received, would_block, closed };
        State state = State::received;
        std::string bytes{};
        std::vector<FileDescriptor> descriptors{};
    };

    UnixChannel() = default;
    explicit UnixChannel(FileDescriptor descriptor)
        : descriptor_(std::move(descriptor))
    {
    }
    // Both ends non-blocking and close-on-exec.
    [[nodiscard]] static Result<std::pair<UnixChannel, UnixChannel>> pair();

    // One whole message, 1 to max_message bytes. True when sent; false when the peer's queue is
    // full (try again when writable). The descriptors stay the caller's; the peer gets copies.
    [[nodiscard]] Result<bool> send(std::string_view bytes, std::span<const int> descriptors = {});
    // The next message, if there is one.
    [[nodiscard]] Result<Message> receive();

    // The same, waiting up to `limit`; fails with Kind::timed_out.
    [[nodiscard]] Result<void> send_blocking(std::string_view bytes,
                                             std::span<const int> descriptors,
                                             std::chrono::milliseconds limit);
    // Its state is received or closed.
    [[nodiscard]] Result<Message> receive_blocking(std::chrono::milliseconds limit);

    [[nodiscard]] int get() const { return descriptor_.get(); }
    explicit operator bool() const { return static_cast<bool>(descriptor_); }
    void close() { descriptor_.reset(); }

private:
    FileDescriptor descriptor_;
};

} // namespace signet::net
