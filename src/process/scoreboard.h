// What every worker is doing, in memory that master and workers share: supervision and mod_status
// read it, each worker writes its own slot.
#pragma once
#include "base/result.h"
#include "base/shared_memory.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/types.h>

namespace signet::process {

// One worker. Relaxed atomics: readers want a recent picture, not a consistent one.
struct WorkerSlot {
    enum class State : uint32_t { free, starting, serving, stopping };
    std::atomic<State> state;
    std::atomic<pid_t> pid;
    std::atomic<uint64_t> generation;
    std::atomic<int64_t> started; // wall clock, seconds
    std::atomic<uint64_t> connections_open;
    std::atomic<uint64_t> connections_begun;
    std::atomic<uint64_t> requests;
};

// Made by the master before it forks; survives reloads.
class Scoreboard {
public:
    static constexpr size_t default_slots = 4096; // old generations may linger beside the new one

    [[nodiscard]] static Result<Scoreboard> create(size_t slots = default_slots);
    // A free slot, now `starting`; nullptr when all are taken.
    [[nodiscard]] WorkerSlot* take(uint64_t generation, int64_t now);
    static void free(WorkerSlot& slot);
    [[nodiscard]] std::span<WorkerSlot> slots() const;

private:
    explicit Scoreboard(SharedMemory memory, size_t slots)
        : memory_(std::move(memory))
        , slots_(slots)
    {
    }
    SharedMemory memory_;
    size_t slots_;
};

} // namespace signet::process
