// A running CGI program as its request's fiber sees it: what it says, while the request's body
// flows to it and its standard error to the log. Neither side can hold up the other.
#pragma once
#include "net/child.h"
#include "net/loop.h"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

namespace signet::net {
class Fiber;
}
namespace signet::server {
class Request;
class Response;
} // namespace signet::server

namespace signet::mod_cgi {

// Lives on the stack of the request's fiber, or on its heap. When it goes, the program goes to the
// worker's reaper.
class Script {
public:
    struct Limits {
        std::chrono::milliseconds patience; // with a program that says nothing
        size_t kept_body = 0;               // bytes of the request body that `body()` keeps
    };

    Script(server::Request& request, server::Response& response, net::Child child,
           const Limits& limits);
    ~Script();
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;

    // Must succeed before anything else.
    [[nodiscard]] Result<void> begin();

    // The next bytes of the program's output, valid until the next call; empty at its end. Waits.
    // Errors: timed_out (the program), cancelled (the client is gone). An error of the request body
    // is given by body_error(), too.
    [[nodiscard]] Result<std::string_view> next();
    // The same without waiting: nothing when it has not said more yet.
    [[nodiscard]] Result<std::optional<std::string_view>> next_now();
    // What was wrong with the request body, if anything.
    [[nodiscard]] const std::optional<Error>& body_error() const { return body_error_; }

    // Reads and drops what comes until the program has closed its output and its standard error.
    // From now on the latter's lines go to `lines` if given, instead of the error log.
    void hear_out(std::string* lines);

    // The request has its answer: the program may go on as long as it keeps its standard error.
    void let_go() { is_done_ = true; }

    // The beginning of the request body, as far as it was to be kept.
    [[nodiscard]] std::string_view body() const { return body_; }

private:
    // Wakes the fiber when one of the pipes has something.
    class Watch final : public net::EventHandler {
    public:
        explicit Watch(Script& script)
            : script_(script)
        {
        }
        void on_event(uint32_t) override { script_.wake(); }

    private:
        Script& script_;
    };

    void wake();
    [[nodiscard]] bool feed();
    void read_errors();
    void log_line(std::string_view line);
    [[nodiscard]] Result<void> wait(bool for_client);
    void close(FileDescriptor& pipe);

    server::Request& request_;
    server::Response& response_;
    net::Loop& loop_;
    net::Child child_;
    Limits limits_;
    Watch watch_{*this};
    net::Fiber* fiber_;
    net::Timeout timeout_;
    bool waiting_ = false;
    bool timed_out_ = false;
    bool is_done_ = false;
    std::unique_ptr<char[]> buffer_;
    std::string unsent_; // of the request body
    std::string body_;
    std::optional<Error> body_error_{};
    std::string error_line_; // the beginning of one
    std::string* error_lines_ = nullptr;
};

} // namespace signet::mod_cgi
