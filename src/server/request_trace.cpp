#include "server/request_trace.h"

#include "base/text.h"
#include "http/framing.h"
#include "http/head.h"
#include "server/error_log_format.h"
#include "server/response_head.h"
#include "server/vhost.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

namespace signet::server {
namespace {

// Apache shows that much of a name: up to a colon, at most 80 bytes.
constexpr size_t longest_name = 80;

std::string_view name_part(std::string_view text)
{
    return text.substr(0, std::min(text.find(':'), longest_name));
}

// Lines that differ in their texts only, a bunch at a time.
class Lines {
public:
    Lines(const Request& request, LogEvent event)
        : request_(request)
        , event_(event)
    {
    }
    Lines(const Lines&) = delete;
    Lines& operator=(const Lines&) = delete;
    ~Lines() { write(); }

    void add(std::string_view text)
    {
        if (count_ == texts_.size()) write();
        texts_[count_++] = text;
    }
    void add_field(std::string_view name, std::string_view value)
    {
        add(request_.arena.join("  ", name, ": ", escape_item(request_, value)));
    }

private:
    void write()
    {
        const auto texts = std::span(texts_).first(std::exchange(count_, 0));
        if (texts.empty() || !request_.vhost || !request_.vhost->error_log) return;
        request_.vhost->error_log->write_all(event_, request_, texts);
    }

    const Request& request_;
    LogEvent event_;
    std::array<std::string_view, 16> texts_;
    size_t count_ = 0;
};

// What stands after the reason, by message.
std::string_view refused_text(const Request& request, const http::Refusal& refusal)
{
    const auto& [status, id, reason, evidence, note] = refusal;
    Arena& arena = request.arena;
    if (id == "AH00565") {
        return arena.join(reason, " (longer than ", std::to_string(request.vhost->head_limits.line),
                          ")");
    }
    if (id == "AH03445" || id == "AH03450" || id == "AH03454") {
        return arena.join(reason, ": '", name_part(evidence), "'");
    }
    if (id == "AH02418" || id == "AH03449") {
        return arena.join(reason, " '", name_part(evidence),
                          "' (perhaps whitespace was injected?)");
    }
    if (id == "AH03444" || id == "AH02423") { // "…; What was wrong (why)"
        const size_t why = std::min(reason.find(" ("), reason.size());
        return arena.join(reason.substr(0, why), ": '", name_part(evidence), "'",
                          reason.substr(why));
    }
    if (id == "AH00561" || id == "AH00562") return arena.join(reason, ": ", name_part(evidence));
    if (id == "AH02426" || id == "AH02427" || id == "AH00564" || id == "AH03451" || id == "AH03452"
        || id == "AH03453") {
        return arena.join(reason, ": ", evidence.substr(0, longest_name));
    }
    return reason;
}

bool is_limit(std::string_view id)
{
    return id == "AH00565" || id == "AH00561" || id == "AH00562" || id == "AH00563";
}

// The messages about the request line; all others are followed by one about the whole head.
bool is_about_line(std::string_view id)
{
    constexpr std::string_view ids[] = {"AH00565", "AH00566", "AH02401", "AH02418", "AH02421",
                                        "AH02422", "AH02423", "AH03444", "AH03445", "AH03447",
                                        "AH03448", "AH03449", "AH03450", "AH03454"};
    return std::ranges::find(ids, id) != std::end(ids);
}

} // namespace

std::string_view escape_item(const Request& request, std::string_view text)
{
    size_t quote = text.find('"');
    if (quote == text.npos && plain_prefix(text) == text.size()) return text;
    std::string escaped;
    for (; quote != text.npos; quote = text.find('"')) {
        append_escaped(escaped, text.substr(0, quote));
        escaped += "\\\"";
        text.remove_prefix(quote + 1);
    }
    append_escaped(escaped, text);
    return request.arena.copy(escaped);
}

void trace_request_line(const Request& request, std::string_view line)
{
    if (!log_enabled(request, Severity::debug, "core", 5)) return;
    log_event(request,
              {.severity = Severity::debug, .trace = 5, .module = "core", .before_fields = true},
              "Request received from client: ", escape_item(request, line));
}

void trace_request_fields(const Request& request)
{
    if (!log_enabled(request, Severity::debug, "http", 4)) return;
    Lines lines(request, {.severity = Severity::debug, .trace = 4, .module = "http"});
    lines.add("Headers received from client:");
    for (const auto& [name, value] : request.headers) lines.add_field(name, value);
}

void trace_response(const Request& request, int status, const HeadFields& fields)
{
    if (!log_enabled(request, Severity::debug, "http", 3)) return;
    const bool all = log_enabled(request, Severity::debug, "http", 5);
    std::string number;
    append_number(number, static_cast<uint64_t>(status));
    log_event(request, {.severity = Severity::debug, .trace = 3, .module = "http"},
              "Response sent with status ", number, all ? ", headers:" : "");
    if (!log_enabled(request, Severity::debug, "http", 4)) return;
    const auto is_routine = [](std::string_view name) {
        return name == "Date" || name == "Server";
    };
    if (all) {
        Lines lines(request, {.severity = Severity::debug, .trace = 5, .module = "http"});
        for (const auto& [name, value] : fields.general) {
            if (is_routine(name)) lines.add_field(name, value);
        }
    }
    Lines lines(request, {.severity = Severity::debug, .trace = 4, .module = "http"});
    for (const auto* list : {&fields.general, &fields.content}) {
        for (const auto& [name, value] : *list) {
            if (!is_routine(name)) lines.add_field(name, value);
        }
    }
}

void trace_phase(const Request& request, std::string_view phase, int status,
                 std::source_location where)
{
    if (!log_enabled(request, Severity::debug, "core", 3)) return;
    std::string number;
    append_number(number, static_cast<uint64_t>(status));
    log_event(request, {.severity = Severity::debug, .trace = 3, .module = "core", .where = where},
              phase == "fixups" ? "fixups hook gave "
                                : request.arena.join("auth phase '", phase, "' gave status "),
              number, ": ", request.uri);
}

void log_refused_head(const Request& request, const http::Refusal& refusal)
{
    if (refusal.apache_id.empty()) return; // 408: the client said too little to be quoted
    LogEvent event{.severity = is_limit(refusal.apache_id) ? Severity::info : Severity::debug,
                   .module = "core",
                   .apache_id = refusal.apache_id};
    if (refusal.apache_id == "AH00567" && !refusal.evidence.empty()) {
        log_event(request, {.severity = Severity::debug, .module = "core", .system_error = EINVAL},
                  "Failed to read request header line ", refusal.evidence, "\n");
    }
    log_event(request, event, refused_text(request, refusal));
    if (is_about_line(refusal.apache_id) || refusal.apache_id == "AH00567") return;
    log_event(request, {.severity = Severity::debug,
                        .module = "core",
                        .apache_id = "AH00567",
                        .text = "request failed: error reading the headers"});
}

void log_refused_framing(const Request& request, const http::Framing& framing)
{
    // Repeated fields are one list by now.
    const std::string_view name =
        framing.apache_id == "AH10242" ? "Content-Length" : "Transfer-Encoding";
    log_event(request,
              {.severity = Severity::debug, .module = "core", .apache_id = framing.apache_id},
              framing.reason, " (", request.headers.find(name).value_or(framing.evidence),
              "): ", request.uri);
}

} // namespace signet::server
