#include "base/block.h"

#include <algorithm>
#include <utility>

namespace signet {

BlockPool::~BlockPool()
{
    while (free_) delete std::exchange(free_, free_->next);
}

Block* BlockPool::take()
{
    ++in_use_;
    if (!free_) return std::make_unique_for_overwrite<Block>().release();
    Block* block = std::exchange(free_, free_->next);
    low_water_ = std::min(low_water_, --free_count_);
    block->next = nullptr;
    block->begin = block->end = 0;
    return block;
}

void BlockPool::give_back(Block* block)
{
    block->next = free_;
    free_ = block;
    ++free_count_;
    --in_use_;
}

void BlockPool::trim()
{
    for (; low_water_ > 0; --low_water_) {
        delete std::exchange(free_, free_->next);
        --free_count_;
    }
    low_water_ = free_count_;
}

} // namespace signet
