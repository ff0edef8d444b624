// What every worker is doing, in memory that the master and all workers share: supervision and
// mod_status read it, each worker writes its own part.
#pragma once
#include "base/result.h"
#include "base/shared_memory.h"
#include "net/address.h"
#include "server/shared_values.h"
#include "tls/early_data_refusal.h"

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <sys/types.h>
#include <utility>

namespace signet::server {

// What a connection is busy with.
enum class Activity : uint8_t {
    none,       // no connection (any more), or nothing received yet
    reading,    // a request is arriving, or the handshake is under way
    working,    // a request is being answered
    sending,    // the answer is complete and waits for a slow client
    keep_alive, // waits for the next request
    closing,
};
inline constexpr size_t activity_count = static_cast<size_t>(Activity::closing) + 1;

// One connection after the other, as ExtendedStatus shows them. What the last one did stays.
struct ConnectionStatus {
    SharedNumber activity;        // Activity
    SharedNumber connection;      // counts connections of this slot; 0: never used
    SharedNumber requests;        // of this connection
    SharedNumber slot_requests;   // of all connections that used the slot
    SharedNumber bytes;           // sent on this connection
    SharedNumber slot_bytes;      // sent on all others before
    SharedNumber started_micros;  // wall clock of the last request
    SharedNumber last_micros;     // how long it took
    SharedNumber duration_micros; // all requests of the slot together
    SharedValue<net::Address> client;
    SharedText<16> protocol;
    SharedText<56> vhost;
    SharedText<64> request; // Apache keeps 63 bytes, too; SeeRequestTail: which
};

// Numbers that only grow, of one worker; the master keeps the sums of those that have ended.
struct WorkerTotals {
    static constexpr int first_tls_failure = 300; // catalogue ids of the TLS range
    SharedNumber requests, bytes_in, bytes_out, duration_micros;
    SharedNumber connections, connections_turned_away;
    SharedNumber tls_full, tls_resumed;
    SharedNumber requests_queued, requests_refused; // for want of a fiber
    SharedNumber path_hits, path_misses;
    SharedNumber cpu_user_micros, cpu_system_micros;
    std::array<SharedNumber, 100> tls_failures; // by catalogue id
    // How long full handshakes took: until the ClientHello was there, our own computing, and from
    // the ClientHello to the end. One count per bucket of `handshake_limits`, the last without end.
    static constexpr std::array<uint64_t, 7> handshake_limits{
        1'000, 5'000, 25'000, 100'000, 1'000'000, 5'000'000, 30'000'000};
    using Histogram = std::array<SharedNumber, handshake_limits.size() + 1>;
    Histogram hello_wait, handshake_work, handshake_whole;
    SharedNumber handshake_work_micros, resumption_work_micros; // sums, for advice
    SharedNumber tls_renegotiations_refused;
    SharedNumber tls_clients_refused; // that did not show what a directory demands
    SharedNumber early_data_taken, early_data_answered_425; // connections; requests on early data
    std::array<SharedNumber, tls::early_data_refusals> early_data_refused; // by EarlyDataRefusal

    void add(const WorkerTotals& other);
    void reset();
    void count_tls_failure(int id);
    static void count_duration(Histogram& histogram, uint64_t micros);
};

// One worker. All zero is a free slot. Aligned so that no two workers write to one cache line.
struct alignas(64) WorkerStatus {
    enum class State : uint32_t { free, starting, serving, stopping };
    static constexpr size_t max_connections = 256; // with details; others are only counted

    std::atomic<State> state;
    std::atomic<pid_t> pid;
    std::atomic<uint64_t> generation;
    std::atomic<int64_t> started; // wall clock, seconds

    WorkerTotals totals;
    SharedNumber connections_open;
    std::array<SharedNumber, activity_count> connections_by_activity;
    SharedNumber accepting; // 1, or 0 while it is full
    SharedNumber capacity;  // requests it may work on at a time, 0: as many as it can
    SharedNumber fibers;    // requests that wait for something, as of the last second
    SharedNumber paths;     // in the path cache
};

// Made by the master before it forks; survives reloads.
class StatusBoard {
public:
    static constexpr size_t default_slots = 4096; // old generations may linger beside the new one
    static constexpr size_t detailed_slots = 256; // workers whose connections are listed

    [[nodiscard]] static Result<StatusBoard> create(size_t slots = default_slots);
    // A free slot, now `starting`; nullptr when all are taken.
    [[nodiscard]] WorkerStatus* take(uint64_t generation, int64_t now);
    // The worker is gone; what it counted goes into ended().
    void free(WorkerStatus& slot);
    // A restart that is not graceful begins to count anew, as Apache does.
    void restarted(int64_t now);
    void reloaded();

    [[nodiscard]] std::span<WorkerStatus> slots() const;
    // The connections of a worker; none when it has no room for them.
    [[nodiscard]] std::span<ConnectionStatus> connections_of(const WorkerStatus& slot) const;
    [[nodiscard]] const WorkerTotals& ended() const { return header().ended; }
    [[nodiscard]] int64_t restart_time() const;
    [[nodiscard]] uint64_t configurations() const { return header().configurations; }
    [[nodiscard]] uint64_t graceful_restarts() const { return header().graceful_restarts; }

private:
    struct Header {
        SharedNumber restart_time; // wall clock, seconds
        SharedNumber configurations;
        SharedNumber graceful_restarts;
        WorkerTotals ended;
    };
    StatusBoard(SharedMemory memory, size_t slots)
        : memory_(std::move(memory))
        , slots_(slots)
    {
    }
    [[nodiscard]] Header& header() const { return *reinterpret_cast<Header*>(memory_.data()); }

    SharedMemory memory_;
    size_t slots_;
};

} // namespace signet::server
