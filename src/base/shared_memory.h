// Memory that a process and the children it forks see alike: statistics, caches between workers.
#pragma once
#include "base/file.h"
#include "base/result.h"

#include <cstddef>
#include <span>
#include <string>

namespace signet {

// A zero-filled region behind a memfd, mapped shared. Unmapped on destruction; the memory goes
// when the last process has unmapped it and closed the descriptor.
class SharedMemory {
public:
    SharedMemory() = default;
    // `name` shows up in /proc/<pid>/maps. The size is rounded up to whole pages.
    [[nodiscard]] static Result<SharedMemory> create(const std::string& name, size_t size);
    // Maps a region whose descriptor another process created and handed over.
    [[nodiscard]] static Result<SharedMemory> open(FileDescriptor descriptor);
    SharedMemory(SharedMemory&& other) noexcept;
    SharedMemory& operator=(SharedMemory&& other) noexcept;
    ~SharedMemory();

    // For secrets: a core dump of this process, or of children forked later, will not have it.
    void keep_out_of_core_dumps() const;

    [[nodiscard]] std::byte* data() const { return data_; }
    [[nodiscard]] size_t size() const { return size_; }
    [[nodiscard]] std::span<std::byte> bytes() const { return {data_, size_}; }
    [[nodiscard]] int descriptor() const { return descriptor_.get(); }
    explicit operator bool() const { return data_ != nullptr; }

private:
    [[nodiscard]] Result<void> map();

    FileDescriptor descriptor_;
    std::byte* data_ = nullptr;
    size_t size_ = 0;
};

} // namespace signet
