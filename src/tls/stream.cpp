#include "tls/stream.h"

#include "tls/policy.h"
#include "tls/post_mortem.h"
#include "tls/stream_core.h"

#include <algorithm>
#include <cassert>
#include <cstring>

namespace signet::tls {
namespace {

constexpr size_t largest_piece = 16 * 1024;
constexpr size_t small_piece = 1400; // fits a packet together with its record
// What prepare() takes of a block: small records need room for more than one header and tag.
constexpr size_t staging_size =
    largest_piece + (largest_piece / small_piece + 1) * Records::overhead;
static_assert(staging_size <= Block::capacity);

} // namespace

Stream::Stream(ContextSelector& selector)
    : core_(std::make_unique<Core>(selector))
{
}

Stream::~Stream()
{
    if (core_->session_found) pki::wipe(core_->session_found->data(), core_->session_found->size());
    if (!core_->ssl) return;
    core_->out = nullptr;
    core_->give_up_inquiry();
    // A connection cut short says nothing against its session (RFC 5246 §7.2.1): keep it resumable.
    if (state_ != State::failed || failure().id == record_truncated) {
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
    case State::early:
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
    if (state_ == State::early) {
        if (const auto plain = read_early(out); !plain.empty()) return plain;
    }
    while (state_ == State::established) {
        if (core.is_paused) {
            core.keep_input();
            return {};
        }
        bool broken = false;
        const auto record = core.next_record(broken);
        if (broken) {
            refuse_long_record(out);
            break;
        }
        if (record.empty()) return {};
        const auto plain = core.records ? open(record, out) : read_openssl(record);
        if (!plain.empty()) return plain;
    }
    core.input = {};
    return {};
}

std::span<char> Stream::open(std::span<char> record, Chain& out)
{
    const auto opened = core_->records->open(record, out);
    if (core_->messages && opened.kind != Records::Kind::data) trace_own_record(*core_, opened);
    switch (opened.kind) {
    case Records::Kind::data: return opened.plain;
    case Records::Kind::nothing: break;
    case Records::Kind::closed: state_ = State::closed; break;
    case Records::Kind::failed: fail_record(opened); break;
    }
    return {};
}

// OpenSSL copies the record out of our memory before it decrypts it, and the plaintext is shorter:
// it can be written over the record.
std::span<char> Stream::read_openssl(std::span<char> record)
{
    auto& core = *core_;
    core.record = record;
    assert(ERR_peek_error() == 0);
    size_t got = 0;
    const bool asked = core.reauthentication != Core::Reauthenticating::no;
    // A job that pauses writes to where it was told to when it began.
    const bool may_pause = asked && SSL_get_mode(core.ssl.get()) & SSL_MODE_ASYNC;
    constexpr size_t room = SSL3_RT_MAX_PLAIN_LENGTH;
    if (may_pause && !core.dropped) core.dropped = std::make_unique<char[]>(room);
    const std::span<char> into = may_pause ? std::span(core.dropped.get(), room) : record;
    const int result = SSL_read_ex(core.ssl.get(), into.data(), into.size(), &got);
    core.record = {};
    if (result == 1 && asked) {
        core.data_meanwhile = true;
        return {};
    }
    if (result == 1) {
        core.idle_records = 0;
        return record.first(got);
    }
    const int error = SSL_get_error(core.ssl.get(), result);
    if (error == SSL_ERROR_WANT_ASYNC) {
        core.is_paused = true;
        return {};
    }
    if (error == SSL_ERROR_WANT_READ && core.reauthentication == Core::Reauthenticating::answered
        && SSL_in_init(core.ssl.get()) == 0)
        Handshake(*this).finish_reauthentication();
    if (asked && error != SSL_ERROR_WANT_READ) session_->client.error = core.verify_error;
    if (error == SSL_ERROR_WANT_READ) { // a handshake message, a warning, an empty record
        constexpr unsigned patience = 3;
        // While a certificate is awaited, it is the time that is limited.
        constexpr unsigned idle_limit = 32; // as Records has
        if (core.renegotiations >= patience) {
            Handshake(*this).refuse(renegotiation_refused,
                                    "rejecting client initiated renegotiation", -1);
        } else if (!asked && ++core.idle_records > idle_limit) {
            Handshake(*this).refuse(record_flood, "too many records without data", -1);
        }
        return {};
    }
    if (error == SSL_ERROR_ZERO_RETURN) {
        state_ = State::closed;
    } else {
        Handshake(*this).fail_with_openssl(
            "SSL library error " + std::to_string(error) + " reading data", error);
    }
    return {};
}

// Its end need not be waited for: it would only be refused then.
void Stream::refuse_long_record(Chain& out)
{
    if (core_->records) {
        fail_record(core_->records->refuse(SSL_AD_RECORD_OVERFLOW, "record too long", out));
    } else {
        Handshake(*this).refuse(record_bad, "a record longer than allowed", -1);
    }
}

void Stream::fail_record(const Records::Opened& opened)
{
    const int id = opened.by_peer    ? failure_id(0, opened.alert, true)
                   : opened.is_flood ? record_flood
                                     : record_bad;
    std::string text(opened.text);
    text += opened.by_peer ? ": the client sent " : ": alert ";
    text += alert_name(opened.alert);
    core_->failure = std::make_unique<Failure>(Failure{.id = id,
                                                       .text = std::move(text),
                                                       .alert = opened.alert,
                                                       .by_peer = opened.by_peer,
                                                       .in_handshake = false});
    if (opened.by_peer) explain_alert(*core_->failure);
    state_ = State::failed;
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

std::string_view Stream::session_wanted() const
{
    return core_->waits_for_session ? std::string_view(core_->session_wanted) : std::string_view();
}

void Stream::resume(std::optional<std::string> session, Chain& out)
{
    if (!std::exchange(core_->waits_for_session, false) || state_ != State::handshaking) return;
    core_->session_found = std::move(session);
    core_->out = &out;
    Handshake(*this).advance();
}

std::unique_ptr<NewSession> Stream::take_new_session()
{
    return std::move(core_->new_session);
}

void Stream::end_of_input()
{
    if (in_handshake()) {
        Handshake(*this).abandon(false);
    } else if (state_ == State::established) {
        Handshake(*this).refuse(record_truncated,
                                "the client closed the connection without close_notify", -1);
    }
}

void Stream::time_out()
{
    if (in_handshake()) Handshake(*this).abandon(true);
}

void Stream::trace_messages(MessageSink sink)
{
    core_->messages = std::make_unique<MessageSink>(std::move(sink));
}

std::chrono::nanoseconds Stream::handshake_work() const
{
    return core_->work;
}

std::chrono::steady_clock::time_point Stream::hello_time() const
{
    return core_->hello_time;
}

unsigned Stream::renegotiations_refused() const
{
    return core_->renegotiations;
}

void Stream::write(std::string_view plain, Chain& out, bool more)
{
    write(std::span<const std::string_view>(&plain, 1), out, more);
}

bool Stream::may_write() const
{
    return (state_ == State::established || state_ == State::closed || state_ == State::early)
           && !core_->close_sent;
}

// How much of `left` bytes goes into the next record.
size_t Stream::record_size(size_t left, bool is_long)
{
    const size_t limit = is_long && core_->cold_left > 0 ? small_piece : largest_piece;
    const size_t size = std::min(left, limit);
    if (is_long) core_->cold_left -= std::min(core_->cold_left, size);
    return size;
}

void Stream::fail_sealing()
{
    Handshake(*this).refuse(record_bad, "sealing failed: " + pki::drain_errors(), -1);
}

void Stream::write(std::span<const std::string_view> pieces, Chain& out, bool more)
{
    if (!may_write()) return;
    size_t total = 0;
    for (const auto piece : pieces) total += piece.size();
    const bool is_long = more || total > largest_piece;
    if (!core_->records) {
        write_openssl(pieces, total, is_long, out);
        return;
    }
    constexpr size_t common = 8;
    std::string_view some[common];
    std::vector<std::string_view> many;
    std::span<std::string_view> rest(some, std::min(pieces.size(), common));
    if (pieces.size() > common) {
        many.resize(pieces.size());
        rest = many;
    }
    std::ranges::copy(pieces, rest.begin());
    while (total > 0) {
        const size_t size = record_size(total, is_long);
        if (!core_->records->seal(rest, size, out)) {
            fail_sealing();
            return;
        }
        total -= size;
        while (rest.front().empty() && rest.size() > 1) rest = rest.subspan(1);
    }
}

void Stream::write_openssl(std::span<const std::string_view> pieces, size_t total, bool is_long,
                           Chain& out)
{
    auto& core = *core_;
    core.out = &out;
    std::string gathered;
    std::string_view rest = pieces.empty() ? std::string_view() : pieces.front();
    if (pieces.size() > 1) {
        gathered.reserve(total);
        for (const auto piece : pieces) gathered += piece;
        rest = gathered;
    }
    while (!rest.empty()) {
        const auto piece = rest.substr(0, record_size(rest.size(), is_long));
        rest.remove_prefix(piece.size());
        assert(ERR_peek_error() == 0);
        size_t written = 0;
        const int result = state_ == State::early
                               ? write_early(core, piece, written)
                               : SSL_write_ex(core.ssl.get(), piece.data(), piece.size(), &written);
        if (result == 1) continue;
        const int error = SSL_get_error(core.ssl.get(), result);
        Handshake(*this).fail_with_openssl(
            "SSL library error " + std::to_string(error) + " writing data", error);
        return;
    }
}

std::span<char> Stream::prepare(Chain& out)
{
    if (core_->records) {
        if (!core_->records->rekey_when_due(out)) fail_sealing();
        return {out.reserve(staging_size) + Records::header_size, largest_piece};
    }
    if (!core_->staging) core_->staging = std::make_unique_for_overwrite<char[]>(largest_piece);
    return {core_->staging.get(), largest_piece};
}

void Stream::commit(size_t count, Chain& out, bool more)
{
    if (count == 0) return;
    if (!core_->records) {
        write(std::string_view(core_->staging.get(), count), out, more);
        return;
    }
    if (!may_write()) return;
    char* first = out.reserve(staging_size); // what prepare() gave out
    size_t sizes[largest_piece / small_piece + 1];
    size_t records = 0;
    for (size_t left = count; left > 0; left -= sizes[records - 1]) {
        sizes[records++] = record_size(left, more);
    }
    // Spread the plaintext, the last piece first, so that headers and tags fit between.
    size_t end = count;
    for (size_t i = records; i-- > 1;) {
        end -= sizes[i];
        std::memmove(first + end + i * Records::overhead + Records::header_size,
                     first + Records::header_size + end, sizes[i]);
    }
    for (size_t i = 0, at = 0; i < records; at += sizes[i++] + Records::overhead) {
        if (!core_->records->seal_in_place(first + at, sizes[i], out)) {
            fail_sealing();
            return;
        }
    }
}

void Stream::close(Chain& out)
{
    auto& core = *core_;
    if (!may_write()) return;
    if (core.ssl) core.give_up_inquiry();
    core.close_sent = true;
    if (core.closes_silently) return;
    core.out = &out;
    if (core.records) {
        core.records->send_alert(1, 0, out); // close_notify
        constexpr unsigned char sent[] = {1, 0};
        if (core.messages) trace_message(1, TLS1_3_VERSION, SSL3_RT_ALERT, sent, 2, nullptr, &core);
    } else if (SSL_shutdown(core.ssl.get()) < 0)
        pki::forget_errors();
}

void Stream::close_without_notify() const
{
    core_->closes_silently = true;
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
    core_->cold_left = core_->warm_up;
    if (core_->records) core_->records->shrink();
    if (core_->ssl && state_ == State::established) SSL_free_buffers(core_->ssl.get());
}

void Stream::set_warm_up(size_t bytes)
{
    core_->warm_up = core_->cold_left = bytes;
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
bool Stream::has_left_openssl() const
{
    return core_->records != nullptr;
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
