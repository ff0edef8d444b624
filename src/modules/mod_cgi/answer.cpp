#include "modules/mod_cgi/answer.h"

#include "base/text.h"
#include "http/script_head.h"
#include "http/status.h"
#include "modules/mod_cgi/script.h"
#include "modules/mod_cgi/script_log.h"
#include "server/error_log.h"
#include "server/filter_chain.h"
#include "server/request.h"
#include "server/response.h"
#include "server/script_fields.h"
#include "server/subrequest.h"

#include <algorithm>
#include <string>

namespace signet::mod_cgi {
namespace {

using server::Outcome, server::Request, server::Response, server::Severity;

// Catalogue ids (diagnosis/module_entries.cpp).
constexpr int malformed_head = 674;
constexpr int script_too_slow = 676;

// A head that has not ended by then never will.
constexpr size_t longest_head = size_t{1} << 20;

std::string_view name_of(const Request& request)
{
    return request.filename.substr(request.filename.rfind('/') + 1);
}

template <class... Pieces> void complain(Request& request, int id, const Pieces&... pieces)
{
    const auto text = request.arena.join(pieces...);
    server::log_event(request,
                      {.severity = Severity::error, .module = "cgi", .id = id, .text = text});
}

// What is wrong with a request body, as a status.
int status_of(const Error& error)
{
    switch (error.kind) {
    case Error::Kind::timed_out: return 408;
    case Error::Kind::too_large: return 413;
    default: return 400;
    }
}

void warn_of_timeout(const Request& request)
{
    server::log_event(request,
                      {.severity = Severity::warn,
                       .module = "cgi",
                       .apache_id = "AH01220",
                       .id = script_too_slow},
                      "Timeout waiting for output from CGI script ", request.filename);
}

class Answer {
public:
    Answer(const Config& config, Script& script, Request& request, Response& response)
        : config_(config)
        , script_(script)
        , request_(request)
        , response_(response)
    {
    }

    Outcome run();
    Outcome run_unparsed();

private:
    [[nodiscard]] Outcome read_head();
    [[nodiscard]] bool is_worth_parsing(size_t fresh) const;
    [[nodiscard]] Outcome take_fields();
    [[nodiscard]] Outcome refuse(int status);
    [[nodiscard]] Outcome fail_head(const Error& error);
    [[nodiscard]] Outcome follow(std::string_view location);
    [[nodiscard]] Outcome send_body();
    void explain_end(const Error& error);
    void take_status_line();

    const Config& config_;
    Script& script_;
    Request& request_;
    Response& response_;
    std::string received_; // the head, and the beginning of the body
    size_t parsed_size_ = 0;
    http::ScriptHead head_;
    server::ScriptFields script_fields_{request_, response_, "cgi"};
};

// Failures before the head are the server's answer; what the script has to say about them goes
// into the logs.
Outcome Answer::refuse(int status)
{
    const bool logs = wants_log(config_);
    std::string errors;
    script_.hear_out(logs ? &errors : nullptr);
    if (logs) {
        const auto rest =
            std::string_view(received_).substr(std::min(head_.size, received_.size()));
        log_failure(config_, request_, response_, status,
                    {.request_body = script_.body(),
                     .bad_line = head_.bad_line,
                     .output = rest,
                     .errors = errors});
    }
    return status;
}

Outcome Answer::fail_head(const Error& error)
{
    if (script_.body_error()) {
        server::log_event(request_,
                          {.severity = Severity::error, .module = "cgi", .apache_id = "AH01225"},
                          "Error reading request entity data");
        return status_of(error);
    }
    if (error.kind != Error::Kind::timed_out) return 500; // the client is gone
    warn_of_timeout(request_);
    complain(request_, script_too_slow,
             "Script timed out before returning headers: ", name_of(request_));
    return 504;
}

// Parsing begins anew each time: a script that writes a huge head in many pieces must not cost its
// square.
bool Answer::is_worth_parsing(size_t fresh) const
{
    constexpr size_t small = size_t{16} * 1024;
    if (received_.size() < small || received_.size() >= 2 * parsed_size_) return true;
    const auto end = std::string_view(received_).substr(received_.size()
                                                        - std::min(received_.size(), fresh + 3));
    return end.find("\n\n") != end.npos || end.find("\n\r\n") != end.npos;
}

Outcome Answer::read_head()
{
    while (true) {
        auto piece = script_.next();
        if (!piece) return fail_head(piece.error());
        const bool ended = piece->empty();
        received_.append(*piece);
        if (ended || is_worth_parsing(piece->size())) {
            head_ = http::parse_script_head(received_);
            parsed_size_ = received_.size();
        }
        if (head_.state == http::ScriptHead::State::complete) return Outcome::ok;
        if (head_.state == http::ScriptHead::State::malformed) {
            complain(request_, malformed_head, "malformed header from script '", name_of(request_),
                     "': Bad header: ", head_.bad_line.substr(0, 30));
            return refuse(500);
        }
        if (ended || received_.size() > longest_head) {
            complain(request_, no_script_head,
                     head_.fields.empty() ? "End of script output before headers: "
                                          : "Premature end of script headers: ",
                     name_of(request_));
            return refuse(500);
        }
    }
}

Outcome Answer::take_fields()
{
    script_fields_.take(head_);
    const int verdict = script_fields_.check_conditions();
    script_fields_.drop_framing();
    if (verdict == 0) return Outcome::ok;
    const Outcome refused = refuse(verdict);
    if (verdict != 304) return refused;
    response_.status = 304;
    return Outcome::done;
}

Outcome Answer::follow(std::string_view location)
{
    script_.hear_out(nullptr);
    script_.let_go();
    if (!location.starts_with('/')) return 302;
    // What follows is a GET whatever this was, and the body has been read.
    request_.method = http::Method::get;
    request_.method_name = "GET";
    request_.headers.remove("Content-Length");
    request_.body = nullptr;
    return server::internal_redirect(request_, response_, location);
}

void Answer::explain_end(const Error& error)
{
    if (error.kind != Error::Kind::timed_out || script_.body_error()) return;
    warn_of_timeout(request_);
}

// What is there goes out at once. A body that is whole by then is told with its length.
Outcome Answer::send_body()
{
    auto more = script_.next_now();
    if (more && *more && (*more)->empty()) {
        response_.body.add(request_.arena.copy(std::string_view(received_).substr(head_.size)));
        script_.let_go();
        return Outcome::ok;
    }
    if (auto sent = response_.write(std::string_view(received_).substr(head_.size)); !sent)
        return Outcome::ok;
    if (more && *more && !response_.write(**more)) return Outcome::ok;
    while (true) {
        auto piece = script_.next();
        if (!piece) {
            explain_end(piece.error());
            response_.breaks_off = true;
            return Outcome::ok;
        }
        if (piece->empty()) break;
        if (!response_.write(*piece)) return Outcome::ok; // the client is gone
    }
    script_.let_go();
    return Outcome::ok;
}

Outcome Answer::run()
{
    if (const Outcome outcome = read_head(); outcome != Outcome::ok) return outcome;
    if (const Outcome outcome = take_fields(); outcome != Outcome::ok)
        return outcome == Outcome::done ? Outcome::ok : outcome;
    const auto location = response_.headers.find("Location");
    if (location && response_.status == 200) return follow(*location);
    return send_body();
}

// "HTTP/1.1 404 Not Found", for protocols that cannot carry it as it is.
void Answer::take_status_line()
{
    if (!received_.starts_with("HTTP/")) return;
    const size_t end = std::min(received_.find('\n'), received_.size() - 1);
    std::string_view line = trim(std::string_view(received_).substr(0, end));
    line = line.substr(std::min(line.find(' '), line.size()));
    if (!line.empty()) line.remove_prefix(1);
    script_fields_.take_status(request_.arena.copy(line));
    received_.erase(0, end + 1);
}

Outcome Answer::run_unparsed()
{
    if (request_.version != http::Version::http2) {
        response_.head_sent = true;
        response_.counts_nothing = true; // in the log, as in Apache
        response_.filters.reset();
        return send_body();
    }
    while (received_.find('\n') == received_.npos && received_.size() < longest_head) {
        auto piece = script_.next();
        if (!piece) return fail_head(piece.error());
        if (piece->empty()) break;
        received_.append(*piece);
    }
    take_status_line();
    head_ = http::parse_script_head(received_);
    if (head_.state != http::ScriptHead::State::complete) {
        if (const Outcome outcome = read_head(); outcome != Outcome::ok) return outcome;
    }
    script_fields_.take(head_);
    response_.headers.remove("Transfer-Encoding");
    return send_body();
}

} // namespace

Outcome answer(const Config& config, Script& script, Request& request, Response& response)
{
    return Answer(config, script, request, response).run();
}

Outcome answer_unparsed(const Config& config, Script& script, Request& request, Response& response)
{
    return Answer(config, script, request, response).run_unparsed();
}

} // namespace signet::mod_cgi
