#include "modules/mod_proxy/link.h"

#include "base/text.h"
#include "modules/mod_proxy/config.h"
#include "net/resolve.h"
#include "server/configuration.h"
#include "server/providers.h"
#include "server/request.h"
#include "server/worker.h"
#include "tls/client_stream.h"

#include <algorithm>

#include <array>
#include <utility>

namespace signet::mod_proxy {
namespace {

// How long a backend's addresses are believed.
constexpr std::chrono::seconds names_hold{60};
// An idle connection that nobody asked for is older than most backends keep theirs.
constexpr std::chrono::seconds default_ttl{60};
constexpr size_t default_kept = 64;
// What a backend says while it is still being told the request waits here.
constexpr size_t most_heard = size_t{256} * 1024;

// Has the other end closed it, or said something unasked? Nothing may be waiting but tickets and
// the like.
bool is_quiet(BackendState::Idle& idle)
{
    std::array<char, 4096> buffer;
    while (true) {
        const auto result = idle.socket.read(buffer);
        if (result.would_block()) return true;
        if (!idle.tls || !result.done()) return false;
        idle.tls->feed({buffer.data(), result.bytes});
        std::array<char, 1> byte;
        const auto said = idle.tls->read(byte);
        if (!said || *said) return false;
    }
}

bool wants_tls(const Route& route)
{
    return iequals(route.parts.scheme, "https") || iequals(route.parts.scheme, "wss");
}

// SNI, and what the certificate is checked for: the backend's name, or the client's Host where that
// is what the backend gets.
std::string tls_name(const Config& config, const Route& route, const server::Request& request)
{
    std::string_view name = route.parts.host;
    if (config.preserve_host.value_or(false) && !request.hostname.empty()) name = request.hostname;
    if (name.starts_with('[')) name = name.substr(1, name.size() - 2);
    return std::string(name);
}

} // namespace

Link::Link(const server::Request& request, const Route& route)
    : request_(request)
    , route_(route)
    , state_(route.backend->state.get())
    , socket_(request.worker->loop)
{
    if (state_) ++state_->busy;
}

Link::~Link()
{
    if (state_) --state_->busy;
}

bool Link::is_tls() const
{
    return tls_ != nullptr;
}

bool Link::take_idle(const tls::ClientContext* context, std::string_view name)
{
    if (!route_.backend->may_reuse()) return false;
    const auto ttl = route_.backend->parameters.ttl.value_or(default_ttl);
    auto& list = state_->idle;
    for (size_t i = list.size(); i-- > 0;) {
        const bool is_alike =
            context ? list[i].tls && list[i].tls->is_like(*context, name) : !list[i].tls;
        if (!is_alike) continue;
        auto idle = std::move(list[i]);
        list.erase(list.begin() + static_cast<ptrdiff_t>(i));
        if (Monotonic::now() - idle.since > ttl || !is_quiet(idle)) continue;
        if (!socket_.adopt(std::move(idle.socket))) continue;
        tls_ = std::move(idle.tls);
        return true;
    }
    return false;
}

std::expected<void, LinkFailure> Link::open(const Config& config, bool fresh)
{
    const auto& parameters = route_.backend->parameters;
    if (state_ && state_->failed && !parameters.ignores_errors.value_or(false)) {
        const auto rest = parameters.retry.value_or(std::chrono::seconds(60));
        if (Monotonic::now() - state_->failed_at < rest)
            return std::unexpected(
                LinkFailure{.stage = LinkFailure::Stage::resting, .error = {.text = "it rests"}});
    }
    std::shared_ptr<const tls::ClientContext> context;
    const auto name = tls_name(config, route_, request_);
    if (wants_tls(route_)) {
        auto made = request_.configuration->providers->proxy_tls(request_);
        if (!made)
            return std::unexpected(
                LinkFailure{.stage = LinkFailure::Stage::tls, .error = made.error()});
        context = std::move(*made);
    }
    reused_ = !fresh && take_idle(context.get(), name);
    if (reused_) return {};
    auto connected = connect();
    if (state_ && (connected || connected.error().error.kind != Error::Kind::cancelled)) {
        state_->failed = !connected && connected.error().stage == LinkFailure::Stage::connect;
        state_->failures += state_->failed;
        state_->failed_at = Monotonic::now();
    }
    if (!connected || !context) return connected;
    tls_ = std::make_unique<tls::ClientStream>(std::move(context), name);
    if (auto done = shake_hands(); !done)
        return std::unexpected(
            LinkFailure{.stage = LinkFailure::Stage::tls, .error = done.error()});
    return {};
}

Result<void> Link::flush_tls()
{
    const auto bytes = tls_->take_output();
    if (bytes.empty()) return {};
    return socket_.write(bytes, heard_, most_heard, route_.patience);
}

// Not on the stack: requests of one fiber may be nested.
Result<size_t> Link::feed_tls(milliseconds limit)
{
    constexpr size_t size = size_t{16} * 1024;
    if (!records_) records_ = std::make_unique_for_overwrite<char[]>(size);
    const auto count = socket_.read({records_.get(), size}, limit);
    if (count) tls_->feed({records_.get(), *count});
    return count;
}

Result<void> Link::shake_hands()
{
    while (true) {
        tls_->feed(std::exchange(heard_, {}));
        const auto done = tls_->handshake();
        if (auto flushed = flush_tls(); done && !flushed) return flushed;
        if (!done) return std::unexpected(done.error());
        if (*done) return {};
        if (!heard_.empty()) continue;
        const auto count = feed_tls(route_.connect_patience);
        if (!count) return std::unexpected(count.error());
        if (*count == 0) return fail("it closed the connection");
    }
}

std::expected<void, LinkFailure> Link::connect()
{
    LinkFailure::Stage stage = LinkFailure::Stage::connect;
    const auto connected = route_.parts.socket.empty()
                               ? connect_to_host(stage)
                               : socket_.connect_unix(route_.parts.socket, route_.connect_patience);
    if (!connected) return std::unexpected(LinkFailure{.stage = stage, .error = connected.error()});
    return {};
}

// The addresses one after the other.
Result<void> Link::connect_to_host(LinkFailure::Stage& stage)
{
    std::vector<net::Address> addresses;
    const bool is_known =
        state_ && state_->addresses && Monotonic::now() - state_->resolved_at < names_hold;
    if (is_known) {
        addresses = *state_->addresses;
    } else {
        const auto& parts = route_.parts;
        auto found = net::resolve(request_.worker->helpers(), parts.host,
                                  parts.port != 0 ? parts.port : default_port(parts.scheme));
        if (!found) {
            stage = LinkFailure::Stage::resolve;
            return std::unexpected(found.error());
        }
        addresses = std::move(*found);
        if (state_) {
            state_->addresses = addresses;
            state_->resolved_at = Monotonic::now();
        }
    }
    Result<void> connected = fail("it has no address");
    for (const auto& address : addresses) {
        connected = socket_.connect(address, route_.connect_patience);
        if (connected || connected.error().kind == Error::Kind::cancelled) break;
    }
    return connected;
}

Result<size_t> Link::read_tls(std::span<char> into, milliseconds limit)
{
    while (true) {
        tls_->feed(std::exchange(heard_, {}));
        const auto count = tls_->read(into);
        if (!count) return std::unexpected(count.error());
        if (auto flushed = flush_tls(); !flushed) return std::unexpected(flushed.error());
        if (*count) return **count;
        if (!heard_.empty()) continue;
        const auto arrived = feed_tls(limit);
        if (!arrived) return arrived;
        if (*arrived == 0) return 0;
    }
}

Result<size_t> Link::read(std::span<char> into, milliseconds limit)
{
    Result<size_t> count = 0;
    if (tls_) {
        count = read_tls(into, limit);
    } else if (!heard_.empty()) {
        count = heard_.copy(into.data(), into.size());
        heard_.erase(0, *count);
    } else {
        count = socket_.read(into, limit);
    }
    if (count && state_) state_->bytes_from += *count;
    return count;
}

Result<void> Link::write(std::string_view bytes)
{
    if (state_) state_->bytes_to += bytes.size();
    if (!tls_) return socket_.write(bytes, heard_, most_heard, route_.patience);
    constexpr size_t piece = size_t{64} * 1024;
    while (!bytes.empty()) {
        if (auto written = tls_->write(bytes.substr(0, piece)); !written) return written;
        if (auto flushed = flush_tls(); !flushed) return flushed;
        bytes.remove_prefix(std::min(bytes.size(), piece));
    }
    return {};
}

void Link::keep()
{
    if (!route_.backend->may_reuse() || !heard_.empty()) return;
    const auto& parameters = route_.backend->parameters;
    const auto now = Monotonic::now();
    const auto ttl = parameters.ttl.value_or(default_ttl);
    auto& idle = state_->idle; // those that have waited longest come first
    std::erase_if(idle, [&](const BackendState::Idle& one) { return now - one.since > ttl; });
    if (idle.size() >= parameters.kept.value_or(default_kept)) return;
    idle.push_back({.socket = socket_.release(), .tls = std::move(tls_), .since = now});
}

} // namespace signet::mod_proxy
