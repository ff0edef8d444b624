#include "process/scoreboard.h"

#include <utility>

namespace signet::process {

// A slot lives in zeroed shared memory: all zero must be a valid, free slot.
static_assert(std::atomic<WorkerSlot::State>::is_always_lock_free);
static_assert(std::atomic<uint64_t>::is_always_lock_free);
static_assert(WorkerSlot::State{} == WorkerSlot::State::free);

Result<Scoreboard> Scoreboard::create(size_t slots)
{
    auto memory = SharedMemory::create("signet-scoreboard", slots * sizeof(WorkerSlot));
    if (!memory) return std::unexpected(memory.error());
    return Scoreboard(std::move(*memory), slots);
}

std::span<WorkerSlot> Scoreboard::slots() const
{
    return {reinterpret_cast<WorkerSlot*>(memory_.data()), slots_};
}

WorkerSlot* Scoreboard::take(uint64_t generation, int64_t now)
{
    for (auto& slot : slots()) {
        if (slot.state != WorkerSlot::State::free) continue;
        slot.pid = 0;
        slot.generation = generation;
        slot.started = now;
        slot.connections_open = slot.connections_begun = slot.requests = 0;
        slot.state = WorkerSlot::State::starting;
        return &slot;
    }
    return nullptr;
}

void Scoreboard::free(WorkerSlot& slot)
{
    slot.pid = 0;
    slot.state = WorkerSlot::State::free;
}

} // namespace signet::process
