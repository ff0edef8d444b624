#include "server/status_board.h"

#include "base/clock.h"

#include <algorithm>

namespace signet::server {
namespace {

constexpr size_t line = alignof(WorkerStatus);

constexpr size_t whole_lines(size_t size)
{
    return (size + line - 1) / line * line;
}

template <class Visit> void for_each_number(Visit visit)
{
    using T = WorkerTotals;
    constexpr SharedNumber T::*numbers[] = {
        &T::requests,
        &T::bytes_in,
        &T::bytes_out,
        &T::duration_micros,
        &T::connections,
        &T::connections_turned_away,
        &T::tls_full,
        &T::tls_resumed,
        &T::requests_queued,
        &T::requests_refused,
        &T::path_hits,
        &T::path_misses,
        &T::cpu_user_micros,
        &T::cpu_system_micros,
        &T::handshake_work_micros,
        &T::resumption_work_micros,
        &T::tls_renegotiations_refused,
        &T::tls_clients_refused,
        &T::early_data_taken,
        &T::early_data_answered_425,
    };
    for (const auto number : numbers) visit(number);
}

template <class Visit> void for_each_histogram(Visit visit)
{
    using T = WorkerTotals;
    for (const auto one : {&T::hello_wait, &T::handshake_work, &T::handshake_whole}) visit(one);
}

} // namespace

// A slot lives in zeroed shared memory: all zero must be a valid, free slot.
static_assert(std::atomic<WorkerStatus::State>::is_always_lock_free);
static_assert(WorkerStatus::State{} == WorkerStatus::State::free);

void WorkerTotals::add(const WorkerTotals& other)
{
    for_each_number([&](SharedNumber WorkerTotals::*number) { this->*number += other.*number; });
    for (size_t i = 0; i < tls_failures.size(); ++i) tls_failures[i] += other.tls_failures[i];
    for (size_t i = 0; i < early_data_refused.size(); ++i)
        early_data_refused[i] += other.early_data_refused[i];
    for_each_histogram([&](Histogram WorkerTotals::*one) {
        for (size_t i = 0; i < (this->*one).size(); ++i) (this->*one)[i] += (other.*one)[i];
    });
}

void WorkerTotals::reset()
{
    for_each_number([&](SharedNumber WorkerTotals::*number) { this->*number = 0; });
    for (auto& failures : tls_failures) failures = 0;
    for (auto& refusals : early_data_refused) refusals = 0;
    for_each_histogram([&](Histogram WorkerTotals::*one) {
        for (auto& count : this->*one) count = 0;
    });
}

void WorkerTotals::count_tls_failure(int id)
{
    const auto index = static_cast<size_t>(id - first_tls_failure);
    if (id >= first_tls_failure && index < tls_failures.size()) tls_failures[index] += 1;
}

void WorkerTotals::count_duration(Histogram& histogram, uint64_t micros)
{
    const auto bucket = std::ranges::lower_bound(handshake_limits, micros);
    histogram[static_cast<size_t>(bucket - handshake_limits.begin())] += 1;
}

Result<StatusBoard> StatusBoard::create(size_t slots)
{
    const size_t detailed = std::min(slots, detailed_slots);
    auto memory = SharedMemory::create("signet-scoreboard",
                                       whole_lines(sizeof(Header)) + slots * sizeof(WorkerStatus)
                                           + detailed * WorkerStatus::max_connections
                                                 * sizeof(ConnectionStatus));
    if (!memory) return std::unexpected(memory.error());
    StatusBoard board(std::move(*memory), slots);
    board.restarted(wall_micros() / 1'000'000);
    return board;
}

std::span<WorkerStatus> StatusBoard::slots() const
{
    auto* first = memory_.data() + whole_lines(sizeof(Header));
    return {reinterpret_cast<WorkerStatus*>(first), slots_};
}

std::span<ConnectionStatus> StatusBoard::connections_of(const WorkerStatus& slot) const
{
    const auto index = static_cast<size_t>(&slot - slots().data());
    if (index >= std::min(slots_, detailed_slots)) return {};
    auto* first = memory_.data() + whole_lines(sizeof(Header)) + slots_ * sizeof(WorkerStatus);
    constexpr size_t count = WorkerStatus::max_connections;
    return {reinterpret_cast<ConnectionStatus*>(first) + index * count, count};
}

WorkerStatus* StatusBoard::take(uint64_t generation, int64_t now)
{
    for (auto& slot : slots()) {
        if (slot.state != WorkerStatus::State::free) continue;
        slot.pid = 0;
        slot.generation = generation;
        slot.started = now;
        slot.connections_open = 0;
        slot.totals.reset();
        for (auto& count : slot.connections_by_activity) count = 0;
        slot.accepting = 0;
        slot.capacity = 0;
        slot.fibers = 0;
        slot.paths = 0;
        for (auto& connection : connections_of(slot)) {
            if (connection.connection == 0) continue; // its page was never touched
            using C = ConnectionStatus;
            constexpr SharedNumber C::*numbers[] = {
                &C::activity,      &C::connection, &C::requests,        &C::bytes,
                &C::slot_requests, &C::slot_bytes, &C::duration_micros,
            };
            for (const auto number : numbers) connection.*number = 0;
        }
        slot.state = WorkerStatus::State::starting;
        return &slot;
    }
    return nullptr;
}

void StatusBoard::free(WorkerStatus& slot)
{
    header().ended.add(slot.totals);
    slot.totals.reset();
    slot.pid = 0;
    slot.state = WorkerStatus::State::free;
}

void StatusBoard::restarted(int64_t now)
{
    header().restart_time = static_cast<uint64_t>(now);
    header().configurations += 1;
    header().ended.reset();
}

void StatusBoard::reloaded()
{
    header().configurations += 1;
    header().graceful_restarts += 1;
}

int64_t StatusBoard::restart_time() const
{
    return static_cast<int64_t>(uint64_t{header().restart_time});
}

} // namespace signet::server
