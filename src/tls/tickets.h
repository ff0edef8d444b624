// The keys that seal session tickets: one current and two older ones, shared by all workers.
// RFC 5077 §4 · https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslsessionticketkeyfile
#pragma once
#include "base/clock.h"
#include "base/shared_memory.h"
#include "pki/secret.h"

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace signet::tls {

struct TicketKey {
    std::array<unsigned char, 16> name{};
    std::array<unsigned char, 32> hmac{};
    std::array<unsigned char, 32> aes{};
    uint32_t hmac_size = 32; // 16 in Apache's 48-byte files
    uint32_t aes_size = 32;  // 16 likewise: AES-128
};

// Lives in shared memory for the life of the server. One writer (the keeper), many readers.
class TicketKeys {
public:
    // Random keys.
    [[nodiscard]] static Result<TicketKeys> create();
    // The key of a file of 48 (Apache) or 80 bytes; it never rotates by itself.
    [[nodiscard]] static Result<TicketKeys> from_file(const std::string& path);
    // What another process wrote with save(): clients resume with their tickets although the server
    // is another program now. An error for bytes of an unknown layout.
    [[nodiscard]] static Result<TicketKeys> restore(std::span<const unsigned char> saved);
    TicketKeys(TicketKeys&&) = default;

    // All keys, newest first. Empty for keys from a file: whoever restores can read the file.
    [[nodiscard]] pki::Secret save() const;

    // Makes a new current key; the two before it still open tickets. Call it every session timeout
    // or every hour, whichever is longer. Does nothing for keys from a file.
    Result<void> rotate();
    // True for keys that an earlier process may have used: of a file, or restored.
    [[nodiscard]] bool have_a_past() const;
    // When the current key was made. The monotonic clock is the same in all processes.
    [[nodiscard]] Monotonic::time_point born() const;

    // A copy: a rotation may happen at any time.
    [[nodiscard]] TicketKey current() const;
    // Finds the key a ticket was sealed with; nothing when it is too old (a full handshake
    // follows). `is_current` tells whether new tickets are sealed with it.
    [[nodiscard]] std::optional<TicketKey> find(std::span<const unsigned char> name,
                                                bool& is_current) const;

private:
    struct Shared;
    [[nodiscard]] static Result<SharedMemory> secret_memory();
    explicit TicketKeys(SharedMemory memory)
        : memory_(std::move(memory))
    {
    }
    [[nodiscard]] Shared& shared() const;

    SharedMemory memory_;
};

} // namespace signet::tls
