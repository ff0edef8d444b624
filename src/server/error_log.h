// The error log: Apache's line layout (ErrorLogFormat), levels per module, AH numbers, our SG ids.
// https://httpd.apache.org/docs/2.4/mod/core.html#errorlogformat
#pragma once
#include "diagnosis/catalogue.h"
#include "server/core_config.h"
#include "server/log_sink.h"
#include "server/request.h"

#include <memory>
#include <source_location>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::server {

class VirtualHost;

using diagnosis::Severity;

// One event to log. Views are used at once, never kept.
struct LogEvent {
    Severity severity = Severity::error;
    int trace = 0;                // 1..8 makes it trace1..trace8
    std::string_view module;      // "core", "ssl", "authz_core": what LogLevel and %m call it
    std::string_view apache_id{}; // "AH00127"
    int id = 0;                   // our catalogue's, 0: none
    std::string_view text{};
    int system_error = 0;       // errno, shown as "(2)No such file or directory: "
    bool before_fields = false; // Apache has not read the fields yet: no Referer
    std::source_location where = std::source_location::current(); // %F
};

// One per target and format; owned by the configuration, shared by vhosts.
class ErrorLog {
public:
    struct Formats {
        std::string format; // ErrorLogFormat, empty for Apache's default layout; "json" for ours
        std::vector<std::string> once_per_connection; // ErrorLogFormat connection
        std::vector<std::string> once_per_request;    // ErrorLogFormat request
    };
    ErrorLog(std::shared_ptr<LogSink> sink, std::unique_ptr<const struct ErrorLayouts> layouts);
    ~ErrorLog();
    [[nodiscard]] static Result<std::shared_ptr<ErrorLog>> open(std::shared_ptr<LogSink> sink,
                                                                const Formats& formats);
    // A log on standard error, for start-up and -X.
    [[nodiscard]] static std::shared_ptr<ErrorLog> standard_error();

    void write(const LogEvent& event, const Request* request, const Peer* peer);
    // One line for each text, all else alike: what they share is made once.
    void write_all(const LogEvent& event, const Request& request,
                   std::span<const std::string_view> texts);
    [[nodiscard]] LogSink& sink() { return *sink_; }

private:
    void begin(struct ErrorLine& line);
    void append(const class ErrorLogLayout& layout, const struct ErrorLine& line);
    void append_date(int64_t micros);
    void append_head(const struct ErrorLine& line);
    void write_message(const struct ErrorLine& line);
    void end_line(Severity severity);

    std::shared_ptr<LogSink> sink_;
    std::unique_ptr<const ErrorLayouts> layouts_;
    std::string line_; // reused
    // What all standard lines of one second begin with: "[Thu May 12 08:28:57." and " 2011] [".
    int64_t second_ = -1;
    std::string date_, year_;
    std::unique_ptr<struct EventHeads> heads_;
};

// "[pid 7:tid 7] " of the calling thread; two system calls.
[[nodiscard]] std::string process_log_name();

// The level in force for a module's messages: 0 (emerg) … 7 (debug) … 15 (trace8).
// True when some module logs at debug or below: what every request does is written down then.
[[nodiscard]] bool is_talkative(const LogLevels& levels);
[[nodiscard]] int log_threshold(const LogLevels& levels, std::string_view module);
// What LogLevel says about this request: for its client, else for its directory.
[[nodiscard]] const LogLevels& log_levels_of(const Request& request);

// Would this event be logged for this request (LogLevel, per module and directory)? Where nothing
// is that verbose, the answer is one comparison.
[[nodiscard]] inline bool log_enabled(const Request& request, Severity severity,
                                      std::string_view module, int trace = 0)
{
    const LogLevels& levels = log_levels_of(request);
    const int level = level_number(severity, trace);
    return level <= levels.ceiling && level <= log_threshold(levels, module);
}

void log_event(const Request& request, const LogEvent& event);
// For an event that log_enabled has let pass.
void write_event(const Request& request, const LogEvent& event);
// The same with a text of pieces, which are joined only when the event is logged.
template <class... Pieces>
void log_event(const Request& request, LogEvent event,
               const Pieces&... pieces) requires(sizeof...(pieces) > 0)
{
    if (!log_enabled(request, event.severity, event.module, event.trace)) return;
    event.text = request.arena.join(pieces...);
    write_event(request, event);
}
// For events of a connection before there is a request, and of a server.
void log_event(const VirtualHost& vhost, const Peer* peer, const LogEvent& event);
[[nodiscard]] bool log_enabled(const VirtualHost& vhost, const Peer* peer, Severity severity,
                               std::string_view module, int trace = 0);

} // namespace signet::server
