#include "server/worker.h"

#include "http/date.h"
#include "server/banner.h"
#include "server/configuration.h"
#include "server/connection.h"
#include "server/exchange.h"
#include "server/path_cache.h"
#include "server/scope_table.h"
#include "server/vhosts.h"

#include <cstring>

namespace signet::server {
namespace {

constexpr size_t max_spare_exchanges = 256;

} // namespace

Worker::Worker(net::Loop& event_loop, std::shared_ptr<const Configuration> generation)
    : loop(event_loop)
    , configuration(std::move(generation))
    , vhosts(std::make_unique<VirtualHosts>(*configuration))
    , scopes(std::make_unique<ScopeTable>())
    , paths(std::make_unique<PathCache>(event_loop, *scopes, *configuration))
    , banner(server_banner(*configuration))
{
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
    }
    return dates_;
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
    return exchange;
}

void Worker::give_back(std::unique_ptr<Exchange> exchange)
{
    ++requests_served;
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
}

void Worker::remove(Connection& connection)
{
    if (connection.previous_) {
        connection.previous_->next_ = connection.next_;
    } else {
        connections_ = connection.next_;
    }
    if (connection.next_) connection.next_->previous_ = connection.previous_;
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

void Worker::abort_connections()
{
    for (Connection* at = connections_; at; at = at->next_) at->abort();
}

} // namespace signet::server
