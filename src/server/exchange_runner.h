// One request from its head to its log line, whatever protocol carries it: the exchange, the fiber
// it runs on, and what HTTP/1 and HTTP/2 decide alike. HTTP/1 has one per connection, used for one
// request after the other; HTTP/2 has one per stream.
#pragma once
#include "net/fiber.h"
#include "net/loop.h"
#include "server/exchange.h"
#include "server/fiber_queue.h"
#include "server/response_head.h"

#include <cstdint>
#include <memory>

namespace signet::server {

class Connection;

// Loop thread. The protocol fills exchange_->first.request, calls run_fiber(), and goes on in
// after_fiber(); on the fiber it implements the body to read and the sink to write to.
class ExchangeRunner : public ResponseSink, public RequestBody, private FiberWaiter {
public:
    ExchangeRunner(const ExchangeRunner&) = delete;
    ExchangeRunner& operator=(const ExchangeRunner&) = delete;

protected:
    explicit ExchangeRunner(Connection& connection)
        : connection_(connection)
    {
    }
    ~ExchangeRunner() override;

    // A fresh exchange of the worker's.
    void take_exchange();
    // Vhost and scope of a request whose head cannot be used to find any.
    void use_fallback_vhost();
    // Sees what Expect asks for; anything unknown is refused.
    void judge_expectation();
    // Starts the request's fiber: pipeline, then complete_response(). When none is to be had, the
    // request waits for one; when too many do, or for too long, it gets 503.
    void run_fiber();
    // On the fiber: the handler has returned (or the request was refused).
    virtual void complete_response() = 0;
    // Logs why late_refusal_ was set.
    virtual void explain_late_refusal() const {}
    // On the loop's stack: the fiber has ended.
    virtual void after_fiber() = 0;
    // Log hooks run, the exchange goes back.
    void end_exchange();

    // Makes fields_ for the response that is about to be sent, Content-Length included.
    void gather_head(bool body_is_known);

    // LimitRequestBody. The first is asked before anything is read, the second counts what was.
    [[nodiscard]] Result<void> check_announced_length();
    [[nodiscard]] Result<void> count_body(size_t bytes);
    // MergeTrailers On: whoever looks at the header from now on sees the request's trailers too.
    void merge_trailers();
    // What is sent after the body; empty when the response has nothing, or nothing fit to send.
    [[nodiscard]] const http::Headers& response_trailers() const;
    // The response changes protocols, and the session is to begin the tunnel.
    [[nodiscard]] bool answers_with_tunnel() const;
    // The client waits for 100 Continue, and gets none because the answer is no success: then it
    // sends no body either.
    [[nodiscard]] bool is_body_withheld();

    Connection& connection_;
    std::unique_ptr<Exchange> exchange_;
    HeadFields fields_;           // reused
    net::Fiber* fiber_ = nullptr; // while suspended
    bool fiber_running_ = false;
    bool unparsed_ = false; // the head was not understood
    int refusal_ = 0;       // the status to answer without looking further
    int late_refusal_ = 0;  // the same, when finding the vhost has not failed
    bool expects_continue_ = false;
    bool body_broken_ = false;
    uint64_t body_read_ = 0;

private:
    static void fiber_main(void* runner);
    void fiber_is_free() override;
    [[nodiscard]] bool wait_for_fiber();
    void leave_queue();
    void refuse_busy();
    void end_filters();
    [[nodiscard]] int judge();
    void refuse_bad_fields();
    [[nodiscard]] uint64_t body_limit() const;

    bool waits_for_fiber_ = false;
    net::Timeout fiber_timeout_;
};

} // namespace signet::server
