// ErrorLogFormat json: every line an object, for programs that collect logs. Members without a
// value are left out; times are in UTC.
#include "base/json.h"
#include "base/text.h"
#include "server/error_log_format.h"

#include <cstring>
#include <ctime>
#include <unistd.h>

namespace signet::server {
namespace {

// ,"name":"value", unless there is nothing to say.
void append_member(std::string& out, std::string_view name, std::string_view value)
{
    if (value.empty()) return;
    out += ",\"";
    out += name;
    out += "\":";
    append_json_string(out, value);
}

void append_member(std::string& out, std::string_view name, int64_t value)
{
    out += ",\"";
    out += name;
    out += "\":";
    append_signed(out, value);
}

// 2011-05-12T08:28:57.652118Z.   RFC 3339 §5.6
void append_time(std::string& out, int64_t micros)
{
    const auto seconds = static_cast<time_t>(micros / 1'000'000);
    std::tm utc{};
    ::gmtime_r(&seconds, &utc);
    char text[32];
    out.append(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.", &utc));
    const auto fraction = std::to_string(micros % 1'000'000);
    out.append(6 - fraction.size(), '0');
    out += fraction;
    out += 'Z';
}

void append_request(std::string& out, const Request& request, std::string_view server_name)
{
    append_member(out, "request_id", request.log_id);
    append_member(out, "server", server_name);
    append_member(out, "host", request.headers.find("Host").value_or(""));
    append_member(out, "request", request.request_line);
    append_member(out, "referer", request.headers.find("Referer").value_or(""));
}

} // namespace

void append_json(std::string& out, const ErrorLine& line)
{
    const LogEvent& event = line.event;
    out += R"({"time":")";
    append_time(out, line.micros);
    out += '"';
    append_member(out, "level", level_name(event.severity, event.trace));
    append_member(out, "module", event.module);
    append_member(out, "pid", ::getpid());
    append_member(out, "tid", ::gettid());
    if (line.peer) append_member(out, "client", line.client().ip());
    if (line.peer) append_member(out, "client_port", line.client().port());
    append_member(out, "id", event.apache_id);
    if (event.id != 0) append_member(out, "signet_id", diagnosis::name(event.id));
    append_member(out, "message", event.text);
    if (event.system_error != 0) {
        char buffer[128];
        append_member(out, "errno", event.system_error);
        append_member(out, "error", ::strerror_r(event.system_error, buffer, sizeof buffer));
    }
    if (line.request) append_request(out, *line.request, line.server_name);
    out += '}';
}

} // namespace signet::server
