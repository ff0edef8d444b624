// HTTP/2 on one connection: many streams at a time.   RFC 9113
// The engine (http/h2_engine.h) speaks the protocol; each Http2Stream is a request on a fiber of
// its own; the session brings them together with the socket, the clock, and what clients may not
// do.
#pragma once
#include "http/h2_engine.h"
#include "net/loop.h"
#include "server/http2_budget.h"
#include "server/http2_push.h"
#include "server/http2_settings.h"
#include "server/http2_stream.h"
#include "server/record_writer.h"
#include "server/session.h"

#include <memory>
#include <string_view>
#include <vector>

namespace signet::server {

class Connection;
class VirtualHost;

// Owned by its connection. Output is made at the end of a loop turn, in drained(): the frames of
// all streams gather in few records.
class Http2Session final : public Session, private http::H2Handler {
public:
    // `vhost`: the one the connection was opened for; its settings hold for every stream.
    Http2Session(Connection& connection, const VirtualHost& vhost);
    ~Http2Session() override;

    // The first request came by HTTP/1.1 (Upgrade: h2c) and is answered as stream 1. False when
    // `settings`, the decoded HTTP2-Settings field, is malformed; the exchange is then untouched.
    [[nodiscard]] bool adopt(std::string_view settings, std::unique_ptr<Exchange>& exchange);

    // Session.
    void feed(std::span<char> bytes) override;
    void drained() override;
    void end_of_input() override;
    void timed_out() override;
    void lost() override;
    void stop() override;

    // For its streams.
    [[nodiscard]] Connection& connection() { return connection_; }
    [[nodiscard]] http::H2Engine& engine() { return engine_; }
    [[nodiscard]] const Http2Settings& settings() const { return settings_; }
    void send_soon() { connection_.call_back_soon(); }
    void attend_later(Http2Stream& stream);
    void retire(Http2Stream& stream);
    // The client takes too long.
    void give_up(Http2Stream& stream);
    // Makes a stream of the promise, unless this client has had the resource. RFC 9113 §8.4
    // True when it was promised now.
    [[nodiscard]] bool push(const Http2Stream& parent, const Request& for_request,
                            const PushedResource& resource);
    // A limit was exceeded: says so in the log, once.
    void complain(Nuisance kind);

private:
    // H2Handler.
    [[nodiscard]] bool frame_begins(const http::H2Frame& frame) override;
    [[nodiscard]] http::H2Stream& stream_opened(int32_t id) override;
    [[nodiscard]] bool field(http::H2Stream& stream, std::string_view name, std::string_view value,
                             bool in_trailers) override;
    void head_complete(http::H2Stream& stream, bool ends_stream) override;
    void data(http::H2Stream& stream, std::string_view bytes) override;
    void input_complete(http::H2Stream& stream) override;
    void stream_closed(http::H2Stream& stream, http::H2Code code) override;
    [[nodiscard]] bool stream_refused(int32_t id, std::string_view reason) override;
    void head_too_long() override { complain(Nuisance::long_heads); }
    [[nodiscard]] http::H2Piece next_piece(http::H2Stream& stream, size_t limit) override;
    [[nodiscard]] bool put_piece(http::H2Stream& stream, std::string_view frame_head, size_t size,
                                 size_t padding) override;
    [[nodiscard]] size_t frame_size() override;
    void answered(http::H2Stream& stream, bool early) override;
    void promise_sent(http::H2Stream& stream) override;
    void promise_dropped(int32_t id) override;

    [[nodiscard]] std::unique_ptr<Http2Stream> take_stream();
    Http2Stream& enlist(std::unique_ptr<Http2Stream> listed, std::unique_ptr<Exchange> exchange);
    [[nodiscard]] bool attend();
    void make_output();
    void await();
    void begin_watch();
    void watch();
    void leave(http::H2Code code);
    void cool_down();
    [[nodiscard]] bool is_suitable_tls() const;

    Connection& connection_;
    const VirtualHost& vhost_;
    const Http2Settings& settings_;
    http::H2Engine engine_;
    RecordWriter out_;
    Http2Budget budget_;
    PushDiary diary_;
    std::vector<std::unique_ptr<Http2Stream>> streams_; // in use
    std::vector<std::unique_ptr<Http2Stream>> spare_;
    std::vector<std::unique_ptr<Http2Stream>> retired_; // to be destroyed
    std::vector<Http2Stream*> waiting_;                 // for attend()
    std::vector<Http2Stream*> attended_;                // reused
    net::Timeout watch_; // looks at the streams' clocks, while there are any
    unsigned stream_errors_ = 0;
    bool attending_ = false;
    bool input_over_ = false; // nothing is read any more
    bool over_ = false;       // the connection is ending
    bool complained_ = false;
    bool waits_for_preface_ = false; // after 101: curl has little room for what comes with it
    bool stopping_ = false;          // GOAWAY was announced
    bool gone_away_ = false;         // and meant
    bool idle_ = false;
    Monotonic::time_point idle_since_{};
    bool has_served_ = false;
};

} // namespace signet::server
