#include "base/shared_document.h"

#include <cstring>
#include <new>
#include <sys/mman.h>

namespace signet {
namespace {

constexpr size_t header = 64; // a cache line of its own for the version
constexpr size_t length_field = sizeof(uint64_t);

} // namespace

Result<SharedDocument> SharedDocument::create(const std::string& name, size_t capacity)
{
    capacity = (capacity + 63) & ~size_t{63};
    auto memory = SharedMemory::create(name, header + 2 * (length_field + capacity));
    if (!memory) return std::unexpected(memory.error());
    ::madvise(memory->data(), memory->size(), MADV_DONTDUMP);
    new (memory->data()) std::atomic<uint64_t>(0);
    return SharedDocument(std::move(*memory), capacity);
}

std::atomic<uint64_t>& SharedDocument::counter() const
{
    return *std::launder(reinterpret_cast<std::atomic<uint64_t>*>(memory_.data()));
}

std::byte* SharedDocument::half(uint64_t version) const
{
    return memory_.data() + header + (version & 1) * (length_field + capacity_);
}

Result<void> SharedDocument::publish(std::string_view text)
{
    if (text.size() > capacity_) {
        return fail(Error::Kind::too_large, "a shared text of " + std::to_string(text.size())
                                                + " bytes, " + std::to_string(capacity_)
                                                + " at most");
    }
    const uint64_t next = counter().load(std::memory_order_relaxed) + 1;
    const uint64_t length = text.size();
    // The last version has to be seen by all before its predecessor's half is written over.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    std::memcpy(half(next), &length, sizeof length);
    std::memcpy(half(next) + length_field, text.data(), text.size());
    counter().store(next, std::memory_order_release);
    return {};
}

uint64_t SharedDocument::version() const
{
    return counter().load(std::memory_order_acquire);
}

uint64_t SharedDocument::read(std::string& out) const
{
    for (;;) {
        const uint64_t before = version();
        uint64_t length = 0;
        std::memcpy(&length, half(before), sizeof length);
        if (length <= capacity_) {
            const auto* text = reinterpret_cast<const char*>(half(before) + length_field);
            out.assign(text, length);
            std::atomic_thread_fence(std::memory_order_acquire);
            // Two texts later this half may be written again: then what was copied is a mixture.
            if (version() == before) return before;
        }
    }
}

} // namespace signet
