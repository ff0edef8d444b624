#include "base/chain.h"

#include <algorithm>
#include <cstring>

namespace signet {

char* Chain::reserve(size_t wanted)
{
    if (!last_ || last_->room() < wanted) {
        Block* block = pool_->take();
        (last_ ? last_->next : first_) = block;
        last_ = block;
    }
    return last_->bytes + last_->end;
}

void Chain::commit(size_t used)
{
    last_->end += static_cast<unsigned>(used);
    size_ += used;
}

void Chain::append(std::string_view bytes)
{
    while (!bytes.empty()) {
        char* to = reserve(1);
        const size_t count = std::min(bytes.size(), last_->room());
        std::memcpy(to, bytes.data(), count);
        commit(count);
        bytes.remove_prefix(count);
    }
}

void Chain::append(std::span<const std::string_view> pieces)
{
    size_t total = 0;
    for (const auto piece : pieces) total += piece.size();
    if (total > Block::capacity) {
        for (const auto piece : pieces) append(piece);
        return;
    }
    if (total == 0) return;
    char* to = reserve(total);
    for (const auto piece : pieces) {
        if (!piece.empty()) std::memcpy(to, piece.data(), piece.size());
        to += piece.size();
    }
    commit(total);
}

int Chain::peek(iovec* vectors, int count) const
{
    int used = 0;
    for (Block* block = first_; block && used < count; block = block->next) {
        if (block->size() > 0) vectors[used++] = {block->bytes + block->begin, block->size()};
    }
    return used;
}

void Chain::consume(size_t bytes)
{
    size_ -= bytes;
    while (first_ && first_->size() <= bytes) {
        bytes -= first_->size();
        Block* empty = std::exchange(first_, first_->next);
        pool_->give_back(empty);
    }
    if (first_) {
        first_->begin += static_cast<unsigned>(bytes);
    } else {
        last_ = nullptr;
    }
}

void Chain::clear()
{
    consume(size_);
}

} // namespace signet
