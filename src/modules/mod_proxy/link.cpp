#include "modules/mod_proxy/link.h"

#include "modules/mod_proxy/config.h"
#include "net/resolve.h"
#include "server/worker.h"

#include <array>

namespace signet::mod_proxy {
namespace {

// How long a backend's addresses are believed.
constexpr std::chrono::seconds names_hold{60};
// An idle connection that nobody asked for is older than most backends keep theirs.
constexpr std::chrono::seconds default_ttl{60};
constexpr size_t default_kept = 64;
// What a backend says while it is still being told the request waits here.
constexpr size_t most_heard = size_t{256} * 1024;

// Has the other end closed it, or said something unasked? Nothing may be waiting.
bool is_quiet(const net::Socket& socket)
{
    char byte = 0;
    const auto result = socket.read({&byte, 1});
    return result.would_block();
}

} // namespace

Link::Link(server::Worker& worker, const Route& route)
    : worker_(worker)
    , route_(route)
    , state_(route.backend->state.get())
    , socket_(worker.loop)
{
    if (state_) ++state_->busy;
}

Link::~Link()
{
    if (state_) --state_->busy;
}

bool Link::take_idle()
{
    if (!route_.backend->may_reuse()) return false;
    const auto ttl = route_.backend->parameters.ttl.value_or(default_ttl);
    while (!state_->idle.empty()) {
        auto idle = std::move(state_->idle.back());
        state_->idle.pop_back();
        if (Monotonic::now() - idle.since > ttl || !is_quiet(idle.socket)) continue;
        if (socket_.adopt(std::move(idle.socket))) return true;
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
    reused_ = !fresh && take_idle();
    if (reused_) return {};
    auto connected = connect(config);
    if (state_ && (connected || connected.error().error.kind != Error::Kind::cancelled)) {
        state_->failed = !connected && connected.error().stage == LinkFailure::Stage::connect;
        state_->failures += state_->failed;
        state_->failed_at = Monotonic::now();
    }
    return connected;
}

std::expected<void, LinkFailure> Link::connect(const Config& config)
{
    LinkFailure::Stage stage = LinkFailure::Stage::connect;
    const auto connected = route_.parts.socket.empty()
                               ? connect_to_host(config, stage)
                               : socket_.connect_unix(route_.parts.socket, route_.connect_patience);
    if (!connected) return std::unexpected(LinkFailure{.stage = stage, .error = connected.error()});
    return {};
}

// The addresses one after the other.
Result<void> Link::connect_to_host(const Config&, LinkFailure::Stage& stage)
{
    std::vector<net::Address> addresses;
    const bool is_known =
        state_ && state_->addresses && Monotonic::now() - state_->resolved_at < names_hold;
    if (is_known) {
        addresses = *state_->addresses;
    } else {
        const auto& parts = route_.parts;
        auto found = net::resolve(worker_.helpers(), parts.host,
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

Result<size_t> Link::read(std::span<char> into)
{
    if (!heard_.empty()) {
        const size_t count = heard_.copy(into.data(), into.size());
        heard_.erase(0, count);
        return count;
    }
    auto count = socket_.read(into, route_.patience);
    if (count && state_) state_->bytes_from += *count;
    return count;
}

Result<void> Link::write(std::string_view bytes)
{
    if (state_) state_->bytes_to += bytes.size();
    return socket_.write(bytes, heard_, most_heard, route_.patience);
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
    idle.push_back({.socket = socket_.release(), .since = now});
}

} // namespace signet::mod_proxy
