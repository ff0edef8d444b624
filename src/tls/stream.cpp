#include "tls/stream.h"

#include "tls/policy.h"
#include "tls/stream_core.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace signet::tls {
namespace {

constexpr size_t largest_piece = 16 * 1024;
constexpr size_t small_piece = 1400; // fits a packet together with its record

} // namespace

Stream::Stream(ContextSelector& selector)
    : core_(std::make_unique<Core>(selector))
{
}

Stream::~Stream()
{
    if (!core_->ssl) return;
    core_->out = nullptr;
    // A connection cut short says nothing against its session (RFC 5246 §7.2.1): keep it resumable.
    if (state_ != State::failed) {
        SSL_set_shutdown(core_->ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    }
}

void Stream::receive(std::span<char> bytes, Chain& out)
{
    if (!core_->input.empty()) impossible("tls::Stream::receive before next() or hold()");
    core_->input = bytes;
    core_->out = &out;
    switch (state_) {
    case State::handshaking: Handshake(*this).advance(); break;
    case State::established: break;
    case State::plain_http: core_->keep_input(); break;
    case State::closed:
    case State::failed: core_->input = {}; break; // nothing after the end counts
    }
    if (state_ == State::failed) core_->input = {};
}

std::span<char> Stream::next(Chain& out)
{
    auto& core = *core_;
    core.out = &out;
    if (core.plain_at < core.plain.size()) {
        const std::span<char> rest(core.plain.data() + core.plain_at,
                                   core.plain.size() - core.plain_at);
        core.plain_at = core.plain.size();
        return rest;
    }
    core.plain.clear();
    core.plain_at = 0;
    while (state_ == State::established) {
        bool broken = false;
        const auto record = core.next_record(broken);
        if (broken) {
            // OpenSSL would wait for bytes that are never accepted: refuse here.
            Handshake(*this).refuse(record_bad, "a record longer than allowed", -1);
            break;
        }
        if (record.empty()) return {};
        // The plaintext is shorter than its record and OpenSSL copies the record out first: it can
        // be written over it.
        core.record = record;
        assert(ERR_peek_error() == 0);
        size_t got = 0;
        const int result = SSL_read_ex(core.ssl.get(), record.data(), record.size(), &got);
        core.record = {};
        if (result == 1) return record.first(got);
        const int error = SSL_get_error(core.ssl.get(), result);
        if (error == SSL_ERROR_WANT_READ)
            continue; // a handshake message, an alert, an empty record
        if (error == SSL_ERROR_ZERO_RETURN) {
            state_ = State::closed;
        } else {
            Handshake(*this).fail_with_openssl(
                "SSL library error " + std::to_string(error) + " reading data", error);
        }
    }
    core.input = {};
    return {};
}

void Stream::hold()
{
    core_->keep_input();
}

bool Stream::has_held() const
{
    return core_->plain_at < core_->plain.size() || !core_->is_drained();
}

size_t Stream::read(std::span<char> into, Chain& out)
{
    const auto piece = next(out);
    const size_t count = std::min(piece.size(), into.size());
    if (count > 0) std::memcpy(into.data(), piece.data(), count);
    if (count < piece.size()) { // keep the rest; it may lie in `plain` itself
        std::string rest(piece.begin() + static_cast<ptrdiff_t>(count), piece.end());
        core_->plain = std::move(rest);
        core_->plain_at = 0;
        hold();
    }
    return count;
}

void Stream::end_of_input()
{
    if (state_ == State::handshaking) {
        Handshake(*this).refuse(handshake_closed, "SSL handshake stopped: connection was closed",
                                -1);
    } else if (state_ == State::established) {
        Handshake(*this).refuse(record_truncated,
                                "the client closed the connection without close_notify", -1);
    }
}

void Stream::write(std::string_view plain, Chain& out, bool more)
{
    write(std::span<const std::string_view>(&plain, 1), out, more);
}

void Stream::write(std::span<const std::string_view> pieces, Chain& out, bool more)
{
    auto& core = *core_;
    if ((state_ != State::established && state_ != State::closed) || core.close_sent) return;
    core.out = &out;
    size_t total = 0;
    for (const auto piece : pieces) total += piece.size();
    const bool is_long = more || total > largest_piece;
    std::string gathered;
    std::string_view rest = pieces.empty() ? std::string_view() : pieces.front();
    if (pieces.size() > 1) {
        gathered.reserve(total);
        for (const auto piece : pieces) gathered += piece;
        rest = gathered;
    }
    while (!rest.empty()) {
        const size_t limit = is_long && core.cold_left > 0 ? small_piece : largest_piece;
        const auto piece = rest.substr(0, limit);
        rest.remove_prefix(piece.size());
        if (is_long)
            core.cold_left -=
                std::min<unsigned>(core.cold_left, static_cast<unsigned>(piece.size()));
        assert(ERR_peek_error() == 0);
        size_t written = 0;
        const int result = SSL_write_ex(core.ssl.get(), piece.data(), piece.size(), &written);
        if (result == 1) continue;
        const int error = SSL_get_error(core.ssl.get(), result);
        Handshake(*this).fail_with_openssl(
            "SSL library error " + std::to_string(error) + " writing data", error);
        return;
    }
}

std::span<char> Stream::prepare(Chain&)
{
    if (!core_->staging) core_->staging = std::make_unique_for_overwrite<char[]>(largest_piece);
    return {core_->staging.get(), largest_piece};
}

void Stream::commit(size_t count, Chain& out, bool more)
{
    if (count > 0) write(std::string_view(core_->staging.get(), count), out, more);
}

void Stream::close(Chain& out)
{
    auto& core = *core_;
    if (core.close_sent || !core.ssl) return;
    if (state_ != State::established && state_ != State::closed) return;
    core.close_sent = true;
    core.out = &out;
    if (SSL_shutdown(core.ssl.get()) < 0) pki::forget_errors();
}

void Stream::idle()
{
    core_->staging.reset();
    if (core_->is_drained() && core_->held.capacity() > 64) core_->held = {};
    if (core_->plain_at == core_->plain.size() && core_->plain.capacity() > 64) {
        core_->plain = {};
        core_->plain_at = 0;
    }
}

void Stream::cool()
{
    idle();
    core_->cold_left = 64 * 1024;
    if (core_->ssl && state_ == State::established) SSL_free_buffers(core_->ssl.get());
}

const Failure& Stream::failure() const
{
    static const Failure none;
    return core_->failure ? *core_->failure : none;
}

std::string Stream::take_back()
{
    return std::exchange(core_->held, {});
}

std::string_view Stream::alpn() const
{
    return session_ ? session_->alpn : std::string_view();
}

std::string_view Stream::server_name() const
{
    return session_ ? session_->server_name : std::string_view();
}

bool Stream::is_resumed() const
{
    return session_ && session_->resumed;
}
std::string_view Stream::protocol() const
{
    return session_ ? session_->protocol : "";
}
std::string_view Stream::cipher() const
{
    return session_ ? session_->cipher : "";
}

} // namespace signet::tls
