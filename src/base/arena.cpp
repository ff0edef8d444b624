#include "base/arena.h"

#include "base/result.h"

#include <algorithm>
#include <cstdint>

namespace signet {
namespace {
constexpr size_t first_block = 4096;
}

void* Arena::allocate_slowly(size_t size, size_t alignment)
{
    if (size > SIZE_MAX / 4) impossible("a request wants more memory than there is");
    // Each block doubles: a request that needs much takes few blocks.
    const size_t next = std::max({first_block, size_ * 2, size + alignment});
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(next));
    if (blocks_.size() == 1) first_size_ = next;
    block_ = blocks_.back().get();
    size_ = next;
    used_ = 0;
    return allocate(size, alignment);
}

void Arena::reset()
{
    used_ = 0;
    if (blocks_.size() <= 1) return;
    blocks_.resize(1);
    block_ = blocks_.front().get();
    size_ = first_size_;
}

} // namespace signet
