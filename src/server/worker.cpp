#include "server/worker.h"

#include "http/date.h"
#include "http/writer.h"
#include "server/banner.h"
#include "server/configuration.h"
#include "server/connection.h"
#include "server/early_data.h"
#include "server/error_log.h"
#include "server/exchange.h"
#include "server/password_checker.h"
#include "server/path_cache.h"
#include "server/scope_table.h"
#include "server/vhosts.h"

#include <algorithm>
#include <cstring>
#include <sys/resource.h>
#include <unistd.h>

namespace signet::server {
namespace {

constexpr size_t max_spare_exchanges = 256;
constexpr int reached_limit = 250; // diagnosis/request_entries.cpp

net::FiberPool::Options fiber_options(const Capacity& capacity)
{
    net::FiberPool::Options options;
    if (capacity.requests != 0) options.limit = std::min<size_t>(options.limit, capacity.requests);
    return options;
}

uint64_t micros(const timeval& time)
{
    return static_cast<uint64_t>(time.tv_sec) * 1'000'000 + static_cast<uint64_t>(time.tv_usec);
}
// They wait for resolvers and disks, not for the processor.
constexpr unsigned max_helper_threads = 8;

} // namespace

Worker::Worker(net::Loop& event_loop, std::shared_ptr<const Configuration> generation,
               const Capacity& limits, StatusBoard* shared_board, WorkerStatus* place)
    : loop(event_loop)
    , capacity(limits)
    , fibers(fiber_options(limits))
    , fiber_queue(event_loop, fibers, limits)
    , configuration(std::move(generation))
    , vhosts(std::make_unique<VirtualHosts>(*configuration))
    , scopes(std::make_unique<ScopeTable>())
    , paths(std::make_unique<PathCache>(event_loop, *scopes, *configuration))
    , banner(server_banner(*configuration))
    , log_name(process_log_name())
    , own_status_(place ? nullptr : std::make_unique<WorkerStatus>())
    , status_(place ? place : own_status_.get())
    , board_(shared_board)
    , helpers_(event_loop, max_helper_threads)
    , reaper_(event_loop)
{
    status_->pid = ::getpid();
    status_->capacity = capacity.requests;
    status_->accepting = 1;
    if (!board_ || !place || !configuration->process.extended_status.value_or(false)) return;
    places_ = board_->connections_of(*place);
    for (size_t i = places_.size(); i-- > 0;) free_places_.push_back(static_cast<uint16_t>(i));
}

Worker::~Worker()
{
    abort_connections();
    while (connections_) loop.turn(std::chrono::milliseconds(0));
    loop.undefer(this);
}

const DateStrings& Worker::dates()
{
    const int64_t second = loop.wall_micros() / 1'000'000;
    if (second != dates_.second) {
        dates_.second = second;
        const auto text = http::date_text(second);
        std::memcpy(dates_.http, text.view().data(), sizeof dates_.http);
        dates_.lines.clear();
        http::write_head(dates_.lines).field("Date", text.view()).field("Server", banner);
    }
    return dates_;
}

net::HelperThreads& Worker::responder_threads()
{
    constexpr unsigned threads = 8;
    if (!responder_threads_)
        responder_threads_ = std::make_unique<net::HelperThreads>(loop, threads);
    return *responder_threads_;
}

PasswordChecker& Worker::passwords()
{
    if (!passwords_) passwords_ = std::make_unique<PasswordChecker>(loop);
    return *passwords_;
}

std::unique_ptr<Exchange> Worker::take_exchange(Peer& peer)
{
    std::unique_ptr<Exchange> exchange;
    if (exchanges_.empty()) {
        exchange = std::make_unique<Exchange>();
    } else {
        exchange = std::move(exchanges_.back());
        exchanges_.pop_back();
    }
    exchange->first.request.peer = &peer;
    if (peer.proxied) exchange->first.request.proxied_client = &*peer.proxied;
    return exchange;
}

void Worker::give_back(std::unique_ptr<Exchange> exchange)
{
    auto& totals = status_->totals;
    totals.requests += 1;
    const Request& request = exchange->first.request;
    if (exchange->final->response.status == 425 && request.notes.has(early_data_note))
        totals.early_data_answered_425 += 1;
    const int64_t since = request.start_micros == 0 ? 0 : loop.wall_micros() - request.start_micros;
    const auto took = static_cast<uint64_t>(std::max<int64_t>(since, 0));
    totals.duration_micros += took;
    if (auto* place = request.peer ? request.peer->place : nullptr) {
        place->requests += 1;
        place->slot_requests += 1;
        place->last_micros = took;
        place->duration_micros += took;
        place->bytes = request.peer->bytes_out;
    }
    flush_logs_soon();
    if (exchanges_.size() >= max_spare_exchanges) return;
    exchange->reset();
    exchanges_.push_back(std::move(exchange));
}

void Worker::flush_logs_soon()
{
    if (flush_scheduled_) return;
    flush_scheduled_ = true;
    loop.defer(
        [](void* argument) {
            auto& self = *static_cast<Worker*>(argument);
            self.flush_scheduled_ = false;
            self.configuration->log_sinks->flush_all();
        },
        this);
}

void Worker::add(Connection& connection)
{
    connection.next_ = connections_;
    if (connections_) connections_->previous_ = &connection;
    connections_ = &connection;
    ++connection_count_;
    ++connections_begun;
    status_->totals.connections += 1;
    status_->connections_open = connection_count_;
}

void Worker::remove(Connection& connection)
{
    if (connection.previous_) {
        connection.previous_->next_ = connection.next_;
    } else {
        connections_ = connection.next_;
    }
    if (connection.next_) connection.next_->previous_ = connection.previous_;
    status_->connections_open -= 1;
    if (--connection_count_ == 0 && stopping && on_drained) on_drained(on_drained_argument);
}

void Worker::stop_gracefully()
{
    stopping = true;
    for (Connection* at = connections_; at;) {
        Connection* next = at->next_;
        at->stop();
        at = next;
    }
    if (connection_count_ == 0 && on_drained) on_drained(on_drained_argument);
}

void Worker::make_room(size_t most)
{
    std::vector<Connection*> idle; // newest first
    for (Connection* at = connections_; at; at = at->next_) {
        if (at->waits_for_next_request()) idle.push_back(at);
    }
    for (size_t i = 0; i < std::min(most, idle.size()); ++i) idle[idle.size() - 1 - i]->give_way();
}

void Worker::report_full()
{
    constexpr std::chrono::minutes pause{1};
    if (reported_full_ != Monotonic::time_point{} && loop.now() - reported_full_ < pause) return;
    reported_full_ = loop.now();
    log_event(configuration->main, nullptr,
              {.severity = Severity::error,
               .module = "mpm_event",
               .apache_id = "AH00484",
               .id = reached_limit,
               .text = "server reached MaxRequestWorkers setting, consider raising the "
                       "MaxRequestWorkers setting"});
}

void Worker::publish()
{
    auto& totals = status_->totals;
    status_->fibers = fibers.running();
    status_->paths = paths->size();
    totals.path_hits = paths->hits();
    totals.path_misses = paths->misses();
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) != 0) return;
    totals.cpu_user_micros = micros(usage.ru_utime);
    totals.cpu_system_micros = micros(usage.ru_stime);
}

ConnectionStatus* Worker::take_place(Peer& peer)
{
    if (free_places_.empty()) return nullptr;
    ConnectionStatus& place = places_[free_places_.back()];
    free_places_.pop_back();
    place.connection += 1;
    place.slot_bytes += place.bytes;
    place.requests = 0;
    place.bytes = 0;
    place.client.store(peer.client);
    return peer.place = &place;
}

void Worker::leave_place(const Peer& peer)
{
    if (!peer.place) return;
    peer.place->activity = static_cast<uint64_t>(Activity::none);
    peer.place->bytes = peer.bytes_out;
    free_places_.push_back(static_cast<uint16_t>(peer.place - places_.data()));
}

void Worker::show_request(const Request& request)
{
    ConnectionStatus* place = request.peer->place;
    if (!place) return;
    static constexpr std::string_view protocols[] = {"http/0.9", "http/1.0", "http/1.1", "h2"};
    place->started_micros = static_cast<uint64_t>(request.start_micros);
    place->protocol.store(protocols[static_cast<size_t>(request.version)]);
    const auto name = request.arena.join(request.vhost->server_name, ":");
    std::string vhost(name);
    append_number(vhost, request.server_port());
    place->vhost.store(vhost);
    if (configuration->process.see_request_tail) {
        place->request.store_end(request.request_line);
    } else {
        place->request.store(request.request_line);
    }
}

void Worker::abort_connections()
{
    for (Connection* at = connections_; at; at = at->next_) at->abort();
}

} // namespace signet::server
