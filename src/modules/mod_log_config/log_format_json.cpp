// The format "json": every access an object, for programs that collect logs. Members without a
// value are left out, so that a line is no longer than what there is to say.
#include "base/json.h"
#include "base/text.h"
#include "modules/mod_log_config/log_format.h"
#include "server/vhost.h"

#include <algorithm>
#include <ctime>

namespace signet::log_format {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view value)
{
    if (value.empty()) return;
    out += ",\"";
    out += name;
    out += "\":";
    append_json_string(out, value);
}

void append_count(std::string& out, std::string_view name, uint64_t value)
{
    out += ",\"";
    out += name;
    out += "\":";
    append_number(out, value);
}

// 2011-05-12T08:28:57.652118Z; the part before the point is made once a second.   RFC 3339 §5.6
void append_begin(std::string& out, const LogFormat::Item& item, int64_t micros)
{
    const int64_t second = micros / 1'000'000;
    if (item.remembered_for != second) {
        const auto time = static_cast<time_t>(second);
        std::tm utc{};
        ::gmtime_r(&time, &utc);
        char text[32];
        item.remembered.assign(text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.", &utc));
        item.remembered_for = second;
    }
    out += item.remembered;
    const auto fraction = std::to_string(micros % 1'000'000);
    out.append(6 - fraction.size(), '0');
    out += fraction;
    out += 'Z';
}

void append_line(std::string& out, const LogFormat::Item& item, const LogFormat::Subject& subject)
{
    static constexpr std::string_view protocols[] = {"HTTP/0.9", "HTTP/1.0", "HTTP/1.1",
                                                     "HTTP/2.0"};
    const auto& entry = subject.entry;
    const auto& request = entry.original;
    const auto field = [&](std::string_view name) {
        return request.headers.find(name).value_or("");
    };
    out += "{\"time\":\"";
    append_begin(out, item, request.start_micros);
    out += '"';
    append_member(out, "client", request.client().ip());
    append_count(out, "client_port", request.client().port());
    append_member(out, "user", entry.final.user.empty() ? request.user : entry.final.user);
    append_member(out, "server", request.vhost ? request.vhost->server_name : "");
    append_member(out, "host", field("Host"));
    append_member(out, "method", request.method_name);
    append_member(out, "target", request.unparsed_uri);
    append_member(out, "protocol", protocols[static_cast<size_t>(request.version)]);
    append_count(out, "status", static_cast<uint64_t>(std::max(entry.final_response.status, 0)));
    append_count(out, "bytes", entry.final_response.bytes_sent);
    append_count(out, "bytes_in", entry.bytes_in);
    append_count(out, "bytes_out", entry.bytes_out);
    append_count(
        out, "duration_us",
        static_cast<uint64_t>(std::max<int64_t>(0, entry.end_micros - request.start_micros)));
    append_member(out, "referer", field("Referer"));
    append_member(out, "user_agent", field("User-Agent"));
    if (request.is_tls()) {
        append_member(out, "tls_protocol", request.variable("SSL_PROTOCOL"));
        append_member(out, "tls_cipher", request.variable("SSL_CIPHER"));
    }
    append_member(out, "request_id", request.log_id);
    out += '}';
}

} // namespace

LogFormat LogFormat::json()
{
    LogFormat format;
    format.items_.push_back({.render = append_line});
    format.items_.push_back({.argument = "\n"});
    return format;
}

} // namespace signet::log_format
