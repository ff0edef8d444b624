// Anonymous memory shared by a process and the children it forks later.
#pragma once
#include "base/result.h"

#include <cstddef>
#include <utility>

namespace signet::tls {

class SharedMemory {
public:
    // Zeroed, never in a core dump.
    [[nodiscard]] static Result<SharedMemory> create(size_t bytes);
    SharedMemory(SharedMemory&& other) noexcept
        : at_(std::exchange(other.at_, nullptr))
        , size_(std::exchange(other.size_, 0))
    {
    }
    SharedMemory& operator=(SharedMemory&&) = delete;
    ~SharedMemory();

    [[nodiscard]] void* get() const { return at_; }
    [[nodiscard]] size_t size() const { return size_; }

private:
    SharedMemory(void* at, size_t size)
        : at_(at)
        , size_(size)
    {
    }
    void* at_;
    size_t size_;
};

} // namespace signet::tls
