#include "tls/spent_tickets.h"

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

namespace signet::tls {
namespace {

// A place holds 32 bits of the ticket's identity and, in the lower half, when it expires: in
// seconds since the table was made, never 0. A place that is 0 was never used. Two tickets that
// look the same cost one of them its early data, nothing else.
using Place = std::atomic<uint64_t>;
static_assert(Place::is_always_lock_free);
constexpr size_t bucket_size = 16; // where a ticket may be: two cache lines

uint32_t expiry_of(uint64_t place)
{
    return static_cast<uint32_t>(place);
}
uint32_t mark_of(uint64_t place)
{
    return static_cast<uint32_t>(place >> 32);
}

} // namespace

struct SpentTickets::Table {
    int64_t born;
    size_t buckets; // a power of two

    Place* bucket(uint64_t hash)
    {
        return reinterpret_cast<Place*>(this + 1) + (hash & (buckets - 1)) * bucket_size;
    }
};

SpentTickets::Table& SpentTickets::table() const
{
    return *reinterpret_cast<Table*>(memory_.data());
}

Result<SpentTickets> SpentTickets::create(size_t places, int64_t now)
{
    if (places < bucket_size || !std::has_single_bit(places))
        return fail("a table of used tickets needs a power of two of places");
    auto memory =
        SharedMemory::create("signet-spent-tickets", sizeof(Table) + places * sizeof(Place));
    if (!memory) return std::unexpected(memory.error());
    SpentTickets tickets(std::move(*memory));
    tickets.table().born = now;
    tickets.table().buckets = places / bucket_size;
    return tickets;
}

int64_t SpentTickets::born() const
{
    return table().born;
}

SpentTickets::Verdict SpentTickets::claim(const Identity& ticket, int64_t expires,
                                          int64_t now) const
{
    auto& all = table();
    if (now < all.born) return Verdict::full;
    uint64_t hash = 0;
    uint32_t mark = 0;
    std::memcpy(&hash, ticket.data(), sizeof hash);
    std::memcpy(&mark, ticket.data() + sizeof hash, sizeof mark);
    Place* const first = all.bucket(hash);
    const auto age = static_cast<uint32_t>(now - all.born);
    const auto until = static_cast<uint32_t>(std::max(expires, now + 1) - all.born);
    const uint64_t mine = uint64_t{mark} << 32 | until;

    const auto is_spent = [&](const Place* except) {
        for (const Place* at = first; at != first + bucket_size; ++at) {
            const uint64_t seen = at->load();
            if (at != except && mark_of(seen) == mark && expiry_of(seen) > age) return true;
        }
        return false;
    };
    if (is_spent(nullptr)) return Verdict::spent;
    for (Place* at = first; at != first + bucket_size; ++at) {
        uint64_t seen = at->load();
        if (expiry_of(seen) > age || !at->compare_exchange_strong(seen, mine)) continue;
        // Somebody may have put the same ticket into another place at this moment. Each looks after
        // it has written, so one at least sees the other.
        return is_spent(at) ? Verdict::spent : Verdict::granted;
    }
    return Verdict::full;
}

} // namespace signet::tls
