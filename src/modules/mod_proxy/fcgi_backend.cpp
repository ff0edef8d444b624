// mod_proxy_fcgi: a program that another process runs answers, as CGI's would.
// https://httpd.apache.org/docs/2.4/mod/mod_proxy_fcgi.html
#include "modules/mod_proxy/fcgi_backend.h"

#include "base/text.h"
#include "http/script_head.h"
#include "modules/mod_proxy/config.h"
#include "modules/mod_proxy/fcgi_records.h"
#include "modules/mod_proxy/spooled_body.h"
#include "server/error_log.h"
#include "server/filter_chain.h"
#include "server/program_environment.h"
#include "server/request.h"
#include "server/request_expression.h"
#include "server/response.h"
#include "server/script_fields.h"
#include "server/worker.h"

#include <algorithm>
#include <memory>

namespace signet::mod_proxy {
namespace {

using server::Outcome, server::Request, server::Response, server::Severity;

constexpr size_t longest_script_head = size_t{1} << 20;

class FcgiExchange {
public:
    FcgiExchange(const Config& config, const Route& route, Request& request, Response& response)
        : config_(config)
        , route_(route)
        , request_(request)
        , response_(response)
    {
    }
    Attempt run();

private:
    void name_script();
    void set_path_info();
    void apply_variable_rules();
    [[nodiscard]] std::string parameters() const;
    [[nodiscard]] Result<void> send_request(Link& link);
    [[nodiscard]] Result<void> send_body(Link& link);
    [[nodiscard]] Result<void> send_input(Link& link, std::string_view bytes);
    [[nodiscard]] Result<bool> read_output(Link& link, std::string_view& output);
    void log_errors(std::string_view text);
    [[nodiscard]] Outcome read_answer(Link& link);
    [[nodiscard]] std::optional<Outcome> take_head(Link& link);
    [[nodiscard]] Outcome pass_output(Link& link);
    [[nodiscard]] Outcome complain(const Error& error);

    const Config& config_;
    const Route& route_;
    Request& request_;
    Response& response_;
    std::optional<SpooledBody> spooled_{};
    std::optional<Error> body_error_{};
    fcgi::Reader reader_;
    static constexpr size_t buffer_size = size_t{16} * 1024;
    // Not on the stack: requests of one fiber may be nested.
    std::unique_ptr<char[]> buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
    std::string_view received_;
    std::string head_bytes_; // what the script has said until its head was whole
    bool ended_ = false;
};

// "proxy:fcgi://host:port/path" without the query: FPM takes the beginning off itself, others get
// the path alone.
void FcgiExchange::name_script()
{
    auto path = route_.parts.rest;
    path = path.substr(0, path.find('?'));
    if (config_.generic_fcgi.value_or(false)) {
        request_.filename = path;
    } else {
        request_.filename =
            request_.arena.join("proxy:", route_.parts.scheme, "://", route_.parts.authority, path);
    }
}

// SetEnv proxy-fcgi-pathinfo: ProxyPass sees no file, so nothing tells what of the path is the
// script and what comes behind it.
void FcgiExchange::set_path_info()
{
    const auto how = request_.env.find("proxy-fcgi-pathinfo");
    if (!how || !request_.path_info.empty()) return;
    auto path = route_.parts.rest;
    path = path.substr(0, path.find('?'));
    size_t at = 0;
    if (*how == "first-dot" || *how == "last-dot") {
        const size_t dot = *how == "first-dot" ? path.find('.') : path.rfind('.');
        at = dot == path.npos ? path.npos : path.find('/', dot);
    }
    if (at == path.npos) return;
    request_.path_info = request_.arena.copy(path.substr(at));
}

void FcgiExchange::apply_variable_rules()
{
    for (const VariableRule& rule : config_.variables) {
        server::RequestExpression context(request_);
        const auto holds = rule.condition->test(context);
        if (!holds || !*holds) continue;
        if (rule.removes) {
            request_.env.remove(rule.name);
        } else if (!rule.value) {
            request_.env.set(rule.name, "");
        } else if (const auto value = rule.value->string(context)) {
            request_.env.set(rule.name, request_.arena.copy(*value));
        }
    }
}

std::string FcgiExchange::parameters() const
{
    std::string pairs;
    for (const auto& [name, value] : request_.env) fcgi::append_pair(pairs, name, value);
    if (spooled_) fcgi::append_pair(pairs, "CONTENT_LENGTH", std::to_string(spooled_->size()));
    return pairs;
}

Result<void> FcgiExchange::send_input(Link& link, std::string_view bytes)
{
    while (!bytes.empty()) {
        std::string record;
        fcgi::append_record(record, fcgi::Kind::input, bytes.substr(0, fcgi::most_content));
        if (auto sent = link.write(record); !sent) return sent;
        bytes.remove_prefix(std::min(bytes.size(), fcgi::most_content));
    }
    return {};
}

Result<void> FcgiExchange::send_body(Link& link)
{
    while (request_.body) {
        const auto piece = spooled_ ? spooled_->next() : request_.body->read();
        if (!piece) {
            body_error_ = piece.error();
            return std::unexpected(piece.error());
        }
        if (piece->empty()) break;
        if (auto sent = send_input(link, *piece); !sent) return sent;
    }
    std::string end;
    fcgi::append_record(end, fcgi::Kind::input, {});
    return link.write(end);
}

Result<void> FcgiExchange::send_request(Link& link)
{
    std::string begin;
    fcgi::append_begin(begin, route_.backend->may_reuse());
    fcgi::append_stream(begin, fcgi::Kind::params, parameters());
    if (auto sent = link.write(begin); !sent) return sent;
    auto sent = send_body(link);
    // A backend that takes no more of the body may have said why.
    return !sent && !body_error_ ? Result<void>{} : sent;
}

void FcgiExchange::log_errors(std::string_view text)
{
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.empty()) continue;
        log_event(request_,
                  {.severity = Severity::error,
                   .module = "proxy_fcgi",
                   .apache_id = "AH01071",
                   .id = script_said},
                  "Got error '", line, "'");
    }
}

// The next output of the script; false at the end of the request.
Result<bool> FcgiExchange::read_output(Link& link, std::string_view& output)
{
    while (!ended_) {
        fcgi::Reader::Record record;
        const auto found = reader_.next(received_, record);
        if (!found) return std::unexpected(found.error());
        if (!*found) {
            const auto count = link.read({buffer_.get(), buffer_size});
            if (!count) return std::unexpected(count.error());
            if (*count == 0) return fail(Error::Kind::malformed, "it closed the connection");
            received_ = {buffer_.get(), *count};
            continue;
        }
        if (record.kind == fcgi::Kind::errors) log_errors(record.content);
        if (record.kind == fcgi::Kind::end) ended_ = true;
        if (record.kind == fcgi::Kind::output && !record.content.empty()) {
            output = record.content;
            return true;
        }
    }
    return false;
}

Outcome FcgiExchange::complain(const Error& error)
{
    if (error.kind == Error::Kind::cancelled) return Outcome::done;
    log_event(request_,
              {.severity = Severity::error,
               .module = "proxy_fcgi",
               .apache_id = "AH01075",
               .id = bad_answer},
              "Error dispatching request to ", host_and_port(route_.parts), ": ", error.text);
    if (response_.head_sent) {
        response_.breaks_off = true;
        return Outcome::ok;
    }
    return error.kind == Error::Kind::timed_out ? 504 : 503;
}

// What the head leads to instead of the script's output; nothing where that comes. As in Apache a
// script that ends before its head does has said nothing but content, and Location is a field.
std::optional<Outcome> FcgiExchange::take_head(Link& link)
{
    http::ScriptHead head;
    std::string_view output;
    while (head.state != http::ScriptHead::State::complete) {
        const auto more = read_output(link, output);
        if (!more) return complain(more.error());
        if (*more) head_bytes_.append(output);
        head = http::parse_script_head(head_bytes_);
        if (head.state == http::ScriptHead::State::complete) break;
        if (!*more) return std::nullopt;
        const bool has_end = head_bytes_.find("\n\n") != std::string::npos
                             || head_bytes_.find("\n\r\n") != std::string::npos;
        if (has_end || head_bytes_.size() > longest_script_head) {
            log_event(request_,
                      {.severity = Severity::error,
                       .module = "proxy_fcgi",
                       .apache_id = "AH01070",
                       .id = bad_answer},
                      "Error parsing script headers");
            return Outcome(500);
        }
    }
    server::ScriptFields fields(request_, response_, "proxy_fcgi");
    fields.take(head);
    const int verdict = fields.check_conditions();
    fields.drop_framing();
    head_bytes_.erase(0, head.size);
    if (verdict == 304) {
        response_.status = 304;
        return Outcome::ok;
    }
    if (verdict != 0) return Outcome(verdict);
    if (overrides_error(config_, response_.status)) return Outcome(response_.status);
    return std::nullopt;
}

// A body that is whole already is told with its length.
Outcome FcgiExchange::pass_output(Link& link)
{
    std::string_view output;
    // What has come in one piece with the head may be all.
    while (!ended_ && !received_.empty()) {
        const auto more = read_output(link, output);
        if (!more) return complain(more.error());
        if (*more) head_bytes_.append(output);
    }
    if (ended_) {
        response_.body.add(request_.arena.copy(head_bytes_));
        return Outcome::ok;
    }
    if (!response_.write(head_bytes_)) return Outcome::ok; // the client is gone
    while (true) {
        const auto more = read_output(link, output);
        if (!more) return complain(more.error());
        if (!*more) return Outcome::ok;
        if (!response_.write(output)) return Outcome::ok;
    }
}

Outcome FcgiExchange::read_answer(Link& link)
{
    if (const auto instead = take_head(link)) return *instead;
    return pass_output(link);
}

Attempt FcgiExchange::run()
{
    if (request_.body && !request_.body->content_length()) {
        if (auto filled = spooled_.emplace().fill(*request_.body); !filled)
            return {.outcome = status_of_body(filled.error())};
    }
    name_script();
    set_path_info();
    server::add_program_variables(request_);
    if (spooled_) request_.env.remove("HTTP_TRANSFER_ENCODING");
    apply_variable_rules();
    Link link(request_, route_);
    if (auto opened = link.open(config_); !opened)
        return report_no_link(request_, route_, opened.error());
    if (auto sent = send_request(link); !sent) {
        if (body_error_) return {.outcome = status_of_body(*body_error_)};
        return {.outcome = complain(sent.error())};
    }
    const Outcome outcome = read_answer(link);
    if (ended_ && received_.empty()) link.keep();
    return {.outcome = outcome};
}

} // namespace

Attempt ask_fcgi(const Config& config, const Route& route, Request& request, Response& response)
{
    return FcgiExchange(config, route, request, response).run();
}

} // namespace signet::mod_proxy
