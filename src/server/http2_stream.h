// One HTTP/2 stream: a request, its response, and the exchange between them.   RFC 9113 §5, §8
#pragma once
#include "base/chain.h"
#include "base/clock.h"
#include "http/h2_engine.h"
#include "server/exchange_runner.h"
#include "server/tunnel.h"

#include <string>
#include <string_view>

namespace signet::server {

class Http2Session;
class RecordWriter;

// Owned by its session and used for one stream after the other. What the engine reports is noted
// and done later, by attend(): fibers must not run inside the engine.
class Http2Stream final : public http::H2Stream, private ExchangeRunner, private TunnelClient {
public:
    explicit Http2Stream(Http2Session& session);

    // As new, for the next stream.
    void open(std::unique_ptr<Exchange> exchange);

    // From the engine.
    [[nodiscard]] bool take_field(std::string_view name, std::string_view value, bool in_trailers);
    void head_complete(bool ends_stream);
    void take_data(std::string_view bytes);
    void input_complete();
    void closed();
    // The connection is lost: attend() ends the fiber.
    void closed_by_loss() { closed_ = lost_ = true; }
    [[nodiscard]] http::H2Piece next_piece(size_t limit);
    void put_piece(RecordWriter& out, std::string_view frame_head, size_t size, size_t padding);
    // A request that nobody has made: the client will need its answer. The texts are copied.
    void become_promise(const Http2Stream& parent, const Request& for_request,
                        const PushedResource& resource);
    // The promise has left: the request begins.
    void promise_sent();
    // It could not be sent.
    void promise_dropped();
    // Stream 1 of a connection that was upgraded from HTTP/1.1.
    void adopt();

    // Outside of the engine: starts, wakes or cancels the fiber, as what has happened demands.
    void attend();
    // Has it waited too long for the client? Then the wait ends.
    void look_at_clock(Monotonic::time_point now);
    // The client will send no more.
    void input_lost();
    [[nodiscard]] bool is_tunnel() const { return tunnelling_; }

    // The session's list of streams that need attention.
    bool queued = false;
    size_t place = 0; // in the session's list

private:
    // What the pseudo-fields said.
    struct Pseudo {
        std::string_view method, scheme, authority, path, protocol;
    };
    [[nodiscard]] bool take_pseudo_field(std::string_view name, std::string_view value);
    void take_plain_field(std::string_view name, std::string_view value);
    [[nodiscard]] int check_target() const;
    [[nodiscard]] bool asks_for_websocket() const;
    void ask_as_http1();
    void refuse_head(int status, std::string_view apache_id, std::string_view text);
    void start();
    void finish();
    void touch();
    void want_attention();

    // RequestBody.
    Result<std::string_view> read() override;
    Result<std::optional<std::string_view>> read_now() override;
    [[nodiscard]] std::optional<uint64_t> content_length() const override { return length_; }
    [[nodiscard]] const http::Headers& trailers() const override { return trailers_; }

    // ResponseSink.
    Result<void> write(std::string_view bytes) override;
    Result<void> interim(int status, const http::Headers& headers) override;
    bool has_room() override;
    void end_waits() override;
    void push(const PushedResource& resource) override;

    // TunnelClient.
    void begin_tunnel();
    void attend_tunnel();
    void send_tunnelled(std::string_view bytes) override;
    [[nodiscard]] bool has_tunnel_room() const override;
    void tunnel_took(size_t bytes) override;
    void end_tunnel_output() override;
    void close_tunnel(bool broken) override;

    // ExchangeRunner.
    void complete_response() override;
    void after_fiber() override;

    void send_head(bool body_is_known);
    void send_tunnel_head();
    [[nodiscard]] bool promise(const PushedResource& resource);
    // True when something was pushed.
    [[nodiscard]] bool push_links();
    [[nodiscard]] std::string_view push_policy() const;
    void rank_pushed();
    [[nodiscard]] http::H2Piece ended(size_t size);
    void add_fields(const http::Headers& fields);
    [[nodiscard]] http::H2Piece next_known_piece(size_t limit);
    [[nodiscard]] std::chrono::milliseconds timeout() const;

    Http2Session& session_;
    Pseudo pseudo_{};
    size_t head_size_ = 0;   // of the fields, decoded
    size_t field_count_ = 0; // of those that were sent
    std::optional<uint64_t> length_{};
    http::Headers trailers_;
    std::string arrived_; // request body that nobody has read yet
    std::string given_;   // what read() gave out last
    Chain pending_;       // response body that was written and has not left
    Monotonic::time_point progress_{};
    size_t piece_ = 0; // of a known response body
    uint64_t piece_offset_ = 0;
    size_t staged_ = 0;            // bytes of a file in the loop's scratch memory
    unsigned pushed_urgency_ = 3;  // of the answer a promise came with
    bool pushed_critical_ = false; // and whether this one is wanted first
    bool ready_ = false;           // the head is complete, the fiber has not started
    bool started_ = false;         // it has
    bool ended_ = false;           // the request is complete
    bool closed_ = false;          // the stream is gone
    bool streaming_ = false;       // the body is written piece by piece
    bool written_ = false;         // and that was the last one
    bool tunnelling_ = false; // it is another protocol now, until the stream or the tunnel ends
    bool tunnel_knows_end_ = false; // the client's
    bool lost_ = false;             // with its connection
    bool timed_out_ = false;
    bool waits_for_body_ = false;
    bool waits_for_room_ = false;
};

} // namespace signet::server
