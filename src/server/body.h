// What a response sends after its head: bytes and parts of files, in order.
#pragma once
#include "base/file.h"

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::server {

// An open file that several responses may be sending at once. Counted without atomics: a worker is
// single-threaded. Never memory-mapped, so a file that shrinks cannot kill the worker.
class SharedFile {
public:
    explicit SharedFile(FileDescriptor descriptor)
        : descriptor_(std::move(descriptor))
    {
    }
    [[nodiscard]] int descriptor() const { return descriptor_.get(); }

private:
    friend class FileRef;
    FileDescriptor descriptor_;
    unsigned references_ = 0;
};

// A reference to a SharedFile; the last one closes it.
class FileRef {
public:
    FileRef() = default;
    explicit FileRef(FileDescriptor descriptor)
        : file_(new SharedFile(std::move(descriptor)))
    {
        ++file_->references_;
    }
    FileRef(const FileRef& other)
        : file_(other.file_)
    {
        if (file_) ++file_->references_;
    }
    FileRef(FileRef&& other) noexcept
        : file_(std::exchange(other.file_, nullptr))
    {
    }
    FileRef& operator=(FileRef other) noexcept
    {
        std::swap(file_, other.file_);
        return *this;
    }
    ~FileRef()
    {
        if (file_ && --file_->references_ == 0) delete file_;
    }
    [[nodiscard]] int descriptor() const { return file_->descriptor(); }
    explicit operator bool() const { return file_ != nullptr; }

private:
    SharedFile* file_ = nullptr;
};

// Either bytes that live as long as the exchange (arena, pinned cache entry, static), or a range of
// a file.
struct Piece {
    std::string_view bytes{};
    FileRef file{};
    uint64_t offset = 0; // of a file
    uint64_t length = 0; // of a file

    [[nodiscard]] uint64_t size() const { return file ? length : bytes.size(); }
};

class Body {
public:
    void add(std::string_view bytes)
    {
        if (!bytes.empty()) pieces_.push_back({.bytes = bytes});
    }
    void add(FileRef file, uint64_t offset, uint64_t length)
    {
        if (length > 0)
            pieces_.push_back({.file = std::move(file), .offset = offset, .length = length});
    }
    void clear() { pieces_.clear(); }

    [[nodiscard]] uint64_t size() const
    {
        uint64_t total = 0;
        for (const auto& piece : pieces_) total += piece.size();
        return total;
    }
    [[nodiscard]] bool empty() const { return pieces_.empty(); }
    [[nodiscard]] const std::vector<Piece>& pieces() const { return pieces_; }

private:
    std::vector<Piece> pieces_;
};

} // namespace signet::server
