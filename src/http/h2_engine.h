// HTTP/2 on one connection: framing, HPACK, stream states, flow control and the order in which
// streams may send, by libnghttp2. Knows neither sockets nor policy.   RFC 9113, 7541, 8441, 9218
#pragma once
#include "base/result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

struct nghttp2_session;

namespace signet::http {

// RFC 9113 §7
enum class H2Code : uint32_t {
    no_error = 0,
    protocol_error = 1,
    internal_error = 2,
    flow_control_error = 3,
    settings_timeout = 4,
    stream_closed = 5,
    frame_size_error = 6,
    refused_stream = 7,
    cancel = 8,
    compression_error = 9,
    connect_error = 10,
    enhance_your_calm = 11,
    inadequate_security = 12,
    http_1_1_required = 13,
};
[[nodiscard]] std::string_view h2_code_name(H2Code code);

// RFC 9113 §6, and PRIORITY_UPDATE of RFC 9218 §7.1
enum class H2FrameType : uint8_t {
    data = 0,
    headers = 1,
    priority = 2,
    rst_stream = 3,
    settings = 4,
    push_promise = 5,
    ping = 6,
    goaway = 7,
    window_update = 8,
    continuation = 9,
    priority_update = 16,
};

struct H2Frame {
    H2FrameType type;
    int32_t stream;
    size_t length;
    bool ends_stream;  // DATA and HEADERS
    bool acknowledges; // SETTINGS and PING
};

// What is kept per stream derives from this; the engine hands it back with everything it says about
// the stream.
struct H2Stream {
    int32_t id = 0;
    bool ranked_by_client = false; // a pushed one: PRIORITY_UPDATE has come
};

// The value of Priority and PRIORITY_UPDATE.   RFC 9218 §4
struct H2Priority {
    unsigned urgency = 3; // 0 is first, 7 last
    bool incremental = false;
};
// What is missing, unknown or of another type is as if it had not been said.
[[nodiscard]] H2Priority parse_priority(std::string_view value);

// How much of a body can be sent now.
struct H2Piece {
    enum class State : uint8_t { more, last, later, broken };
    size_t size = 0;
    State state = State::more;
};

// What an engine tells, while it receives or makes output. None of these may call the engine's
// receive() or next_output().
class H2Handler {
public:
    virtual ~H2Handler() = default;

    // Every frame head, before the frame is looked at. False: no more; the connection ends with
    // ENHANCE_YOUR_CALM.
    [[nodiscard]] virtual bool frame_begins(const H2Frame& frame) = 0;
    // A request begins. The object stays in use until stream_closed().
    [[nodiscard]] virtual H2Stream& stream_opened(int32_t id) = 0;
    // One field of the head, or of the trailers; pseudo-fields first. False ends the connection
    // with ENHANCE_YOUR_CALM.
    [[nodiscard]] virtual bool field(H2Stream& stream, std::string_view name,
                                     std::string_view value, bool in_trailers) = 0;
    virtual void head_complete(H2Stream& stream, bool ends_stream) = 0;
    virtual void data(H2Stream& stream, std::string_view bytes) = 0;
    // The request is complete, trailers included.
    virtual void input_complete(H2Stream& stream) = 0;
    virtual void stream_closed(H2Stream& stream, H2Code code) = 0;
    // The client broke the protocol on one stream, which has been reset. False ends the connection
    // with ENHANCE_YOUR_CALM.
    [[nodiscard]] virtual bool stream_refused(int32_t id, std::string_view reason) = 0;
    // A head went on for too many CONTINUATION frames: the connection ends.
    virtual void head_too_long() = 0;

    // How much of the body fits into the next frame, at most `limit` bytes …
    [[nodiscard]] virtual H2Piece next_piece(H2Stream& stream, size_t limit) = 0;
    // … and right after it: put the frame's head, then as many bytes, then `padding` zeroes. False:
    // that is enough for now, next_output() is to return.
    [[nodiscard]] virtual bool put_piece(H2Stream& stream, std::string_view frame_head, size_t size,
                                         size_t padding) = 0;
    // The best size for the next DATA frame, at most 16384.
    [[nodiscard]] virtual size_t frame_size() = 0;
    // The whole answer is out. `early`: the request is not complete yet.
    virtual void answered(H2Stream& stream, bool early) = 0;

    // PUSH_PROMISE has left: the promised request may be answered …
    virtual void promise_sent(H2Stream& stream) = 0;
    // … or could not be sent: nothing will be said about that stream again.
    virtual void promise_dropped(int32_t id) = 0;
};

struct H2Options {
    uint32_t max_streams = 100;
    uint32_t window = 65535;
    size_t max_header_block = 0; // of a response; 0: nghttp2's 64 KiB
    unsigned padding_bits = 0;
    bool connect_protocol = false; // extended CONNECT, RFC 8441
};

// Owned by a session; one thread.
class H2Engine {
public:
    H2Engine(H2Handler& handler, const H2Options& options);
    ~H2Engine();
    H2Engine(const H2Engine&) = delete;
    H2Engine& operator=(const H2Engine&) = delete;

    // The connection began with an HTTP/1.1 request for h2c: stream 1, half closed. `settings` is
    // the decoded HTTP2-Settings field.
    [[nodiscard]] Result<void> upgrade(std::string_view settings, bool head_request,
                                       H2Stream& stream);

    // An error is the end of the connection: what to say to the client has been queued.
    [[nodiscard]] Result<void> receive(std::string_view bytes);
    // Bytes to send next; empty: nothing (for now). Valid until the next call. Bodies go through
    // put_piece instead.
    [[nodiscard]] std::string_view next_output();
    // Nothing will be read or written any more.
    [[nodiscard]] bool is_over() const;

    // A head is the fields added since the last one. Names are lower-case; the texts must stay in
    // place until the head has left (the stream's arena, or static).
    void add_field(std::string_view name, std::string_view value);
    void send_head(H2Stream& stream, bool has_body);
    void send_interim(H2Stream& stream); // fields begin with :status
    // From next_piece, when it says `last`: the trailers end the stream instead of the data.
    void send_trailers(H2Stream& stream);
    // Promises the client the answer to the request whose fields were added (RFC 9113 §8.4), before
    // the parent's head. False: there can be no more promises.
    [[nodiscard]] bool promise(const H2Stream& parent, H2Stream& promised);
    // The place of a pushed stream; what its client has said about it wins.
    void set_priority(H2Stream& stream, H2Priority priority);
    // next_piece() may be asked again.
    void resume(H2Stream& stream);
    void reset(int32_t stream, H2Code code);
    // Request bytes were used: the client may send as many more on this stream.
    void consume(H2Stream& stream, size_t bytes);
    // The same for the connection's window.
    void consume_connection(size_t bytes);
    [[nodiscard]] bool accepts_push() const; // SETTINGS_ENABLE_PUSH of the client

    // "No new streams, please" (RFC 9113 §6.8): the last stream is still open to everybody.
    void announce_shutdown();
    // From now on no new stream is taken; those begun are finished.
    void go_away(H2Code code);
    // GOAWAY, and nothing more.
    void terminate(H2Code code);

private:
    friend struct H2Callbacks;
    // Streams that ended lately, and whether frames for them are to be expected: those that were on
    // their way when we reset the stream.
    struct Ended {
        int32_t stream = 0;
        bool by_us = false;
    };
    static constexpr size_t remembered = 64;
    void remember(int32_t stream, bool by_us);
    void rank(const H2Stream& stream, H2Priority priority);
    [[nodiscard]] const Ended* find_ended(int32_t stream) const;
    [[nodiscard]] bool refuse(H2Code code);
    [[nodiscard]] bool depends_on_streams(const uint8_t* head) const;
    [[nodiscard]] bool check_frame(const uint8_t* head);
    [[nodiscard]] bool check_stream(const H2Frame& frame, bool padded);
    [[nodiscard]] Result<void> pass_on(std::string_view bytes);
    Result<void> end(int error);

    struct SessionDeleter {
        void operator()(nghttp2_session* session) const;
    };

    H2Handler& handler_;
    unsigned padding_bits_;
    uint32_t random_ = 0x9e3779b9; // of the padding's length
    bool leave_room_for_trailers_ = false;
    // Where the next frame's head begins, and what has come of it when it is split.
    uint64_t payload_left_ = 24; // first the preface
    std::array<uint8_t, 9> head_{};
    size_t head_size_ = 0;
    int32_t last_stream_ = 0; // the highest number a client has used
    std::array<Ended, remembered> ended_{};
    size_t next_ended_ = 0;
    std::optional<H2Code> refusal_{}; // what the client did that nghttp2 would let pass
    std::unique_ptr<nghttp2_session, SessionDeleter> session_;
    struct FieldList;
    std::unique_ptr<FieldList> fields_; // reused
};

} // namespace signet::http
