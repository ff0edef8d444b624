// HTTP/1.x on one connection: head → answer → head …   RFC 9112 §9.3
// Requests of a pipeline are answered one after the other.
#pragma once
#include "http/chunked.h"
#include "http/framing.h"
#include "http/head.h"
#include "server/exchange_runner.h"
#include "server/session.h"
#include "server/tunnel.h"

#include <span>
#include <string>

namespace signet::server {

class Http1Session final : public Session, private ExchangeRunner, private TunnelClient {
public:
    explicit Http1Session(Connection& connection);

    void feed(std::span<char> bytes) override;
    void drained() override;
    void end_of_input() override;
    void timed_out() override;
    void lost() override;
    void stop() override;

private:
    enum class State : uint8_t {
        head,    // between requests, or in the middle of a head
        running, // the request's fiber is at work
        sending, // the response is complete; its body is being pulled as the socket drains
        tunnel,  // it is another protocol now (101): bytes both ways
        drain,   // the response is out; the rest of the request body is read and dropped
        closing, // nothing more will be answered
    };

    // Input.
    void process(std::span<char> bytes);
    std::span<char> read_head(std::span<char> bytes);
    [[nodiscard]] bool is_worth_parsing(std::string_view fresh) const;
    void begin_request(http::RequestHead& head, std::span<char> bytes);
    void refuse(const http::Refusal& refusal, std::string_view line);
    void explain_late_refusal() const override;
    [[nodiscard]] bool may_become_http2() const;
    [[nodiscard]] bool upgrade(std::span<const char> rest);
    void start_request();
    void after_fiber() override;
    void finish_request();

    // RequestBody.
    Result<std::string_view> read() override;
    [[nodiscard]] std::optional<uint64_t> content_length() const override;
    [[nodiscard]] const http::Headers& trailers() const override { return trailers_; }
    Result<std::string_view> take_body();
    void drop_used() { held_.erase(0, std::exchange(body_used_, 0)); }
    bool body_is_over() const;
    void drain_body();

    // ResponseSink.
    Result<void> write(std::string_view bytes) override;
    Result<void> interim(int status, const http::Headers& headers) override;

    // TunnelClient.
    void begin_tunnel();
    void feed_tunnel(std::string_view bytes);
    void send_tunnelled(std::string_view bytes) override;
    [[nodiscard]] bool has_tunnel_room() const override;
    void tunnel_took(size_t bytes) override;
    void end_tunnel_output() override;
    void close_tunnel(bool broken) override;

    // Output.
    void complete_response() override;
    void send_tunnel_head();
    void send_head(bool body_is_known);
    void write_kept_head(const KeptAnswer& kept);
    void decide_keep_alive(const Response& response, bool body_length_known);
    void pump();
    void response_sent();
    void next_request();
    void wait_for_request();

    State state_ = State::head;
    std::string held_;       // bytes received and not yet used
    size_t parsed_size_ = 0; // of held_, when the head in it was last found incomplete
    std::string head_;       // reused
    bool waits_for_body_ = false;
    bool waits_for_room_ = false;
    bool in_head_ = false;         // a part of a head has arrived
    bool processing_ = false;      // process() is on the stack
    bool waits_for_flush_ = false; // idle, but the last answer is still leaving
    bool timed_out_ = false;
    bool input_ended_ = false;
    bool stopping_ = false;

    // The request body's framing and progress.
    http::Framing framing_{};
    http::ChunkedDecoder chunked_;
    bool chunked_done_ = false;
    http::Headers trailers_;
    uint64_t body_left_ = 0; // of a Content-Length
    size_t body_used_ = 0;   // of held_, given out by read(); dropped in larger pieces

    size_t tunnel_waiting_ = 0; // bytes the tunnel has not sent on yet

    // The response's progress.
    bool keep_alive_ = false;
    bool chunked_response_ = false;
    size_t piece_ = 0;
    uint64_t piece_offset_ = 0;
    unsigned requests_ = 0;
};

} // namespace signet::server
