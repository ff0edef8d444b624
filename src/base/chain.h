// Bytes on their way out of a connection: a queue of blocks, filled by the TLS or plain writer,
// emptied by one writev per loop turn.
#pragma once
#include "base/block.h"

#include <span>
#include <string_view>
#include <sys/uio.h>
#include <utility>

namespace signet {

class Chain {
public:
    explicit Chain(BlockPool& pool)
        : pool_(&pool)
    {
    }
    Chain(const Chain&) = delete;
    Chain& operator=(const Chain&) = delete;
    ~Chain() { clear(); }

    // Copies the bytes in, taking blocks as needed.
    void append(std::string_view bytes);
    // The same, all pieces in one block where they fit into one.
    void append(std::span<const std::string_view> pieces);
    // At least `wanted` (≤ Block::capacity) contiguous bytes to write into; then commit what was
    // used.
    [[nodiscard]] char* reserve(size_t wanted);
    void commit(size_t used);

    // Fills `vectors` from the front; returns how many it used.
    [[nodiscard]] int peek(iovec* vectors, int count) const;
    // Drops bytes from the front that the socket took.
    void consume(size_t bytes);
    void clear();

    [[nodiscard]] size_t size() const { return size_; }
    [[nodiscard]] bool empty() const { return size_ == 0; }

private:
    BlockPool* pool_;
    Block* first_ = nullptr;
    Block* last_ = nullptr;
    size_t size_ = 0;
};

} // namespace signet
