// One error log: writes events in the compiled layout, gives connections and requests their log
// ids.
#include "server/error_log.h"

#include "base/clock.h"
#include "base/text.h"
#include "server/core_config.h"
#include "server/error_log_format.h"
#include "server/log_sink_kinds.h"
#include "server/request.h"
#include "server/scope.h"
#include "server/vhost.h"

#include <array>
#include <ctime>
#include <unistd.h>

namespace signet::server {

struct ErrorLayouts {
    bool json = false;
    std::optional<ErrorLogLayout> message; // nothing: the standard layout
    std::vector<ErrorLogLayout> once_per_connection;
    std::vector<ErrorLogLayout> once_per_request;

    [[nodiscard]] bool is_standard() const
    {
        return !json && !message && once_per_connection.empty() && once_per_request.empty();
    }
};

// The heads of debug and trace lines that this process wrote, by the event's place in the source.
struct EventHeads {
    struct Head {
        const char* file = nullptr;
        unsigned line = 0;
        int level = 0;
        std::string_view module;        // static text
        const Worker* worker = nullptr; // whose process name is in it
        std::string text;
    };
    std::array<Head, 64> heads; // one that falls on a taken place takes it over
};

namespace {

// Apache's lines end here, whatever they say (MAX_STRING_LEN).
constexpr size_t longest_line = 8190;

// 11 characters that name one connection or request in the logs of this machine.
std::string make_log_id(uint64_t seed, int64_t micros)
{
    static constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // Mixes time and seed so that ids of one second do not look alike (splitmix64).
    uint64_t bits = seed + static_cast<uint64_t>(micros) * 0x9e3779b97f4a7c15U;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
    bits ^= bits >> 31;
    std::string id;
    for (int i = 0; i < 11; ++i, bits >>= 6) id += alphabet[bits & 63];
    return id;
}

// "[Thu May 12 08:28:57." and " 2011] ".
void make_date(int64_t second, std::string& date, std::string& year)
{
    const auto time = static_cast<time_t>(second);
    std::tm local{};
    ::localtime_r(&time, &local);
    char text[64];
    date.assign(text, std::strftime(text, sizeof text, "[%a %b %d %H:%M:%S.", &local));
    year.assign(text, std::strftime(text, sizeof text, " %Y] ", &local));
}

void append_micros(std::string& out, int64_t micros)
{
    char digits[6];
    auto left = static_cast<uint32_t>(micros % 1'000'000);
    for (int i = 5; i >= 0; --i, left /= 10) digits[i] = static_cast<char>('0' + left % 10);
    out.append(digits, sizeof digits);
}

Result<std::vector<ErrorLogLayout>> compile_all(const std::vector<std::string>& formats,
                                                ErrorLogLayout::Kind kind)
{
    std::vector<ErrorLogLayout> layouts;
    for (const auto& format : formats) {
        auto layout = ErrorLogLayout::compile(format, kind);
        if (!layout) return std::unexpected(layout.error());
        layouts.push_back(std::move(*layout));
    }
    return layouts;
}

} // namespace

ErrorLog::ErrorLog(std::shared_ptr<LogSink> sink, std::unique_ptr<const ErrorLayouts> layouts)
    : sink_(std::move(sink))
    , layouts_(std::move(layouts))
{
}

ErrorLog::~ErrorLog() = default;

Result<std::shared_ptr<ErrorLog>> ErrorLog::open(std::shared_ptr<LogSink> sink,
                                                 const Formats& formats)
{
    using Kind = ErrorLogLayout::Kind;
    auto layouts = std::make_unique<ErrorLayouts>();
    layouts->json = formats.format == "json";
    if (!formats.format.empty() && !layouts->json) {
        auto message = ErrorLogLayout::compile(formats.format, Kind::message);
        if (!message) return std::unexpected(message.error());
        layouts->message = std::move(*message);
    }
    auto connection = compile_all(formats.once_per_connection, Kind::once_per_connection);
    if (!connection) return std::unexpected(connection.error());
    auto request = compile_all(formats.once_per_request, Kind::once_per_request);
    if (!request) return std::unexpected(request.error());
    layouts->once_per_connection = std::move(*connection);
    layouts->once_per_request = std::move(*request);
    return std::make_shared<ErrorLog>(std::move(sink), std::move(layouts));
}

std::shared_ptr<ErrorLog> ErrorLog::standard_error()
{
    return std::make_shared<ErrorLog>(standard_error_sink(),
                                      std::make_unique<const ErrorLayouts>());
}

void ErrorLog::end_line(Severity severity)
{
    if (line_.size() > longest_line && !layouts_->json) line_.resize(longest_line);
    line_ += '\n';
    sink_->append(line_, severity);
}

void ErrorLog::append(const ErrorLogLayout& layout, const ErrorLine& line)
{
    line_.clear();
    if (layout.append(line_, line)) end_line(line.event.severity);
}

void ErrorLog::append_date(int64_t micros)
{
    if (const int64_t second = micros / 1'000'000; second != second_) {
        second_ = second;
        make_date(second, date_, year_);
    }
    line_ += date_;
    append_micros(line_, micros);
    line_ += year_;
}

// Up to the message, without the date.
void ErrorLog::append_head(const ErrorLine& line)
{
    const LogEvent& event = line.event;
    if (line.request && line.request->worker && event.severity >= Severity::debug) {
        if (!heads_) heads_ = std::make_unique<EventHeads>();
        const int level = level_number(event.severity, event.trace);
        const unsigned number = event.where.line();
        auto& head = heads_->heads[number % heads_->heads.size()];
        const bool is_known = head.file == event.where.file_name() && head.line == number
                              && head.level == level && head.module == event.module
                              && head.worker == line.request->worker;
        if (!is_known) {
            head = {event.where.file_name(), number, level, event.module, line.request->worker, {}};
            append_event_head(head.text, line);
        }
        line_ += head.text;
    } else {
        append_event_head(line_, line);
    }
    append_about(line_, line);
}

void ErrorLog::write_message(const ErrorLine& line)
{
    if (layouts_->message) return append(*layouts_->message, line);
    line_.clear();
    if (layouts_->json) {
        append_json(line_, line);
    } else {
        if (!sink_->is_syslog()) append_date(line.micros);
        append_head(line);
        append_line_text(line_, line);
    }
    end_line(line.event.severity);
}

// What comes before the first message about a connection or request: its id, so that these lines
// and the message can be put together (%L, %{c}L), and the lines that are written once.
void ErrorLog::begin(ErrorLine& line)
{
    const auto& [event, request, peer, server_name, canonical_name, micros] = line;
    if (request && request->vhost && !layouts_->is_standard()) {
        line.server_name = request->vhost->server_name;
        line.canonical_name = request->server_name();
    }
    if (peer && peer->log_id.empty()) {
        peer->log_id =
            make_log_id(peer->id + (static_cast<uint64_t>(::getpid()) << 40), line.micros);
        for (const auto& layout : layouts_->once_per_connection) append(layout, line);
    }
    if (request && request->log_id.empty()) {
        // mod_unique_id names the request for the logs, too.
        const auto unique = request->env.find("UNIQUE_ID");
        // The connection's id stands for the process: asking for that takes a system call.
        const uint64_t seed = std::hash<std::string_view>{}(peer->log_id) + peer->requests;
        request->log_id = unique ? *unique : request->arena.copy(make_log_id(seed, line.micros));
        for (const auto& layout : layouts_->once_per_request) append(layout, line);
    }
}

void ErrorLog::write(const LogEvent& event, const Request* request, const Peer* peer)
{
    if (request && !peer) peer = request->peer;
    ErrorLine line{.event = event, .request = request, .peer = peer, .micros = wall_micros()};
    begin(line);
    write_message(line);
}

void ErrorLog::write_all(const LogEvent& event, const Request& request,
                         std::span<const std::string_view> texts)
{
    if (!layouts_->is_standard() || sink_->is_syslog()) {
        LogEvent one = event;
        for (const auto text : texts) {
            one.text = text;
            write(one, &request, request.peer);
        }
        return;
    }
    ErrorLine line{
        .event = event, .request = &request, .peer = request.peer, .micros = wall_micros()};
    begin(line);
    line_.clear();
    append_date(line.micros);
    append_head(line);
    const size_t head = line_.size();
    std::string tail;
    append_line_tail(tail, line);
    for (const auto text : texts) {
        line_.resize(head);
        append_escaped(line_, text);
        line_ += tail;
        end_line(event.severity);
    }
}

std::string process_log_name()
{
    std::string name = "[pid ";
    append_signed(name, ::getpid());
    name += ":tid ";
    append_signed(name, ::gettid());
    name += "] ";
    return name;
}

bool is_talkative(const LogLevels& levels)
{
    return levels.ceiling >= static_cast<int>(Severity::debug);
}

int log_threshold(const LogLevels& levels, std::string_view module)
{
    if (!levels.modules.empty()) {
        if (const auto found = levels.modules.find(module); found != levels.modules.end()) {
            return level_number(found->second.first, found->second.second);
        }
    }
    return level_number(levels.all.value_or(Severity::warn), levels.trace);
}

const LogLevels& log_levels_of(const Request& request)
{
    static const LogLevels usual;
    if (request.peer && request.peer->log_levels) return *request.peer->log_levels;
    if (request.scope) return request.scope->core().log_levels;
    return request.vhost ? request.vhost->base->core().log_levels : usual;
}

void write_event(const Request& request, const LogEvent& event)
{
    if (request.vhost && request.vhost->error_log)
        request.vhost->error_log->write(event, &request, request.peer);
}

void log_event(const Request& request, const LogEvent& event)
{
    if (log_enabled(request, event.severity, event.module, event.trace))
        write_event(request, event);
}

bool log_enabled(const VirtualHost& vhost, const Peer* peer, Severity severity,
                 std::string_view module, int trace)
{
    // Apache writes notices of the server itself whatever LogLevel says.
    if (!vhost.base || (!peer && severity <= Severity::notice)) return true;
    const auto& levels =
        peer && peer->log_levels ? *peer->log_levels : vhost.base->core().log_levels;
    return level_number(severity, trace) <= log_threshold(levels, module);
}

void log_event(const VirtualHost& vhost, const Peer* peer, const LogEvent& event)
{
    if (!vhost.error_log) return;
    if (!log_enabled(vhost, peer, event.severity, event.module, event.trace)) return;
    vhost.error_log->write(event, nullptr, peer);
}

} // namespace signet::server
