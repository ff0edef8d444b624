#include "http/h2_engine.h"

#include "http/token.h"

#include <algorithm>
#include <nghttp2/nghttp2.h>
#include <vector>

namespace signet::http {
namespace {

constexpr size_t largest_frame = 16384;
// One request's head may be this many CONTINUATION frames long; LimitRequest* bound what it holds.
constexpr size_t max_continuations = 16;

std::string_view view(const uint8_t* bytes, size_t size)
{
    return {reinterpret_cast<const char*>(bytes), size};
}

// nghttp2 declares what it only reads as writable.
uint8_t* bytes_of(std::string_view text)
{
    return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(text.data()));
}

// Everything but the lack of memory means that a stream has ended meanwhile, or the connection is
// about to.
void must(int result)
{
    if (result == NGHTTP2_ERR_NOMEM) impossible("nghttp2: out of memory");
}

} // namespace

std::string_view h2_code_name(H2Code code)
{
    return nghttp2_http2_strerror(static_cast<uint32_t>(code));
}

H2Priority parse_priority(std::string_view value)
{
    H2Priority priority;
    while (!value.empty()) {
        const size_t comma = std::min(value.find(','), value.size());
        auto item = value.substr(0, comma);
        value.remove_prefix(std::min(comma + 1, value.size()));
        item = trim_blanks(item.substr(0, item.find(';')));
        if (item.size() == 3 && item.starts_with("u=") && item[2] >= '0' && item[2] <= '7') {
            priority.urgency = static_cast<unsigned>(item[2] - '0');
        } else if (item == "i" || item == "i=?1") {
            priority.incremental = true;
        } else if (item == "i=?0") {
            priority.incremental = false;
        }
    }
    return priority;
}

struct H2Engine::FieldList {
    std::vector<nghttp2_nv> list;
};

// nghttp2's callbacks, turned into calls of the handler.
struct H2Callbacks {
    static H2Engine& engine(void* user) { return *static_cast<H2Engine*>(user); }

    static H2Stream* stream(nghttp2_session* session, int32_t id)
    {
        return static_cast<H2Stream*>(nghttp2_session_get_stream_user_data(session, id));
    }

    static int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user)
    {
        if (frame->headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
        const int32_t id = frame->hd.stream_id;
        H2Stream& opened = engine(user).handler_.stream_opened(id);
        opened.id = id;
        must(nghttp2_session_set_stream_user_data(session, id, &opened));
        return 0;
    }

    static int on_header(nghttp2_session* session, const nghttp2_frame* frame, const uint8_t* name,
                         size_t name_size, const uint8_t* value, size_t value_size, uint8_t,
                         void* user)
    {
        H2Stream* known = stream(session, frame->hd.stream_id);
        if (!known) return 0;
        const bool in_trailers = frame->headers.cat != NGHTTP2_HCAT_REQUEST;
        return engine(user).handler_.field(*known, view(name, name_size), view(value, value_size),
                                           in_trailers)
                   ? 0
                   : NGHTTP2_ERR_CALLBACK_FAILURE;
    }

    // nghttp2 would drop a field with bad bytes; RFC 9113 §8.2.1 calls the message malformed.
    static int on_invalid_header(nghttp2_session*, const nghttp2_frame*, const uint8_t*, size_t,
                                 const uint8_t*, size_t, uint8_t, void*)
    {
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }

    static int on_frame(nghttp2_session* session, const nghttp2_frame* frame, void* user)
    {
        if (frame->hd.type == NGHTTP2_PRIORITY_UPDATE) {
            rank_pushed(session, *frame, engine(user));
            return 0;
        }
        if (frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA) return 0;
        H2Stream* known = stream(session, frame->hd.stream_id);
        if (!known) return 0;
        H2Handler& handler = engine(user).handler_;
        const bool ends = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
            handler.head_complete(*known, ends);
        if (ends) handler.input_complete(*known);
        return 0;
    }

    // nghttp2 heeds PRIORITY_UPDATE for requests only.   RFC 9218 §7.1
    static void rank_pushed(nghttp2_session* session, const nghttp2_frame& frame, H2Engine& self)
    {
        const auto& update = *static_cast<const nghttp2_ext_priority_update*>(frame.ext.payload);
        H2Stream* known = update.stream_id % 2 == 0 ? stream(session, update.stream_id) : nullptr;
        if (!known) return;
        known->ranked_by_client = true;
        self.rank(*known, parse_priority(view(update.field_value, update.field_value_len)));
    }

    static int on_data(nghttp2_session* session, uint8_t, int32_t id, const uint8_t* bytes,
                       size_t size, void* user)
    {
        if (H2Stream* known = stream(session, id))
            engine(user).handler_.data(*known, view(bytes, size));
        return 0;
    }

    static int on_close(nghttp2_session* session, int32_t id, uint32_t code, void* user)
    {
        H2Engine& self = engine(user);
        if (!self.find_ended(id)) self.remember(id, false);
        if (H2Stream* known = stream(session, id))
            self.handler_.stream_closed(*known, static_cast<H2Code>(code));
        return 0;
    }

    static int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int error, void* user)
    {
        if (frame->hd.stream_id == 0) return 0;
        return engine(user).handler_.stream_refused(frame->hd.stream_id, nghttp2_strerror(error))
                   ? 0
                   : NGHTTP2_ERR_CALLBACK_FAILURE;
    }

    static int on_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user)
    {
        if (frame->hd.type == NGHTTP2_RST_STREAM) engine(user).remember(frame->hd.stream_id, true);
        if (frame->hd.type == NGHTTP2_PUSH_PROMISE) {
            if (H2Stream* known = stream(session, frame->push_promise.promised_stream_id))
                engine(user).handler_.promise_sent(*known);
            return 0;
        }
        const bool ends = (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS)
                          && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        if (!ends) return 0;
        H2Stream* known = stream(session, frame->hd.stream_id);
        if (!known) return 0;
        const bool early =
            nghttp2_session_get_stream_remote_close(session, frame->hd.stream_id) == 0;
        engine(user).handler_.answered(*known, early);
        return 0;
    }

    static int on_not_sent(nghttp2_session*, const nghttp2_frame* frame, int, void* user)
    {
        if (frame->hd.type == NGHTTP2_PUSH_PROMISE)
            engine(user).handler_.promise_dropped(frame->push_promise.promised_stream_id);
        return 0;
    }

    static ssize_t read(nghttp2_session*, int32_t, uint8_t*, size_t size, uint32_t* flags,
                        nghttp2_data_source* source, void* user)
    {
        H2Engine& self = engine(user);
        auto& known = *static_cast<H2Stream*>(source->ptr);
        self.leave_room_for_trailers_ = false;
        const H2Piece piece = self.handler_.next_piece(known, size);
        switch (piece.state) {
        case H2Piece::State::later: return NGHTTP2_ERR_DEFERRED;
        case H2Piece::State::broken: return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
        case H2Piece::State::last:
            *flags |= NGHTTP2_DATA_FLAG_EOF;
            if (self.leave_room_for_trailers_) *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
            break;
        case H2Piece::State::more: break;
        }
        *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
        return static_cast<ssize_t>(piece.size);
    }

    static int send_data(nghttp2_session*, nghttp2_frame* frame, const uint8_t* head, size_t size,
                         nghttp2_data_source* source, void* user)
    {
        char start[10];
        size_t start_size = 9;
        std::copy_n(head, 9, start);
        size_t padding = frame->data.padlen;
        if (padding > 0) start[start_size++] = static_cast<char>(--padding);
        const bool goes_on = engine(user).handler_.put_piece(*static_cast<H2Stream*>(source->ptr),
                                                             {start, start_size}, size, padding);
        return goes_on ? 0 : NGHTTP2_ERR_PAUSE;
    }

    static ssize_t frame_size(nghttp2_session*, uint8_t, int32_t, int32_t connection_window,
                              int32_t stream_window, uint32_t peer_limit, void* user)
    {
        const auto wanted = std::min<size_t>(engine(user).handler_.frame_size(), peer_limit);
        const auto window = static_cast<size_t>(std::min(connection_window, stream_window));
        return static_cast<ssize_t>(std::min(wanted, window));
    }

    static ssize_t padding(nghttp2_session*, const nghttp2_frame* frame, size_t limit, void* user)
    {
        H2Engine& self = engine(user);
        self.random_ = self.random_ * 1664525U + 1013904223U;
        const size_t range = size_t{1} << self.padding_bits_;
        return static_cast<ssize_t>(
            std::min(frame->hd.length + (self.random_ >> 16) % range, limit));
    }

    static nghttp2_session_callbacks* make(unsigned padding_bits)
    {
        nghttp2_session_callbacks* made = nullptr;
        must(nghttp2_session_callbacks_new(&made));
        nghttp2_session_callbacks_set_on_begin_headers_callback(made, on_begin_headers);
        nghttp2_session_callbacks_set_on_header_callback(made, on_header);
        nghttp2_session_callbacks_set_on_invalid_header_callback(made, on_invalid_header);
        nghttp2_session_callbacks_set_on_frame_recv_callback(made, on_frame);
        nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, on_data);
        nghttp2_session_callbacks_set_on_stream_close_callback(made, on_close);
        nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(made, on_invalid_frame);
        nghttp2_session_callbacks_set_on_frame_send_callback(made, on_sent);
        nghttp2_session_callbacks_set_on_frame_not_send_callback(made, on_not_sent);
        nghttp2_session_callbacks_set_send_data_callback(made, send_data);
        nghttp2_session_callbacks_set_data_source_read_length_callback(made, frame_size);
        if (padding_bits > 0) nghttp2_session_callbacks_set_select_padding_callback(made, padding);
        return made;
    }
};

void H2Engine::SessionDeleter::operator()(nghttp2_session* session) const
{
    nghttp2_session_del(session);
}

H2Engine::H2Engine(H2Handler& handler, const H2Options& options)
    : handler_(handler)
    , padding_bits_(options.padding_bits)
    , fields_(std::make_unique<FieldList>())
{
    nghttp2_session_callbacks* callbacks = H2Callbacks::make(options.padding_bits);
    nghttp2_option* settings = nullptr;
    must(nghttp2_option_new(&settings));
    nghttp2_option_set_no_closed_streams(settings, 1);
    nghttp2_option_set_no_auto_window_update(settings, 1);
    nghttp2_option_set_builtin_recv_extension_type(settings, NGHTTP2_PRIORITY_UPDATE);
    nghttp2_option_set_max_continuations(settings, max_continuations);
    // The session counts resets itself, and says so in its log.
    nghttp2_option_set_stream_reset_rate_limit(settings, 1U << 30, 1U << 30);
    if (options.max_header_block > 0)
        nghttp2_option_set_max_send_header_block_length(settings, options.max_header_block);
    nghttp2_session* session = nullptr;
    must(nghttp2_session_server_new2(&session, callbacks, this, settings));
    session_.reset(session);
    nghttp2_option_del(settings);
    nghttp2_session_callbacks_del(callbacks);

    std::vector<nghttp2_settings_entry> entries{
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, options.max_streams},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1}};
    if (options.window != NGHTTP2_INITIAL_WINDOW_SIZE)
        entries.push_back({NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, options.window});
    if (options.connect_protocol) entries.push_back({NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1});
    must(nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, entries.data(), entries.size()));
    // Each stream's window bounds what it may hold. The connection's is large enough that streams
    // whose body nobody reads do not hold up the others.
    const uint64_t all = uint64_t{options.window} * options.max_streams;
    const auto window = static_cast<int32_t>(
        std::clamp<uint64_t>(all, NGHTTP2_INITIAL_CONNECTION_WINDOW_SIZE, 0x7fffffff));
    must(nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0, window));
}

H2Engine::~H2Engine() = default;

Result<void> H2Engine::upgrade(std::string_view settings, bool head_request, H2Stream& stream)
{
    const int result = nghttp2_session_upgrade2(session_.get(), bytes_of(settings), settings.size(),
                                                head_request ? 1 : 0, &stream);
    if (result != 0) return fail(Error::Kind::malformed, nghttp2_strerror(result));
    stream.id = 1;
    return {};
}

void H2Engine::remember(int32_t stream, bool by_us)
{
    ended_[next_ended_++ % remembered] = {.stream = stream, .by_us = by_us};
}

const H2Engine::Ended* H2Engine::find_ended(int32_t stream) const
{
    const auto* found = std::ranges::find(ended_, stream, &Ended::stream);
    return found == ended_.end() ? nullptr : found;
}

bool H2Engine::refuse(H2Code code)
{
    refusal_ = code;
    return false;
}

namespace {

H2Frame parse_frame_head(const uint8_t* head)
{
    const auto type = static_cast<H2FrameType>(head[3]);
    const bool may_end = type == H2FrameType::data || type == H2FrameType::headers;
    const auto stream = (uint32_t{head[5]} << 24 | uint32_t{head[6]} << 16 | uint32_t{head[7]} << 8
                         | uint32_t{head[8]})
                        & 0x7fffffffU;
    return {.type = type,
            .stream = static_cast<int32_t>(stream),
            .length = size_t{head[0]} << 16 | size_t{head[1]} << 8 | head[2],
            .ends_stream = may_end && (head[4] & NGHTTP2_FLAG_END_STREAM) != 0,
            .acknowledges = !may_end && (head[4] & NGHTTP2_FLAG_ACK) != 0};
}

} // namespace

// DATA and trailers: whether they may come depends on all that came before them.
bool H2Engine::depends_on_streams(const uint8_t* head) const
{
    const H2Frame frame = parse_frame_head(head);
    return frame.type == H2FrameType::data
           || (frame.type == H2FrameType::headers && frame.stream <= last_stream_);
}

bool H2Engine::check_frame(const uint8_t* head)
{
    const H2Frame frame = parse_frame_head(head);
    payload_left_ = frame.length;
    if (frame.type == H2FrameType::priority && frame.stream == 0)
        return refuse(H2Code::protocol_error);
    if (!check_stream(frame, (head[4] & NGHTTP2_FLAG_PADDED) != 0)) return false;
    return handler_.frame_begins(frame) || refuse(H2Code::enhance_your_calm);
}

// Rules that nghttp2 does not hold clients to.
bool H2Engine::check_stream(const H2Frame& frame, bool padded)
{
    const bool is_headers = frame.type == H2FrameType::headers;
    if ((!is_headers && frame.type != H2FrameType::data) || frame.stream == 0) return true;
    if (padded && frame.length == 0) return refuse(H2Code::frame_size_error);
    if (frame.stream > last_stream_) {
        if (is_headers) last_stream_ = frame.stream;
        return true;
    }
    if (H2Callbacks::stream(session_.get(), frame.stream)) return true;
    // RFC 9113 §5.1: nothing may follow the end of a stream, but what was on its way when we reset
    // it. Numbers that were passed over are ended too (§5.1.1).
    if (const Ended* ended = find_ended(frame.stream))
        return ended->by_us || refuse(H2Code::stream_closed);
    return !is_headers || refuse(H2Code::protocol_error);
}

Result<void> H2Engine::receive(std::string_view bytes)
{
    size_t begin = 0; // of what nghttp2 has not seen yet
    size_t at = 0;
    while (at < bytes.size()) {
        if (payload_left_ > 0) {
            const size_t skipped = std::min<uint64_t>(payload_left_, bytes.size() - at);
            payload_left_ -= skipped;
            at += skipped;
            continue;
        }
        const size_t head_begins = at;
        while (head_size_ < head_.size() && at < bytes.size())
            head_[head_size_++] = static_cast<uint8_t>(bytes[at++]);
        if (head_size_ < head_.size()) break;
        head_size_ = 0;
        if (depends_on_streams(head_.data()) && head_begins > begin) {
            if (auto passed = pass_on(bytes.substr(begin, head_begins - begin)); !passed)
                return passed;
            begin = head_begins;
        }
        if (check_frame(head_.data())) continue;
        if (auto passed = pass_on(bytes.substr(begin, head_begins - begin)); !passed) return passed;
        return end(NGHTTP2_ERR_PROTO);
    }
    return pass_on(bytes.substr(begin));
}

Result<void> H2Engine::pass_on(std::string_view bytes)
{
    if (bytes.empty()) return {};
    const ssize_t used = nghttp2_session_mem_recv(session_.get(), bytes_of(bytes), bytes.size());
    if (used >= 0) return {};
    return end(static_cast<int>(used));
}

// Queues the GOAWAY that tells why.
Result<void> H2Engine::end(int error)
{
    const bool calm = error == NGHTTP2_ERR_CALLBACK_FAILURE || error == NGHTTP2_ERR_FLOODED
                      || error == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS;
    if (error == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS) handler_.head_too_long();
    terminate(refusal_                                ? *refusal_
              : calm                                  ? H2Code::enhance_your_calm
              : error == NGHTTP2_ERR_BAD_CLIENT_MAGIC ? H2Code::protocol_error
                                                      : H2Code::internal_error);
    return fail(Error::Kind::malformed,
                std::string(refusal_ ? h2_code_name(*refusal_) : nghttp2_strerror(error)));
}

std::string_view H2Engine::next_output()
{
    const uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_.get(), &bytes);
    if (size == NGHTTP2_ERR_NOMEM) impossible("nghttp2: out of memory");
    return size > 0 ? view(bytes, static_cast<size_t>(size)) : std::string_view();
}

bool H2Engine::is_over() const
{
    return nghttp2_session_want_read(session_.get()) == 0
           && nghttp2_session_want_write(session_.get()) == 0;
}

void H2Engine::add_field(std::string_view name, std::string_view value)
{
    value = trim_blanks(value); // HTTP/1 allows blanks around it, RFC 9113 §8.2.1 does not
    fields_->list.push_back({bytes_of(name), bytes_of(value), name.size(), value.size(),
                             NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE});
}

void H2Engine::send_head(H2Stream& stream, bool has_body)
{
    const nghttp2_data_provider body{.source = {.ptr = &stream},
                                     .read_callback = H2Callbacks::read};
    must(nghttp2_submit_response(session_.get(), stream.id, fields_->list.data(),
                                 fields_->list.size(), has_body ? &body : nullptr));
    fields_->list.clear();
}

void H2Engine::send_interim(H2Stream& stream)
{
    must(nghttp2_submit_headers(session_.get(), NGHTTP2_FLAG_NONE, stream.id, nullptr,
                                fields_->list.data(), fields_->list.size(), nullptr));
    fields_->list.clear();
}

void H2Engine::send_trailers(H2Stream& stream)
{
    leave_room_for_trailers_ = true;
    must(nghttp2_submit_trailer(session_.get(), stream.id, fields_->list.data(),
                                fields_->list.size()));
    fields_->list.clear();
}

bool H2Engine::promise(const H2Stream& parent, H2Stream& promised)
{
    const int32_t id =
        nghttp2_submit_push_promise(session_.get(), NGHTTP2_FLAG_NONE, parent.id,
                                    fields_->list.data(), fields_->list.size(), &promised);
    must(id);
    fields_->list.clear();
    if (id < 0) return false;
    promised.id = id;
    promised.ranked_by_client = false;
    return true;
}

void H2Engine::set_priority(H2Stream& stream, H2Priority priority)
{
    if (!stream.ranked_by_client) rank(stream, priority);
}

void H2Engine::rank(const H2Stream& stream, H2Priority priority)
{
    const nghttp2_extpri rank{.urgency = priority.urgency, .inc = priority.incremental ? 1 : 0};
    must(nghttp2_session_change_extpri_stream_priority(session_.get(), stream.id, &rank, 1));
}

void H2Engine::resume(H2Stream& stream)
{
    must(nghttp2_session_resume_data(session_.get(), stream.id));
}

void H2Engine::reset(int32_t stream, H2Code code)
{
    must(nghttp2_submit_rst_stream(session_.get(), NGHTTP2_FLAG_NONE, stream,
                                   static_cast<uint32_t>(code)));
}

void H2Engine::consume(H2Stream& stream, size_t bytes)
{
    must(nghttp2_session_consume_stream(session_.get(), stream.id, bytes));
}

void H2Engine::consume_connection(size_t bytes)
{
    must(nghttp2_session_consume_connection(session_.get(), bytes));
}

bool H2Engine::accepts_push() const
{
    return nghttp2_session_get_remote_settings(session_.get(), NGHTTP2_SETTINGS_ENABLE_PUSH) != 0;
}

void H2Engine::announce_shutdown()
{
    must(nghttp2_submit_shutdown_notice(session_.get()));
}

void H2Engine::go_away(H2Code code)
{
    must(nghttp2_submit_goaway(session_.get(), NGHTTP2_FLAG_NONE,
                               nghttp2_session_get_last_proc_stream_id(session_.get()),
                               static_cast<uint32_t>(code), nullptr, 0));
}

void H2Engine::terminate(H2Code code)
{
    must(nghttp2_session_terminate_session(session_.get(), static_cast<uint32_t>(code)));
}

} // namespace signet::http
