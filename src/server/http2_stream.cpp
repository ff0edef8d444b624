#include "server/http2_stream.h"

#include "server/connection.h"
#include "server/core_config.h"
#include "server/error_log.h"
#include "server/http2_session.h"
#include "server/vhosts.h"
#include "server/worker.h"

namespace signet::server {

Http2Stream::Http2Stream(Http2Session& session)
    : ExchangeRunner(session.connection())
    , session_(session)
    , pending_(session.connection().worker().loop.blocks())
{
}

void Http2Stream::open(std::unique_ptr<Exchange> exchange)
{
    exchange_ = std::move(exchange);
    pseudo_ = {};
    head_size_ = field_count_ = piece_ = staged_ = 0;
    piece_offset_ = body_read_ = 0;
    length_.reset();
    trailers_.clear();
    refusal_ = late_refusal_ = 0;
    unparsed_ = expects_continue_ = body_broken_ = false;
    ready_ = started_ = ended_ = closed_ = streaming_ = written_ = false;
    timed_out_ = waits_for_body_ = waits_for_room_ = false;
    tunnelling_ = tunnel_knows_end_ = lost_ = false;
    touch();
}

void Http2Stream::touch()
{
    progress_ = connection_.worker().loop.now();
}

void Http2Stream::want_attention()
{
    session_.attend_later(*this);
}

// What has happened since the engine was called, now that its stack is gone.
void Http2Stream::attend()
{
    if (tunnelling_) {
        attend_tunnel();
        return;
    }
    if (closed_) {
        if (fiber_) fiber_->cancel();
        if (!fiber_running_) finish();
        return;
    }
    if (ready_) {
        start();
        return;
    }
    if (waits_for_body_ && (!arrived_.empty() || ended_ || body_broken_ || timed_out_)) {
        fiber_->wake();
    } else if (waits_for_room_ && pending_.size() <= session_.settings().stream_memory / 2) {
        fiber_->wake();
    }
}

void Http2Stream::start()
{
    ready_ = false;
    started_ = true;
    run_fiber();
}

void Http2Stream::after_fiber()
{
    if (closed_) {
        finish();
    } else if (answers_with_tunnel()) {
        begin_tunnel();
    }
}

// The stream is gone, and so is its fiber.
void Http2Stream::finish()
{
    if (!exchange_) return;
    pending_.clear();
    arrived_.clear();
    given_.clear();
    constexpr size_t worth_keeping = 4096;
    if (arrived_.capacity() > worth_keeping) arrived_ = {};
    if (given_.capacity() > worth_keeping) given_ = {};
    if (started_) {
        end_exchange();
    } else {
        connection_.worker().give_back(std::move(exchange_)); // it never became a request
    }
    session_.retire(*this);
}

void Http2Stream::closed()
{
    closed_ = true;
    if (queued || fiber_running_ || tunnelling_) {
        want_attention();
    } else {
        finish();
    }
}

std::chrono::milliseconds Http2Stream::timeout() const
{
    const Request& request = exchange_->final->request;
    if (request.stream_timeout.count() > 0) return request.stream_timeout;
    if (session_.settings().stream_timeout) return *session_.settings().stream_timeout;
    const Scope& scope = request.scope ? *request.scope : *connection_.names().fallback().base;
    return timeout_of(scope.core());
}

void Http2Stream::look_at_clock(Monotonic::time_point now)
{
    // A handler may think as long as it likes; only the client is hurried.
    const bool handler_works = fiber_running_ && !waits_for_body_ && !waits_for_room_;
    if (closed_ || tunnelling_ || handler_works || now - progress_ < timeout()) return;
    if (waits_for_body_) {
        timed_out_ = true;
        want_attention();
        return;
    }
    session_.give_up(*this);
}

void Http2Stream::input_lost()
{
    if (ended_) return;
    body_broken_ = true;
    if (waits_for_body_ || tunnelling_) want_attention();
}

void Http2Stream::take_data(std::string_view bytes)
{
    touch();
    arrived_.append(bytes);
    if (waits_for_body_ || tunnelling_) want_attention();
}

void Http2Stream::input_complete()
{
    ended_ = true;
    if (waits_for_body_ || tunnelling_) want_attention();
}

Result<std::string_view> Http2Stream::read()
{
    if (closed_) return std::unexpected(Error::cancelled());
    if (is_body_withheld()) return std::string_view();
    if (std::exchange(expects_continue_, false) && !ended_ && arrived_.empty()) {
        if (auto sent = interim(100, {}); !sent) return std::unexpected(sent.error());
    }
    if (auto checked = check_announced_length(); !checked) return std::unexpected(checked.error());
    while (true) {
        if (!arrived_.empty()) {
            std::swap(arrived_, given_);
            arrived_.clear();
            // The client may send as much again while the handler looks at this.
            if (!ended_) {
                session_.engine().consume(*this, given_.size());
                session_.send_soon();
            }
            if (auto counted = count_body(given_.size()); !counted)
                return std::unexpected(counted.error());
            return std::string_view(given_);
        }
        if (ended_) {
            merge_trailers();
            return std::string_view();
        }
        if (body_broken_) {
            return fail(Error::Kind::cancelled,
                        "the client closed the connection in the middle of the body");
        }
        if (!net::Fiber::current()) return std::unexpected(Error::cancelled());
        touch();
        waits_for_body_ = true;
        auto woken = net::Fiber::current()->suspend();
        waits_for_body_ = false;
        touch();
        if (!woken) return std::unexpected(woken.error());
        if (closed_) return std::unexpected(Error::cancelled());
        if (std::exchange(timed_out_, false)) {
            body_broken_ = true;
            return std::unexpected(Error::timed_out());
        }
    }
}

} // namespace signet::server
