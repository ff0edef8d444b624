// mod_log_config: access logs. A format is compiled once (log_format/), a line is appended to the
// log's buffer and written at the end of the event loop's turn.
//
//     LogFormat "%h %l %u %t \"%r\" %>s %b" common
//     CustomLog logs/access_log common
//     CustomLog "|/usr/bin/rotatelogs logs/images.%F 86400" common env=image
//     CustomLog logs/access.json json
//
// "json" is ours: one object per line, unless a LogFormat has that nickname.
// A virtual host with logs of its own does not write the main server's; GlobalLog always writes.
// BufferedLogs changes nothing: lines are always written in groups, and never kept back.
// https://httpd.apache.org/docs/2.4/mod/mod_log_config.html
#include "base/clock.h"
#include "base/text.h"
#include "config/expression.h"
#include "modules/list.h"
#include "modules/mod_log_config/log_format.h"
#include "server/configuration.h"
#include "server/exchange.h"
#include "server/log_sink.h"
#include "server/request_expression.h"

#include <algorithm>

namespace signet::mod_log_config {
namespace {

using server::Outcome;
using server::Words;

// Catalogue ids (diagnosis/module_entries.cpp).
constexpr int no_such_format = 730;
constexpr int cannot_open_log = 731;
constexpr int syslog_is_a_file = 732;

constexpr std::string_view common_format = R"(%h %l %u %t "%r" %>s %b)";

// A log that was opened: shared by the merged configurations of every vhost that writes to it.
struct OpenLog {
    std::optional<log_format::LogFormat> format;
    std::shared_ptr<server::LogSink> sink;
    std::string line; // reused
};

struct Definition {
    std::string target;
    std::optional<std::string> format;     // or a nickname; nothing: the server's default format
    std::string variable;                  // env=
    bool variable_must_be_missing = false; // env=!
    std::shared_ptr<const config::Expression> condition; // expr=
    bool global = false;
    config::Position position;
    std::shared_ptr<OpenLog> open = std::make_shared<OpenLog>();
};

struct Config {
    std::map<std::string, std::string, std::less<>> formats;
    std::optional<std::string> default_format; // LogFormat with one argument
    std::vector<Definition> logs;
};

Config merge(const Config& outer, const Config& inner)
{
    Config merged = inner;
    merged.formats.insert(outer.formats.begin(), outer.formats.end()); // keeps inner's
    if (!merged.default_format) merged.default_format = outer.default_format;
    const bool has_own =
        std::ranges::any_of(inner.logs, [](const Definition& log) { return !log.global; });
    for (const auto& log : outer.logs) {
        if (log.global || !has_own) merged.logs.push_back(log);
    }
    return merged;
}

Result<void> log_format_directive(Config& config, const Words& words)
{
    // Errors are reported where the format is written, not where it is used.
    if (auto compiled = log_format::LogFormat::compile(words[0]); !compiled) {
        return std::unexpected(compiled.error());
    }
    if (words.size() > 1) {
        config.formats[words[1]] = words[0];
    } else {
        config.default_format = words[0];
    }
    return {};
}

Result<void> set_condition(Definition& log, const std::string& clause, const Words& words)
{
    if (istarts_with(clause, "env=")) {
        log.variable_must_be_missing = clause.size() > 4 && clause[4] == '!';
        log.variable = clause.substr(log.variable_must_be_missing ? 5 : 4);
        if (log.variable.empty()) return fail("missing environment variable name");
        return {};
    }
    if (istarts_with(clause, "expr=")) {
        auto expression = words.condition(clause.substr(5));
        if (!expression) return std::unexpected(expression.error());
        log.condition = std::make_shared<const config::Expression>(std::move(*expression));
        return {};
    }
    return fail("error in condition clause");
}

Result<void> add_log(Config& config, const Words& words, bool global)
{
    Definition log{.target = words[0], .global = global, .position = words.position()};
    if (istarts_with(words[0], "syslog")) {
        words.warn(syslog_is_a_file,
                   words.name() + " does not know syslog: the lines go to the file "
                       + words.path(words[0]),
                   words.name() + " \"|/usr/bin/logger -t signet\" common");
    }
    if (!words[0].starts_with('|')) log.target = words.path(words[0]);
    if (words.size() > 1) {
        log.format = words[1];
        if (auto compiled = log_format::LogFormat::compile(words[1]); !compiled) {
            return std::unexpected(compiled.error());
        }
    }
    if (words.size() > 2) {
        if (auto set = set_condition(log, words[2], words); !set) return set;
    }
    config.logs.push_back(std::move(log));
    return {};
}

Result<void> custom_log(Config& config, const Words& words)
{
    return add_log(config, words, false);
}
Result<void> global_log(Config& config, const Words& words)
{
    return add_log(config, words, true);
}
Result<void> buffered_logs(Config&, const Words&)
{
    return {};
}

// A nickname's format, a format as written, or the default. "json" without a LogFormat of that name
// is the built-in one.
bool is_json(const Config& config, const Definition& log)
{
    return log.format == "json" && !config.formats.contains("json");
}

std::string resolve_format(const Config& config, const Definition& log,
                           config::Diagnostics& diagnostics)
{
    const std::string written =
        log.format.value_or(config.default_format.value_or(std::string(common_format)));
    if (const auto named = config.formats.find(written); named != config.formats.end())
        return named->second;
    if (written == "CLF") return std::string(common_format);
    if (written.find('%') == written.npos) {
        diagnostics.add({.severity = diagnosis::Severity::warn,
                         .id = no_such_format,
                         .position = log.position,
                         .message = "no LogFormat has the nickname '" + written
                                    + "': every line of " + log.target + " will read '" + written
                                    + "'",
                         .fix = "LogFormat \"%h %l %u %t \\\"%r\\\" %>s %b\" " + written});
    }
    return written;
}

std::string where(const Definition& log)
{
    return (log.position.file ? log.position.file->path : "") + ":"
           + std::to_string(log.position.line);
}

void report(const Definition& log, std::string message, config::Diagnostics& diagnostics,
            config::Opening opening = config::Opening::syntax_error)
{
    diagnostics.add({.severity = diagnosis::Severity::error,
                     .id = cannot_open_log,
                     .position = log.position,
                     .message = std::move(message),
                     .expected = "a file in a directory that exists, or |program",
                     .opening = opening});
}

Result<void> prepare(const Config& config, server::VirtualHost&,
                     server::Configuration& configuration, config::Diagnostics& diagnostics)
{
    for (const auto& log : config.logs) {
        if (log.open->format) continue; // by the server it was defined in
        auto format =
            is_json(config, log)
                ? log_format::LogFormat::json()
                : log_format::LogFormat::compile(resolve_format(config, log, diagnostics));
        if (!format) return std::unexpected(format.error());
        log.open->format = std::move(*format);
        if (configuration.checking_only) {
            if (auto checked = server::LogSink::check(log.target); !checked) {
                std::string text = checked.error().text;
                // The access log's message has its own number.
                if (const auto at = text.find("AH02291"); at != text.npos)
                    text.replace(at, 7, "AH02297");
                report(log, text + " for log file '" + log.target + "' defined at " + where(log),
                       diagnostics, config::Opening::check);
            }
            continue;
        }
        auto sink = configuration.log_sinks->open(log.target);
        if (sink) {
            log.open->sink = std::move(*sink);
        } else {
            report(log,
                   "AH00649: could not open transfer log file " + log.target + ": "
                       + sink.error().text,
                   diagnostics);
        }
    }
    return {};
}

bool is_wanted(const Definition& log, server::Request& request)
{
    if (!log.variable.empty() && request.env.has(log.variable) == log.variable_must_be_missing)
        return false;
    if (!log.condition) return true;
    server::RequestExpression context(request, server::RequestExpression::Vary::untold);
    return log.condition->test(context).value_or(false);
}

Outcome write_lines(const Config& config, server::Request& request, server::Response& response)
{
    auto* exchange = request.exchange;
    server::Request& original = exchange ? exchange->first.request : request;
    server::Request& final = exchange && exchange->final ? exchange->final->request : request;
    const auto* peer = original.peer;
    const log_format::Entry entry{
        .original = original,
        .final = final,
        .original_response = original.response ? *original.response : response,
        .final_response = final.response ? *final.response : response,
        .end_micros = wall_micros(),
        .bytes_in = peer->bytes_in - peer->logged_in,
        .bytes_out = peer->bytes_out - peer->logged_out,
    };
    for (const auto& log : config.logs) {
        auto& open = *log.open;
        if (!open.sink || !open.format || !is_wanted(log, final)) continue;
        open.line.clear();
        open.format->append(open.line, entry);
        open.sink->append(open.line);
    }
    peer->logged_in = peer->bytes_in;
    peer->logged_out = peer->bytes_out;
    return Outcome::ok;
}

constexpr server::Directive<Config> directives[] = {
    {"LogFormat", server::Takes::one_or_two, log_format_directive, config::allowed_server,
     config::override_none, "a format, and a nickname for it"},
    {"CustomLog", server::Takes::two_or_three, custom_log, config::allowed_server,
     config::override_none, "a file or |program, a format or its nickname, and env= or expr="},
    {"GlobalLog", server::Takes::two_or_three, global_log, config::in_server, config::override_none,
     "a file or |program, a format or its nickname, and env= or expr="},
    {"TransferLog", server::Takes::one, custom_log, config::allowed_server, config::override_none,
     "a file or |program for lines of the last LogFormat"},
    {"BufferedLogs", server::Takes::flag, buffered_logs, config::in_server, config::override_none,
     "whether lines may wait for others before they are written"},
};

constexpr server::Hook<Config> hooks[] = {
    {server::Phase::log, server::Order::middle, write_lines,
     [](const Config& config) { return !config.logs.empty(); }},
};

constexpr server::Extras<Config> extras{.prepare = prepare};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("log_config_module", "mod_log_config.c", directives,
                                                hooks, &extras);
}

} // namespace signet::mod_log_config

namespace signet::modules {

server::Module mod_log_config()
{
    return mod_log_config::module();
}

} // namespace signet::modules
