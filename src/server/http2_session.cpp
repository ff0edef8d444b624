#include "server/http2_session.h"

#include "server/configuration.h"
#include "server/connection.h"
#include "server/core_config.h"
#include "server/error_log.h"
#include "server/vhosts.h"
#include "server/worker.h"
#include "tls/stream.h"

namespace signet::server {
namespace {

constexpr int broken_connection = 280;
constexpr int stream_timed_out = 282;
constexpr int weak_tls = 283;

constexpr size_t full_frame = 16384 - 9; // with its head it fills a record
constexpr size_t max_spare_streams = 32;
// How exactly the streams' timeouts are kept.
constexpr std::chrono::milliseconds watch_interval{500};
// Between the announcement of a shutdown and GOAWAY: what is on its way is still taken.
constexpr std::chrono::milliseconds shutdown_grace{1000};

http::H2Options options_of(const Http2Settings& settings)
{
    return {.max_streams = settings.max_streams,
            .window = std::min(settings.window, 0x7fffffffU),
            .max_header_block = settings.max_header_block,
            .padding_bits = settings.padding_bits,
            .connect_protocol = settings.websockets};
}

Http2Stream& ours(http::H2Stream& stream)
{
    return static_cast<Http2Stream&>(stream);
}

} // namespace

Http2Session::Http2Session(Connection& connection, const VirtualHost& vhost)
    : connection_(connection)
    , vhost_(vhost)
    , settings_(vhost.http2)
    , engine_(*this, options_of(vhost.http2))
    , out_(connection)
    , diary_(vhost.http2.push_diary)
{
    if (settings_.modern_tls_only && !is_suitable_tls()) {
        log_event(vhost_, &connection_.peer(),
                  {.severity = Severity::info,
                   .module = "http2",
                   .apache_id = "AH03052",
                   .id = weak_tls,
                   .text = "the TLS version or cipher is not one that HTTP/2 may be used with"});
        engine_.terminate(http::H2Code::inadequate_security);
        input_over_ = true;
    }
    connection_.arm_timeout(timeout_of(vhost_.base->core()));
    if (settings_.tls_warm_up) connection_.set_warm_up(*settings_.tls_warm_up);
    if (connection_.worker().stopping) stop();
    send_soon();
}

Http2Session::~Http2Session() = default;

// TLS 1.2 or later, and a suite with forward secrecy and authenticated encryption: those are the
// ones that RFC 9113 Appendix A does not list.
bool Http2Session::is_suitable_tls() const
{
    const auto* tls = connection_.peer().tls;
    if (!tls || tls->protocol() == "TLSv1.3") return true;
    if (tls->protocol() != "TLSv1.2") return false;
    const auto cipher = tls->cipher();
    if (!cipher.starts_with("ECDHE-") && !cipher.starts_with("DHE-")) return false;
    return cipher.find("GCM") != cipher.npos || cipher.find("CCM") != cipher.npos
           || cipher.find("CHACHA20") != cipher.npos;
}

bool Http2Session::adopt(std::string_view settings, std::unique_ptr<Exchange>& exchange)
{
    auto stream = std::make_unique<Http2Stream>(*this);
    const bool head_only = exchange->first.request.method_name == "HEAD";
    if (!engine_.upgrade(settings, head_only, *stream)) return false;
    waits_for_preface_ = true;
    enlist(std::move(stream), std::move(exchange)).adopt();
    (void)attend();
    return true;
}

// --- from the connection ---

void Http2Session::feed(std::span<char> bytes)
{
    if (input_over_) return;
    waits_for_preface_ = false;
    auto received = engine_.receive({bytes.data(), bytes.size()});
    if (!received) {
        input_over_ = true;
        if (!complained_) {
            log_event(vhost_, &connection_.peer(),
                      {.severity = Severity::info,
                       .module = "http2",
                       .apache_id = "AH03402",
                       .id = broken_connection,
                       .text = "protocol error, the connection ends: " + received.error().text});
        }
    }
    (void)attend();
    send_soon();
    // A client that takes nothing may not make us gather answers.
    if (connection_.is_full()) connection_.pause_reading();
}

// True when something has happened.
bool Http2Session::attend()
{
    if (attending_ || waiting_.empty()) return false;
    attending_ = true;
    while (!waiting_.empty()) {
        std::swap(waiting_, attended_);
        for (Http2Stream* stream : attended_) {
            stream->queued = false;
            stream->attend();
        }
        attended_.clear();
    }
    attending_ = false;
    retired_.clear();
    return true;
}

void Http2Session::attend_later(Http2Stream& stream)
{
    if (stream.queued) return;
    stream.queued = true;
    waiting_.push_back(&stream);
}

void Http2Session::make_output()
{
    while (!connection_.is_full()) {
        const auto bytes = engine_.next_output();
        if (bytes.empty()) break;
        out_.put(bytes);
    }
    out_.flush();
}

void Http2Session::drained()
{
    if (over_ || waits_for_preface_) return;
    do {
        make_output();
    } while (attend() && !connection_.is_full()); // fibers that waited for room write more
    retired_.clear();
    if (!connection_.is_full()) connection_.resume_reading();
    if (engine_.is_over() || (gone_away_ && streams_.empty() && !stopping_)) {
        over_ = true;
        connection_.finish(true);
        return;
    }
    await();
}

// Sets the clock for what is to come next: an answer to leave, or a request to arrive.
void Http2Session::await()
{
    if (!streams_.empty()) {
        idle_ = false;
        return;
    }
    if (idle_) return;
    const auto& core = vhost_.base->core();
    if (connection_.queued() > 0) {
        connection_.arm_timeout(timeout_of(core));
        return;
    }
    idle_ = true;
    if (has_served_) connection_.show(Activity::keep_alive);
    idle_since_ = connection_.worker().loop.now();
    connection_.idle();
    if (!has_served_) return; // the first request has the time that start() gave it
    connection_.arm_timeout(core.keep_alive_timeout.value_or(std::chrono::seconds(5)));
}

void Http2Session::end_of_input()
{
    input_over_ = true;
    for (auto& stream : streams_) stream->input_lost();
    (void)attend();
    if (streams_.empty()) {
        over_ = true;
        connection_.finish(false);
        return;
    }
    engine_.go_away(http::H2Code::no_error);
    gone_away_ = true;
    stopping_ = false;
    send_soon();
}

void Http2Session::timed_out()
{
    if (connection_.queued() > 0) { // the client takes nothing
        connection_.abort();
        return;
    }
    if (streams_.empty()) {
        leave(http::H2Code::no_error);
        return;
    }
    connection_.arm_timeout(timeout_of(vhost_.base->core())); // the streams have their own clocks
}

// Nothing more is read; what is queued leaves.
void Http2Session::leave(http::H2Code code)
{
    input_over_ = true;
    engine_.terminate(code);
    send_soon();
}

void Http2Session::lost()
{
    over_ = input_over_ = true;
    watch_.disarm();
    for (auto& stream : streams_) stream->closed_by_loss();
    // Each fiber ends now; its stream retires.
    while (!streams_.empty()) {
        for (size_t at = streams_.size(); at-- > 0;) attend_later(*streams_[at]);
        if (!attend()) break;
    }
}

void Http2Session::stop()
{
    if (over_ || stopping_ || gone_away_) return;
    stopping_ = true;
    engine_.announce_shutdown();
    send_soon();
    connection_.worker().loop.arm(
        watch_, shutdown_grace, [](void* self) { static_cast<Http2Session*>(self)->watch(); },
        this);
}

void Http2Session::begin_watch()
{
    if (watch_.armed()) return;
    connection_.worker().loop.arm(
        watch_, watch_interval, [](void* self) { static_cast<Http2Session*>(self)->watch(); },
        this);
}

void Http2Session::watch()
{
    if (over_) return;
    if (stopping_) {
        stopping_ = false;
        gone_away_ = true;
        engine_.go_away(http::H2Code::no_error);
        send_soon();
    }
    const auto now = connection_.worker().loop.now();
    for (size_t i = streams_.size(); i-- > 0;) streams_[i]->look_at_clock(now);
    (void)attend();
    if (!streams_.empty()) begin_watch();
}

void Http2Session::give_up(Http2Stream& stream)
{
    log_event(vhost_, &connection_.peer(),
              {.severity = Severity::info,
               .module = "http2",
               .id = stream_timed_out,
               .text = "stream " + std::to_string(stream.id)
                       + ": the client took nothing within H2StreamTimeout, the stream is reset"});
    engine_.reset(stream.id, http::H2Code::cancel);
    send_soon();
}

void Http2Session::complain(Nuisance kind)
{
    ++connection_.worker().http2_nuisances[static_cast<size_t>(kind)];
    if (std::exchange(complained_, true)) return;
    log_event(vhost_, &connection_.peer(),
              {.severity = Severity::warn,
               .module = "http2",
               .id = catalogue_id(kind),
               .text = std::string("the client ") + describe(kind)
                       + ": the connection ends with ENHANCE_YOUR_CALM"});
}

void Http2Session::retire(Http2Stream& stream)
{
    const size_t place = stream.place;
    std::unique_ptr<Http2Stream> retired = std::move(streams_[place]);
    if (place + 1 != streams_.size()) {
        streams_[place] = std::move(streams_.back());
        streams_[place]->place = place;
    }
    streams_.pop_back();
    if (spare_.size() < max_spare_streams) {
        spare_.push_back(std::move(retired));
    } else {
        retired_.push_back(std::move(retired)); // it may be on the stack
    }
    if (over_) return;
    send_soon(); // the last one ends a connection that is to end
}

// --- from the engine ---

bool Http2Session::frame_begins(const http::H2Frame& frame)
{
    const auto cost = Http2Budget::cost_of(frame);
    if (!cost || budget_.charge(*cost, connection_.worker().loop.now())) return true;
    complain(*cost);
    return false;
}

std::unique_ptr<Http2Stream> Http2Session::take_stream()
{
    if (spare_.empty()) return std::make_unique<Http2Stream>(*this);
    std::unique_ptr<Http2Stream> stream = std::move(spare_.back());
    spare_.pop_back();
    return stream;
}

http::H2Stream& Http2Session::stream_opened(int32_t)
{
    return enlist(take_stream(), connection_.worker().take_exchange(connection_.peer()));
}

Http2Stream& Http2Session::enlist(std::unique_ptr<Http2Stream> listed,
                                  std::unique_ptr<Exchange> exchange)
{
    streams_.push_back(std::move(listed));
    Http2Stream& stream = *streams_.back();
    stream.place = streams_.size() - 1;
    stream.open(std::move(exchange));
    if (streams_.size() == 1) {
        begin_watch();
        cool_down();
        connection_.end_read();
        connection_.show(Activity::working);
        connection_.arm_timeout(timeout_of(vhost_.base->core()));
        idle_ = false;
        has_served_ = true;
    }
    return stream;
}

// After a pause the network may have changed: records are small again for a while.
void Http2Session::cool_down()
{
    if (!idle_ || !has_served_) return;
    const auto seconds = settings_.tls_cool_down.value_or(std::chrono::seconds(1));
    if (seconds.count() > 0 && connection_.worker().loop.now() - idle_since_ >= seconds)
        connection_.cool_down();
}

bool Http2Session::field(http::H2Stream& stream, std::string_view name, std::string_view value,
                         bool in_trailers)
{
    return ours(stream).take_field(name, value, in_trailers);
}

void Http2Session::head_complete(http::H2Stream& stream, bool ends_stream)
{
    ours(stream).head_complete(ends_stream);
}

// The stream's window bounds what arrives; the connection's is not to hold up other streams.
void Http2Session::data(http::H2Stream& stream, std::string_view bytes)
{
    engine_.consume_connection(bytes.size());
    ours(stream).take_data(bytes);
}

void Http2Session::input_complete(http::H2Stream& stream)
{
    ours(stream).input_complete();
}

void Http2Session::stream_closed(http::H2Stream& stream, http::H2Code)
{
    ours(stream).closed();
}

bool Http2Session::stream_refused(int32_t id, std::string_view reason)
{
    log_event(vhost_, &connection_.peer(),
              {.severity = Severity::info,
               .module = "http2",
               .apache_id = "AH03063",
               .text = "stream " + std::to_string(id)
                       + ": the client broke the protocol: " + std::string(reason)});
    if (settings_.max_stream_errors == 0 || ++stream_errors_ <= settings_.max_stream_errors)
        return true;
    complain(Nuisance::stream_errors);
    return false;
}

http::H2Piece Http2Session::next_piece(http::H2Stream& stream, size_t limit)
{
    return ours(stream).next_piece(limit);
}

bool Http2Session::put_piece(http::H2Stream& stream, std::string_view frame_head, size_t size,
                             size_t padding)
{
    budget_.data_sent();
    ours(stream).put_piece(out_, frame_head, size, padding);
    return !connection_.is_full();
}

// A frame ends where its record ends, unless little of the record is left.
size_t Http2Session::frame_size()
{
    constexpr size_t worth_filling = 4096;
    const size_t room = out_.room();
    const size_t size = room >= worth_filling ? room - 9 : full_frame;
    const size_t limit = settings_.max_data_frame;
    return limit > 0 ? std::min(size, limit) : size;
}

void Http2Session::answered(http::H2Stream& stream, bool early)
{
    budget_.response_sent();
    // The rest of the request is of no use any more (RFC 9113 §8.1); a tunnel has two ends.
    if (early && !ours(stream).is_tunnel()) engine_.reset(stream.id, http::H2Code::no_error);
}

} // namespace signet::server
