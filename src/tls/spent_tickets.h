// Which session tickets have been used for early data: each may be used once, or whoever recorded a
// client's first packet could have its request run again.   RFC 8446 §8.1
#pragma once
#include "base/shared_memory.h"

#include <array>
#include <cstdint>

namespace signet::tls {

// One table for all workers, made by the master before it forks. There is no lock that a worker
// could die with. In doubt a ticket counts as used: then the client waits one round trip more.
class SpentTickets {
public:
    // What tells tickets apart: 32 bytes of a good hash.
    using Identity = std::array<unsigned char, 32>;
    enum class Verdict : uint8_t {
        granted, // never used before; now it is
        spent,
        full, // or the clock cannot be trusted
    };
    static constexpr size_t usual_places = size_t{1} << 17; // 1 MiB

    // `places`: a power of two, at least 16. `now`: seconds of the wall clock, here and below.
    [[nodiscard]] static Result<SpentTickets> create(size_t places, int64_t now);
    SpentTickets(SpentTickets&&) = default;

    // Of all that ask for one ticket, in any process, one at most gets `granted`. The ticket
    // resumes nothing from `expires` on: then its place is free again.
    [[nodiscard]] Verdict claim(const Identity& ticket, int64_t expires, int64_t now) const;
    // When the table was made. Nobody knows which tickets were used before.
    [[nodiscard]] int64_t born() const;

private:
    struct Table;
    explicit SpentTickets(SharedMemory memory)
        : memory_(std::move(memory))
    {
    }
    [[nodiscard]] Table& table() const;

    SharedMemory memory_;
};

} // namespace signet::tls
