#include "tls/session_cache.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <pthread.h>

namespace signet::tls {
namespace {

// Part of what adopt() compares: to be raised when the same bytes come to mean something else.
constexpr uint64_t layout_version = 1;
constexpr size_t least_bytes = 8192;
constexpr size_t stripe_bytes = 32 * 1024;
constexpr size_t typical_session = 200; // a TLS 1.2 session without client certificate, DER

struct Slot {
    uint32_t hash;
    uint32_t offset;
    uint16_t id_size;
    uint16_t size; // of id and session together
    bool live;
    uint32_t lifetime; // seconds it had when it came
    int64_t expires;
};

uint32_t hash_of(std::span<const unsigned char> id)
{
    uint32_t hash = 2166136261U; // FNV-1a
    for (const unsigned char byte : id) hash = (hash ^ byte) * 16777619U;
    return hash;
}

} // namespace

struct SessionCache::Header {
    uint64_t layout;
    uint64_t bytes; // what was asked for
    uint64_t stripe_size;
    uint64_t stripe_count;

    friend bool operator==(const Header&, const Header&) = default;
};

// A ring of slots over a ring of bytes, both first in, first out; one lock. Slots and bytes follow
// the struct.
struct SessionCache::Stripe {
    pthread_mutex_t mutex;
    Counters counters;
    uint32_t slot_count;
    uint32_t data_size;
    uint32_t first; // the oldest slot in use
    uint32_t used;  // slots in use, from `first` on
    uint32_t head;  // where the next session's bytes go

    Slot* slots() { return reinterpret_cast<Slot*>(this + 1); }
    unsigned char* data() { return reinterpret_cast<unsigned char*>(slots() + slot_count); }
    Slot& slot(uint32_t index) { return slots()[(first + index) % slot_count]; }

    void forget_all()
    {
        first = used = head = 0;
        counters.sessions = 0;
    }

    void drop_oldest()
    {
        first = (first + 1) % slot_count;
        used--;
    }

    // It could still have been resumed.
    void count_evicted(const Slot& slot, int64_t now)
    {
        const auto left = static_cast<uint64_t>(std::max<int64_t>(slot.expires - now, 0));
        const uint64_t age = slot.lifetime - std::min<uint64_t>(left, slot.lifetime);
        counters.evicted_age_least =
            counters.evicted == 0 ? age : std::min(counters.evicted_age_least, age);
        counters.evicted_age_most = std::max(counters.evicted_age_most, age);
        counters.evicted_age_sum += age;
        counters.evicted_left_sum += left;
        counters.evicted++;
        counters.sessions--;
    }

    void drop_expired(int64_t now)
    {
        while (used > 0 && (!slot(0).live || slot(0).expires <= now)) {
            if (slot(0).live) {
                counters.expired++;
                counters.sessions--;
            }
            drop_oldest();
        }
    }

    // Moves `head` to where `size` bytes fit, at the cost of the oldest sessions. `head` meeting
    // the oldest session's offset means full.
    void make_room(uint32_t size, int64_t now)
    {
        while (used > 0) {
            const uint32_t tail = slot(0).offset;
            if (used < slot_count) {
                if (head > tail) {
                    if (head + size <= data_size) return;
                    if (size <= tail) {
                        head = 0;
                        return;
                    }
                } else if (head < tail && head + size <= tail) {
                    return;
                }
            }
            if (slot(0).live) count_evicted(slot(0), now);
            drop_oldest();
        }
        head = 0;
    }

    Slot* find(std::span<const unsigned char> id)
    {
        const uint32_t hash = hash_of(id);
        for (uint32_t i = used; i-- > 0;) { // the newest first
            Slot& candidate = slot(i);
            if (candidate.live && candidate.hash == hash && candidate.id_size == id.size()
                && std::memcmp(data() + candidate.offset, id.data(), id.size()) == 0) {
                return &candidate;
            }
        }
        return nullptr;
    }
};

namespace {

// Holds a stripe's lock. When a process died holding it, what it was doing cannot be trusted.
template <class Stripe> class Lock {
public:
    explicit Lock(Stripe& stripe)
        : stripe_(stripe)
    {
        const int result = pthread_mutex_lock(&stripe_.mutex);
        if (result == EOWNERDEAD) {
            stripe_.forget_all();
            pthread_mutex_consistent(&stripe_.mutex);
        }
        held_ = result == 0 || result == EOWNERDEAD;
    }
    ~Lock()
    {
        if (held_) pthread_mutex_unlock(&stripe_.mutex);
    }
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;
    explicit operator bool() const { return held_; }

private:
    Stripe& stripe_;
    bool held_;
};

} // namespace

SessionCache::Header& SessionCache::header() const
{
    return *reinterpret_cast<Header*>(memory_.data());
}

SessionCache::Stripe& SessionCache::stripe(size_t index) const
{
    std::byte* const first = memory_.data() + sizeof(Header);
    return *reinterpret_cast<Stripe*>(first + index * header().stripe_size);
}

SessionCache::Stripe& SessionCache::stripe_of(std::span<const unsigned char> id) const
{
    return stripe((hash_of(id) >> 8) % header().stripe_count);
}

// Everything about a cache follows from its size.
SessionCache::Header SessionCache::header_for(size_t bytes)
{
    const size_t available = bytes - sizeof(Header);
    const size_t stripes = std::max<size_t>(1, available / stripe_bytes);
    return {.layout = layout_version << 32 | sizeof(Stripe) << 16 | sizeof(Slot),
            .bytes = bytes,
            .stripe_size = available / stripes & ~size_t{63},
            .stripe_count = stripes};
}

Result<SessionCache> SessionCache::create(size_t bytes)
{
    if (bytes < least_bytes) return fail("a session cache needs at least 8192 bytes");
    auto memory = SharedMemory::create("signet-session-cache", bytes);
    if (!memory) return std::unexpected(memory.error());
    memory->keep_out_of_core_dumps();
    SessionCache cache(std::move(*memory));
    cache.header() = header_for(bytes);

    pthread_mutexattr_t attributes;
    pthread_mutexattr_init(&attributes);
    pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
    const size_t space = cache.header().stripe_size - sizeof(Stripe);
    const size_t slots = space / (sizeof(Slot) + typical_session);
    for (size_t i = 0; i < cache.header().stripe_count; i++) {
        Stripe& stripe = cache.stripe(i); // zeroed by mmap
        pthread_mutex_init(&stripe.mutex, &attributes);
        stripe.slot_count = static_cast<uint32_t>(slots);
        stripe.data_size = static_cast<uint32_t>(space - slots * sizeof(Slot));
    }
    pthread_mutexattr_destroy(&attributes);
    return cache;
}

Result<SessionCache> SessionCache::adopt(FileDescriptor descriptor)
{
    auto memory = SharedMemory::open(std::move(descriptor));
    if (!memory) return std::unexpected(memory.error());
    memory->keep_out_of_core_dumps();
    SessionCache cache(std::move(*memory));
    const Header found = cache.header();
    if (found.bytes < least_bytes || found.bytes > cache.memory_.size()
        || found != header_for(found.bytes)) {
        return fail("a session cache in a layout that this version does not know");
    }
    return cache;
}

bool SessionCache::store(std::span<const unsigned char> id, std::span<const unsigned char> session,
                         int64_t expires, int64_t now)
{
    const size_t size = id.size() + session.size();
    Stripe& stripe = stripe_of(id);
    const Lock lock(stripe);
    if (!lock) return false;
    if (id.empty() || size > stripe.data_size || size > UINT16_MAX) {
        stripe.counters.too_large++;
        return false;
    }
    if (Slot* old = stripe.find(id)) {
        old->live = false;
        stripe.counters.sessions--;
    }
    stripe.drop_expired(now);
    stripe.make_room(static_cast<uint32_t>(size), now);

    Slot& slot = stripe.slot(stripe.used);
    slot = {.hash = hash_of(id),
            .offset = stripe.head,
            .id_size = static_cast<uint16_t>(id.size()),
            .size = static_cast<uint16_t>(size),
            .live = true,
            .lifetime = static_cast<uint32_t>(std::clamp<int64_t>(expires - now, 0, UINT32_MAX)),
            .expires = expires};
    std::ranges::copy(id, stripe.data() + stripe.head);
    std::ranges::copy(session, stripe.data() + stripe.head + id.size());
    stripe.head += static_cast<uint32_t>(size);
    stripe.used++;
    stripe.counters.stores++;
    stripe.counters.sessions++;
    return true;
}

std::optional<std::string> SessionCache::find(std::span<const unsigned char> id, int64_t now)
{
    Stripe& stripe = stripe_of(id);
    const Lock lock(stripe);
    if (!lock) return std::nullopt;
    Slot* slot = stripe.find(id);
    if (slot && slot->expires <= now) {
        slot->live = false;
        stripe.counters.expired++;
        stripe.counters.sessions--;
        slot = nullptr;
    }
    if (!slot) {
        stripe.counters.misses++;
        return std::nullopt;
    }
    stripe.counters.hits++;
    const auto* bytes = reinterpret_cast<const char*>(stripe.data() + slot->offset);
    return std::string(bytes + slot->id_size, bytes + slot->size);
}

void SessionCache::remove(std::span<const unsigned char> id)
{
    Stripe& stripe = stripe_of(id);
    const Lock lock(stripe);
    if (!lock) return;
    if (Slot* slot = stripe.find(id)) {
        slot->live = false;
        stripe.counters.removed++;
        stripe.counters.sessions--;
    }
}

SessionCache::Shape SessionCache::shape(int64_t now) const
{
    Shape shape{.bytes = header().bytes, .stripes = header().stripe_count};
    int64_t sum = 0, count = 0;
    for (size_t i = 0; i < header().stripe_count; i++) {
        Stripe& stripe = this->stripe(i);
        const Lock lock(stripe);
        shape.slots_per_stripe = stripe.slot_count;
        if (!lock || stripe.used == 0) continue;
        const int64_t left = std::max<int64_t>(stripe.slot(0).expires - now, 0);
        auto& oldest = shape.oldest_left;
        oldest = {0, oldest ? std::min(oldest->least, left) : left,
                  oldest ? std::max(oldest->most, left) : left};
        sum += left;
        ++count;
    }
    if (shape.oldest_left) shape.oldest_left->average = sum / count;
    return shape;
}

SessionCache::Counters SessionCache::counters() const
{
    Counters sum;
    for (size_t i = 0; i < header().stripe_count; i++) {
        Stripe& stripe = this->stripe(i);
        const Lock lock(stripe);
        if (!lock) continue;
        const Counters& one = stripe.counters;
        sum.stores += one.stores;
        sum.hits += one.hits;
        sum.misses += one.misses;
        sum.expired += one.expired;
        if (one.evicted > 0) {
            sum.evicted_age_least = sum.evicted == 0
                                        ? one.evicted_age_least
                                        : std::min(sum.evicted_age_least, one.evicted_age_least);
        }
        sum.evicted += one.evicted;
        sum.evicted_age_sum += one.evicted_age_sum;
        sum.evicted_age_most = std::max(sum.evicted_age_most, one.evicted_age_most);
        sum.evicted_left_sum += one.evicted_left_sum;
        sum.removed += one.removed;
        sum.too_large += one.too_large;
        sum.sessions += one.sessions;
    }
    return sum;
}

} // namespace signet::tls
