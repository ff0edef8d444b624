// Values in memory that several processes map: one of them writes, the others read. No locks, no
// locked instructions: a reader gets a recent picture, and of a text perhaps a mixture of two.
#pragma once
#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace signet::server {

static_assert(std::atomic<uint64_t>::is_always_lock_free);

class SharedNumber {
public:
    SharedNumber& operator=(uint64_t value)
    {
        value_.store(value, std::memory_order_relaxed);
        return *this;
    }
    SharedNumber& operator+=(uint64_t more) { return *this = *this + more; }
    SharedNumber& operator-=(uint64_t less) { return *this = *this - less; }
    operator uint64_t() const // NOLINT: it stands for its value
    {
        return value_.load(std::memory_order_relaxed);
    }

private:
    std::atomic<uint64_t> value_;
};

// `size` bytes as whole words.
template <size_t size> class SharedWords {
    static_assert(size % sizeof(uint64_t) == 0);

public:
    // Writes whole words: what is left of the last one becomes zero.
    void store(const void* from, size_t count)
    {
        const auto* at = static_cast<const char*>(from);
        for (size_t begin = 0; begin < count; begin += sizeof(uint64_t)) {
            uint64_t word = 0;
            std::memcpy(&word, at + begin, std::min(sizeof word, count - begin));
            words_[begin / sizeof word].store(word, std::memory_order_relaxed);
        }
    }
    void load(void* to, size_t count) const
    {
        auto* at = static_cast<char*>(to);
        for (size_t begin = 0; begin < count; begin += sizeof(uint64_t)) {
            const uint64_t word = words_[begin / sizeof word].load(std::memory_order_relaxed);
            std::memcpy(at + begin, &word, std::min(sizeof word, count - begin));
        }
    }

private:
    std::array<std::atomic<uint64_t>, size / sizeof(uint64_t)> words_;
};

// A text of at most `most` bytes; a longer one is cut.
template <size_t most> class SharedText {
public:
    void store(std::string_view text)
    {
        text = text.substr(0, most);
        bytes_.store(text.data(), text.size());
        size_ = text.size();
    }
    void store_end(std::string_view text) { store(text.substr(text.size() - cut(text))); }
    [[nodiscard]] std::string text() const
    {
        std::array<char, most> copy{};
        const size_t size = std::min<uint64_t>(size_, most);
        bytes_.load(copy.data(), size);
        return {copy.data(), size};
    }

private:
    static size_t cut(std::string_view text) { return std::min(text.size(), most); }
    SharedWords<most> bytes_;
    SharedNumber size_;
};

template <class T> class SharedValue {
    static_assert(std::is_trivially_copyable_v<T>);

public:
    void store(const T& value) { bytes_.store(&value, sizeof value); }
    [[nodiscard]] T load() const
    {
        T value{};
        bytes_.load(&value, sizeof value);
        return value;
    }

private:
    SharedWords<(sizeof(T) + 7) / 8 * 8> bytes_;
};

} // namespace signet::server
