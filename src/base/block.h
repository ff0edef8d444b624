// Fixed-size buffers from a free list: a connection holds one only while it holds bytes.
#pragma once
#include <cstddef>
#include <memory>
#include <vector>

namespace signet {

// 16 KiB of payload and room for the TLS record around it (RFC 8446 §5.2: at most 256 bytes).
struct Block {
    static constexpr size_t capacity = 16 * 1024 + 512;
    Block* next = nullptr;
    unsigned begin = 0; // first byte not yet sent
    unsigned end = 0;   // one past the last byte
    char bytes[capacity];

    [[nodiscard]] size_t size() const { return end - begin; }
    [[nodiscard]] size_t room() const { return capacity - end; }
};

// Owned by a worker's loop; not shared between threads.
class BlockPool {
public:
    BlockPool() = default;
    BlockPool(const BlockPool&) = delete;
    BlockPool& operator=(const BlockPool&) = delete;
    ~BlockPool();

    [[nodiscard]] Block* take();
    void give_back(Block* block);
    // Called now and then: frees blocks the last period did not need.
    void trim();

    [[nodiscard]] size_t in_use() const { return in_use_; }

private:
    Block* free_ = nullptr;
    size_t free_count_ = 0;
    size_t low_water_ = 0; // fewest free blocks since the last trim
    size_t in_use_ = 0;
};

} // namespace signet
