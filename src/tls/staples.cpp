#include "tls/staples.h"

#include "pki/ocsp.h"

#include <atomic>
#include <cstring>

namespace signet::tls {
namespace {

constexpr size_t places_per_block = 64; // untouched pages cost nothing

struct Buffer {
    int64_t usable_until;
    int64_t due;
    uint32_t size;
    bool is_answer;
    char bytes[pki::max_ocsp_response];
};

} // namespace

// The nth publication is in buffer n % 2, so the writer never touches what is being read, unless
// two publications pass meanwhile: the reader sees that and begins again.
struct Staples::Place {
    std::atomic<uint64_t> published; // how often; 0: never
    Buffer buffers[2];
};

Staples::Place& Staples::at(size_t place) const
{
    return reinterpret_cast<Place*>(
        blocks_[place / places_per_block].data())[place % places_per_block];
}

Result<size_t> Staples::add()
{
    if (count_ == blocks_.size() * places_per_block) {
        auto block = SharedMemory::create("signet-staples", places_per_block * sizeof(Place));
        if (!block) return std::unexpected(block.error());
        blocks_.push_back(std::move(*block));
    }
    return count_++;
}

bool Staples::publish(size_t place, const Content& content)
{
    if (content.response.size() > pki::max_ocsp_response) return false;
    Place& here = at(place);
    const uint64_t next = here.published.load(std::memory_order_relaxed) + 1;
    Buffer& buffer = here.buffers[next % 2];
    buffer.usable_until = content.usable_until;
    buffer.due = content.due;
    buffer.is_answer = content.is_answer;
    buffer.size = static_cast<uint32_t>(content.response.size());
    std::memcpy(buffer.bytes, content.response.data(), content.response.size());
    here.published.store(next, std::memory_order_seq_cst);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return true;
}

std::optional<Staples::Content> Staples::read(size_t place) const
{
    const Place& here = at(place);
    while (true) {
        const uint64_t seen = here.published.load(std::memory_order_acquire);
        if (seen == 0) return std::nullopt;
        const Buffer& buffer = here.buffers[seen % 2];
        const size_t size = std::min<size_t>(buffer.size, sizeof buffer.bytes);
        Content content{.response = std::string(buffer.bytes, size),
                        .is_answer = buffer.is_answer,
                        .usable_until = buffer.usable_until,
                        .due = buffer.due};
        std::atomic_thread_fence(std::memory_order_acquire);
        if (here.published.load(std::memory_order_relaxed) == seen) return content;
    }
}

std::string Staple::response(int64_t now) const
{
    if (!staples) return {};
    auto content = staples->read(place);
    if (!content) return {};
    const bool expired = content->usable_until != 0 && content->usable_until < now;
    if (content->is_answer ? expired : !return_errors) return {};
    return std::move(content->response);
}

} // namespace signet::tls
