#include "server/script_fields.h"

#include "base/text.h"
#include "http/conditional.h"
#include "http/date.h"
#include "server/error_log.h"
#include "server/filter_chain.h"
#include "server/request.h"
#include "server/response.h"

#include <algorithm>

namespace signet::server {
namespace {

constexpr int bad_script_status = 677; // catalogue id

} // namespace

std::string_view ScriptFields::name() const
{
    return request_.filename.substr(request_.filename.rfind('/') + 1);
}

void ScriptFields::take_status(std::string_view value)
{
    has_status_ = true;
    response_.status = http::script_status(value);
    if (response_.status < 100 || response_.status > 999) {
        log_event(request_, {.severity = Severity::error,
                             .module = module_,
                             .id = bad_script_status,
                             .text = request_.arena.join("Invalid status line from script '",
                                                         name(), "': ", value.substr(0, 30))});
        response_.status = 500; // and the script's page
        return;
    }
    log_event(request_, {.severity = Severity::debug, .trace = 1, .module = module_},
              "Status line from script '", name(), "': ", value.substr(0, 30));
    if (value.size() > 4 && value[3] == ' ') response_.reason = value.substr(4);
}

// The fields that mean something to the server; all others belong to whatever the answer will be.
void ScriptFields::take_field(std::string_view name, std::string_view value)
{
    static constexpr std::string_view of_content[] = {"Location", "Content-Length", "Content-Range",
                                                      "Transfer-Encoding", "ETag"};
    if (iequals(name, "Content-Type")) {
        value = trim(value);
        if (value.empty()) return;
        const size_t parameters = std::min(value.find(';'), value.size());
        response_.content_type =
            request_.arena.join(lowercase(value.substr(0, parameters)), value.substr(parameters));
    } else if (iequals(name, "Status")) {
        take_status(value);
    } else if (std::ranges::any_of(of_content, [&](auto one) { return iequals(one, name); })) {
        response_.headers.set(name, value);
    } else if (iequals(name, "Last-Modified")) {
        const auto when = http::parse_date(value);
        if (!when) return;
        const auto shown = http::date_text(std::min(*when, request_.start_micros / 1'000'000));
        response_.headers.set("Last-Modified", request_.arena.copy(shown.view()));
    } else if (iequals(name, "Set-Cookie")) {
        response_.always_headers.add(name, value);
    } else if (const auto before = response_.always_headers.find(name)) {
        response_.always_headers.set(name, request_.arena.join(*before, ", ", value));
    } else {
        response_.always_headers.add(name, value);
    }
}

void ScriptFields::trace(const http::ScriptHead& head) const
{
    constexpr int level = 4;
    if (!log_enabled(request_, Severity::debug, module_, level)) return;
    const LogEvent event{.severity = Severity::debug, .trace = level, .module = module_};
    log_event(request_, event, "Headers from script '", name(), "':");
    for (const auto& [field, value] : head.fields)
        log_event(request_, event, "  ", field, ": ", value);
}

void ScriptFields::take(const http::ScriptHead& head)
{
    trace(head);
    for (const auto& [field, value] : head.fields)
        take_field(request_.arena.copy(field), request_.arena.copy(value));
}

int ScriptFields::check_conditions() const
{
    if (has_status_ || request_.method != http::Method::get) return 0;
    http::Validators validators{.etag = response_.headers.find("ETag").value_or("")};
    if (const auto modified = response_.headers.find("Last-Modified"))
        validators.modified = http::parse_date(*modified);
    return http::evaluate_conditions(request_.headers, true, validators,
                                     request_.start_micros / 1'000'000);
}

void ScriptFields::drop_framing()
{
    if (!request_.env.has("ap_trust_cgilike_cl")) response_.headers.remove("Content-Length");
    response_.headers.remove("Transfer-Encoding");
}

} // namespace signet::server
