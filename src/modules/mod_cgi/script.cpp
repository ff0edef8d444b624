#include "modules/mod_cgi/script.h"

#include "net/fiber.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/response.h"
#include "server/worker.h"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace signet::mod_cgi {
namespace {

constexpr size_t longest_error_line = 8191;

} // namespace

Script::Script(server::Request& request, server::Response& response, net::Child child,
               const Limits& limits)
    : request_(request)
    , response_(response)
    , loop_(request.worker->loop)
    , child_(std::move(child))
    , limits_(limits)
    , fiber_(net::Fiber::current())
    , buffer_(std::make_unique_for_overwrite<char[]>(server::ResponseSink::piece_for_room))
{
}

Script::~Script()
{
    if (!error_line_.empty()) log_line(error_line_);
    const bool may_go_on = is_done_ && child_.errors();
    loop_.unwatch(child_.errors().get(), watch_);
    close(child_.input());
    close(child_.output());
    request_.worker->reaper().take(std::move(child_),
                                   may_go_on ? limits_.patience : std::chrono::milliseconds(0));
}

Result<void> Script::begin()
{
    for (auto* pipe : {&child_.input(), &child_.output(), &child_.errors()}) {
        if (!*pipe) continue; // not a pipe
        if (auto watched = loop_.watch(pipe->get(), watch_); !watched) return watched;
    }
    if (!request_.body) close(child_.input());
    return {};
}

void Script::close(FileDescriptor& pipe)
{
    if (!pipe) return;
    loop_.unwatch(pipe.get(), watch_);
    pipe.reset();
}

void Script::wake()
{
    if (!std::exchange(waiting_, false)) return;
    fiber_->wake();
}

// Gives the program what has arrived of the request body. True when it waits for the client to send
// more.
bool Script::feed()
{
    auto& pipe = child_.input();
    while (pipe) {
        if (unsent_.empty()) {
            auto piece = request_.body->read_now();
            if (!piece) {
                body_error_ = std::move(piece.error());
                close(pipe);
                return false;
            }
            if (!*piece) return true;
            if ((*piece)->empty()) {
                close(pipe);
                return false;
            }
            unsent_.assign(**piece);
            const size_t kept = std::min(limits_.kept_body - body_.size(), unsent_.size());
            body_.append(unsent_, 0, kept);
        }
        const ssize_t count = ::write(pipe.get(), unsent_.data(), unsent_.size());
        if (count > 0) {
            unsent_.erase(0, static_cast<size_t>(count));
        } else if (errno == EAGAIN) {
            return false;
        } else if (errno != EINTR) { // it reads no more: not everybody wants the body
            close(pipe);
        }
    }
    return false;
}

void Script::log_line(std::string_view line)
{
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (error_lines_) {
        error_lines_->append(line).append("\n");
        return;
    }
    server::log_event(
        request_, {.severity = server::Severity::error, .module = "cgi", .apache_id = "AH01215"},
        "stderr from ", request_.filename, ": ", line);
}

void Script::read_errors()
{
    auto& pipe = child_.errors();
    char bytes[4096];
    while (pipe) {
        const ssize_t count = ::read(pipe.get(), bytes, sizeof bytes);
        if (count <= 0) {
            if (count < 0 && errno == EINTR) continue;
            if (count == 0 || errno != EAGAIN) close(pipe);
            break;
        }
        error_line_.append(bytes, static_cast<size_t>(count));
        size_t start = 0;
        while (start < error_line_.size()) {
            const size_t end = error_line_.find('\n', start);
            if (end == error_line_.npos && error_line_.size() - start < longest_error_line) break;
            const size_t size = std::min(end - start, longest_error_line);
            log_line(std::string_view(error_line_).substr(start, size));
            start += size + (end == start + size ? 1 : 0);
        }
        error_line_.erase(0, start);
    }
}

// Until a pipe or the client stirs, or the program's time is up. While the client is waited for,
// the program's clock stands still.
Result<void> Script::wait(bool for_client)
{
    if (!for_client) {
        loop_.arm(
            timeout_, limits_.patience,
            [](void* script) {
                auto& self = *static_cast<Script*>(script);
                self.timed_out_ = true;
                self.wake();
            },
            this);
    }
    waiting_ = true;
    auto woken = fiber_->suspend();
    waiting_ = false;
    timeout_.disarm();
    response_.sink()->end_waits();
    return woken;
}

Result<std::optional<std::string_view>> Script::next_now()
{
    while (child_.output()) {
        const ssize_t count =
            ::read(child_.output().get(), buffer_.get(), server::ResponseSink::piece_for_room);
        if (count > 0) return std::string_view(buffer_.get(), static_cast<size_t>(count));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0 && errno == EAGAIN) return std::nullopt;
        close(child_.output());
    }
    read_errors();
    return std::string_view();
}

Result<std::string_view> Script::next()
{
    while (true) {
        const bool needs_body = feed();
        if (body_error_) return std::unexpected(*body_error_);
        read_errors();
        const bool has_room = response_.sink()->has_room();
        if (has_room) {
            auto piece = next_now();
            if (!piece) return std::unexpected(piece.error());
            if (*piece) return **piece;
        }
        if (std::exchange(timed_out_, false)) return std::unexpected(Error::timed_out());
        if (auto woken = wait(needs_body || !has_room); !woken)
            return std::unexpected(woken.error());
    }
}

void Script::hear_out(std::string* lines)
{
    error_lines_ = lines;
    while (child_.output() || child_.errors()) {
        (void)feed();
        read_errors();
        auto piece = next_now();
        if (piece && *piece && !(*piece)->empty()) continue;
        if (!child_.output() && !child_.errors()) return;
        if (std::exchange(timed_out_, false)) return;
        if (!wait(false)) return;
    }
}

} // namespace signet::mod_cgi
