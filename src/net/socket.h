// A non-blocking TCP socket. Results are plain values: nothing here allocates.
#pragma once
#include "base/file.h"
#include "base/result.h"
#include "net/address.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <sys/uio.h>

namespace signet::net {

struct IoResult {
    enum class State : uint8_t {
        done,        // `bytes` bytes moved, possibly fewer than asked for
        would_block, // nothing moved; wait for an event
        end,         // reading: the peer sends no more. send_file: the file is shorter than said
        failed,      // see `error`
    };
    State state = State::done;
    int error = 0; // errno
    size_t bytes = 0;

    [[nodiscard]] bool done() const { return state == State::done; }
    [[nodiscard]] bool would_block() const { return state == State::would_block; }
    [[nodiscard]] bool end() const { return state == State::end; }
    [[nodiscard]] bool failed() const { return state == State::failed; }
};

class Socket {
public:
    Socket() = default;
    explicit Socket(FileDescriptor descriptor)
        : descriptor_(std::move(descriptor))
    {
    }
    // Begins to connect; writable means connected or failed: ask pending_error().
    [[nodiscard]] static Result<Socket> connect(const Address& address);
    // The same to a Unix socket; "@name" is an abstract one.
    [[nodiscard]] static Result<Socket> connect_unix(std::string_view path);

    [[nodiscard]] int get() const { return descriptor_.get(); }
    explicit operator bool() const { return static_cast<bool>(descriptor_); }
    [[nodiscard]] FileDescriptor release() { return std::move(descriptor_); }
    void close() { descriptor_.reset(); }

    [[nodiscard]] IoResult read(std::span<char> into) const;
    // `more`: other bytes follow at once, so a half-full packet may wait for them (MSG_MORE).
    [[nodiscard]] IoResult write(std::span<const iovec> vectors, bool more = false) const;
    [[nodiscard]] IoResult write(std::string_view bytes, bool more = false) const;
    // Moves `offset` along. The process must ignore SIGPIPE: sendfile(2) has no MSG_NOSIGNAL.
    [[nodiscard]] IoResult send_file(int file, off_t& offset, size_t count) const;

    // Says "no more from us" and keeps reading possible (lingering close).
    void shutdown_writing() const;
    // Makes close() send a reset instead of an orderly end.
    void reset_on_close() const;
    void set_keep_alive(bool on) const;
    // What a connect() or the network left behind: an errno, or 0.
    [[nodiscard]] int pending_error() const;

    [[nodiscard]] Address local_address() const;
    [[nodiscard]] Address peer_address() const;

private:
    FileDescriptor descriptor_;
};

// Writing to a gone peer is an error value, not a signal. Once per process.
void ignore_broken_pipes();

// setsockopt with a number. False: errno says why.
bool set_option(int descriptor, int level, int name, int value);

} // namespace signet::net
