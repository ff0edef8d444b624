// Descriptors that close themselves, and whole files read or written in one call.
#pragma once
#include "base/result.h"

#include <string>
#include <string_view>
#include <utility>

namespace signet {

class FileDescriptor {
public:
    FileDescriptor() = default;
    explicit FileDescriptor(int descriptor)
        : descriptor_(descriptor)
    {
    }
    FileDescriptor(FileDescriptor&& other) noexcept
        : descriptor_(std::exchange(other.descriptor_, -1))
    {
    }
    FileDescriptor& operator=(FileDescriptor&& other) noexcept
    {
        if (this != &other) {
            reset();
            descriptor_ = std::exchange(other.descriptor_, -1);
        }
        return *this;
    }
    ~FileDescriptor() { reset(); }

    [[nodiscard]] int get() const { return descriptor_; }
    [[nodiscard]] int release() { return std::exchange(descriptor_, -1); }
    explicit operator bool() const { return descriptor_ >= 0; }
    void reset();

private:
    int descriptor_ = -1;
};

// open(2) with O_CLOEXEC; the error text names the path.
[[nodiscard]] Result<FileDescriptor> open_file(const std::string& path, int flags, int mode = 0644);
[[nodiscard]] bool is_directory(const std::string& path);
// A whole regular file of at most `limit` bytes.
[[nodiscard]] Result<std::string> read_file(const std::string& path,
                                            size_t limit = size_t{64} << 20);
// Writes beside the target and renames, so a reader sees the old file or the new one.
[[nodiscard]] Result<void> write_file_atomically(const std::string& path, std::string_view bytes,
                                                 int mode = 0644);

} // namespace signet
