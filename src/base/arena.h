// Memory for one request: allocation is a pointer bump, and everything goes at once.
#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace signet {

// Owned by one request, used by one thread. `reset` keeps the first block, so a kept-alive
// connection's next request allocates nothing. Objects made here must not need a destructor.
class Arena {
public:
    Arena() = default;
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    [[nodiscard]] void* allocate(size_t size, size_t alignment = alignof(std::max_align_t))
    {
        const size_t start = (used_ + alignment - 1) & ~(alignment - 1);
        if (start > size_ || size > size_ - start) return allocate_slowly(size, alignment);
        used_ = start + size;
        return block_ + start;
    }

    template <class T, class... Args> T* make(Args&&... args)
    {
        static_assert(std::is_trivially_destructible_v<T>);
        return new (allocate(sizeof(T), alignof(T))) T{std::forward<Args>(args)...};
    }

    // A copy of the text that lives as long as the request.
    [[nodiscard]] std::string_view copy(std::string_view text)
    {
        if (text.empty()) return {};
        auto* bytes = static_cast<char*>(allocate(text.size(), 1));
        std::memcpy(bytes, text.data(), text.size());
        return {bytes, text.size()};
    }

    // The texts joined without separator.
    template <class... Texts> [[nodiscard]] std::string_view join(const Texts&... texts)
    {
        const size_t size = (std::string_view(texts).size() + ... + 0);
        auto* bytes = static_cast<char*>(allocate(size, 1));
        size_t at = 0;
        auto put = [&](std::string_view text) {
            if (!text.empty()) std::memcpy(bytes + at, text.data(), text.size());
            at += text.size();
        };
        (put(texts), ...);
        return {bytes, size};
    }

    void reset();

private:
    void* allocate_slowly(size_t size, size_t alignment);

    char* block_ = nullptr;
    size_t used_ = 0;
    size_t size_ = 0;
    std::vector<std::unique_ptr<char[]>> blocks_;
    size_t first_size_ = 0;
};

} // namespace signet
