// A text that one process writes and the children of a common parent read, at any time and without
// locks: what the keeper found out (certificates, staples, challenges) on its way to the workers.
#pragma once
#include "base/shared_memory.h"

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

namespace signet {

// Made before the fork. Two halves: a text is written into the one that nobody reads, then the
// version tells that it counts. A writer that dies in the middle changes nothing.
class SharedDocument {
public:
    // `capacity` is the longest text. Memory is taken when it is first written to. Kept out of core
    // dumps, since private keys may be in it.
    [[nodiscard]] static Result<SharedDocument> create(const std::string& name, size_t capacity);

    // One writer at a time. Fails when the text is longer than the capacity.
    [[nodiscard]] Result<void> publish(std::string_view text);
    // 0 before the first text; grows with every one. One load: cheap enough for every handshake.
    [[nodiscard]] uint64_t version() const;
    // Copies the text into `out` (which the caller may have to wipe); the version it is of.
    [[nodiscard]] uint64_t read(std::string& out) const;

private:
    struct Half;
    SharedDocument(SharedMemory memory, size_t capacity)
        : memory_(std::move(memory))
        , capacity_(capacity)
    {
    }
    [[nodiscard]] std::atomic<uint64_t>& counter() const;
    [[nodiscard]] std::byte* half(uint64_t version) const;

    SharedMemory memory_;
    size_t capacity_;
};

} // namespace signet
