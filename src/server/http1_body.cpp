// Http1Session's side of a request body: what the handler reads, and the rest that is dropped.
#include "server/connection.h"
#include "server/core_config.h"
#include "server/error_log.h"
#include "server/http1_session.h"
#include "server/vhosts.h"

#include <cerrno>

namespace signet::server {

bool Http1Session::body_is_over() const
{
    switch (framing_.kind) {
    case http::BodyKind::none: return true;
    case http::BodyKind::length: return body_left_ == 0;
    case http::BodyKind::chunked: return chunked_done_;
    }
    return true;
}

std::optional<uint64_t> Http1Session::content_length() const
{
    if (framing_.kind != http::BodyKind::length) return std::nullopt;
    return framing_.length;
}

// Takes from held_ what belongs to the body; empty when more must arrive (or it is over).
Result<std::string_view> Http1Session::take_body()
{
    // Not with every piece: a body may come in chunks of one byte.
    constexpr size_t worth_moving = size_t{16} * 1024;
    if (body_used_ == held_.size() || body_used_ >= worth_moving) drop_used();
    std::string_view input = std::string_view(held_).substr(body_used_);
    if (body_is_over() || input.empty()) return std::string_view();
    if (framing_.kind == http::BodyKind::length) {
        const auto count = static_cast<size_t>(std::min<uint64_t>(body_left_, input.size()));
        body_left_ -= count;
        body_used_ += count;
        return input.substr(0, count);
    }
    const auto step = chunked_.next(input);
    body_used_ = held_.size() - input.size();
    switch (step.state) {
    case http::ChunkedDecoder::State::refused:
        return fail(chunked_.refusal().status == 413 ? Error::Kind::too_large
                                                     : Error::Kind::malformed,
                    std::string(chunked_.refusal().reason));
    case http::ChunkedDecoder::State::done: {
        chunked_done_ = true;
        size_t used = 0;
        http::Refusal refusal;
        const auto trailers = chunked_.trailers();
        if (!trailers.empty()
            && http::parse_field_section(trailers, connection_.names().fallback().head_limits,
                                         trailers_, used, refusal)
                   == http::Parse::refused) {
            return fail(Error::Kind::malformed, std::string(refusal.reason));
        }
        merge_trailers();
        break;
    }
    default: break;
    }
    return step.data;
}

Result<std::string_view> Http1Session::read()
{
    const Request& request = exchange_->final->request;
    if (is_body_withheld()) return std::string_view();
    if (std::exchange(expects_continue_, false))
        connection_.send("HTTP/1.1 100 Continue\r\n\r\n", false);
    if (auto checked = check_announced_length(); !checked) return std::unexpected(checked.error());
    while (true) {
        auto bytes = take_body();
        if (!bytes) {
            body_broken_ = true;
            log_event(request, {.severity = Severity::info,
                                .module = "http",
                                .apache_id = "AH01590",
                                .text = "Error reading/parsing chunk  ",
                                .system_error = EINVAL});
            return bytes;
        }
        if (auto counted = count_body(bytes->size()); !counted)
            return std::unexpected(counted.error());
        if (!bytes->empty() || body_is_over()) return bytes;
        if (body_broken_ || input_ended_) {
            body_broken_ = true;
            return fail(Error::Kind::cancelled,
                        "the client closed the connection in the middle of the body");
        }
        if (!net::Fiber::current()) return std::unexpected(Error::cancelled());
        connection_.resume_reading();
        connection_.begin_read(ReadStage::body);
        connection_.arm_read_timeout(timeout_of(request.scope->core()));
        waits_for_body_ = true;
        auto woken = net::Fiber::current()->suspend();
        waits_for_body_ = false;
        connection_.disarm_timeout();
        if (!woken) return std::unexpected(woken.error());
        if (std::exchange(timed_out_, false)) {
            body_broken_ = true;
            return std::unexpected(Error::timed_out());
        }
    }
}

// Drops the rest of a body after the response; the connection's next request follows it.
void Http1Session::drain_body()
{
    while (true) {
        auto bytes = take_body();
        if (!bytes) {
            state_ = State::closing;
            connection_.finish(true);
            return;
        }
        body_read_ += bytes->size();
        if (body_is_over()) {
            drop_used();
            next_request();
            return;
        }
        if (bytes->empty()) {
            if (input_ended_) {
                state_ = State::closing;
                connection_.finish(false);
                return;
            }
            connection_.resume_reading();
            connection_.begin_read(ReadStage::body);
            connection_.arm_read_timeout(timeout_of(connection_.names().fallback().base->core()));
            return;
        }
    }
}

} // namespace signet::server
