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

#include <algorithm>
#include <atomic>
#include <unistd.h>

namespace signet::server {

struct ErrorLayouts {
    std::optional<ErrorLogLayout> message; // nothing: the standard layout
    std::vector<ErrorLogLayout> once_per_connection;
    std::vector<ErrorLogLayout> once_per_request;
};

namespace {

// 11 characters that name one connection or request in the logs of this machine.
std::string make_log_id(uint64_t seed)
{
    static constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    // Mixes time, process and number so that ids of one second do not look alike (splitmix64).
    uint64_t bits = seed + static_cast<uint64_t>(wall_micros()) * 0x9e3779b97f4a7c15U
                    + (static_cast<uint64_t>(::getpid()) << 40);
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
    bits ^= bits >> 31;
    std::string id;
    for (int i = 0; i < 11; ++i, bits >>= 6) id += alphabet[bits & 63];
    return id;
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
    if (!formats.format.empty()) {
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

void ErrorLog::append(const ErrorLogLayout& layout, const ErrorLine& line)
{
    line_.clear();
    if (!layout.append(line_, line)) return;
    line_ += '\n';
    sink_->append(line_, line.event.severity);
}

void ErrorLog::write(const LogEvent& event, const Request* request, const Peer* peer)
{
    if (request && !peer) peer = request->peer;
    ErrorLine line{.event = event, .request = request, .peer = peer, .micros = wall_micros()};
    std::string canonical;
    if (request && request->vhost) {
        line.server_name = request->vhost->server_name;
        canonical = request->server_name();
        line.canonical_name = canonical;
    }
    // The id comes first, so that these lines and the message can be put together (%L, %{c}L).
    if (peer && peer->log_id.empty()) {
        peer->log_id = make_log_id(peer->id);
        for (const auto& layout : layouts_->once_per_connection) append(layout, line);
    }
    if (request && request->log_id.empty()) {
        // mod_unique_id names the request for the logs, too.
        const auto unique = request->env.find("UNIQUE_ID");
        request->log_id =
            unique ? *unique : request->arena.copy(make_log_id(peer->id + peer->requests));
        for (const auto& layout : layouts_->once_per_request) append(layout, line);
    }
    const bool syslog = sink_->is_syslog();
    append(layouts_->message ? *layouts_->message
           : syslog          ? ErrorLogLayout::for_syslog()
                             : ErrorLogLayout::standard(),
           line);
}

bool is_talkative(const LogLevels& levels)
{
    return levels.all.value_or(Severity::warn) >= Severity::debug
           || std::ranges::any_of(levels.modules, [](const auto& module) {
                  return module.second.first >= Severity::debug;
              });
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

bool log_enabled(const Request& request, Severity severity, std::string_view module, int trace)
{
    const Scope* scope = request.scope;
    if (!scope && request.vhost) scope = request.vhost->base.get();
    if (!scope) return severity <= Severity::warn;
    return level_number(severity, trace) <= log_threshold(scope->core().log_levels, module);
}

void log_event(const Request& request, const LogEvent& event)
{
    if (!request.vhost || !request.vhost->error_log) return;
    if (!log_enabled(request, event.severity, event.module, event.trace)) return;
    request.vhost->error_log->write(event, &request, request.peer);
}

void log_event(const VirtualHost& vhost, const Peer* peer, const LogEvent& event)
{
    if (!vhost.error_log) return;
    if (vhost.base) {
        const int threshold = log_threshold(vhost.base->core().log_levels, event.module);
        // Apache writes notices of the server itself whatever LogLevel says.
        const bool of_server = !peer && event.severity <= Severity::notice;
        if (!of_server && level_number(event.severity, event.trace) > threshold) return;
    }
    vhost.error_log->write(event, nullptr, peer);
}

} // namespace signet::server
