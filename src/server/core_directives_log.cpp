// ErrorLog, ErrorLogFormat, LogLevel: where the server complains, how, and how much.
// https://httpd.apache.org/docs/2.4/mod/core.html#errorlog
#include "server/core_directives.h"

#include "base/text.h"
#include "server/configuration.h"
#include "server/error_log.h"
#include "server/error_log_format.h"

#include <algorithm>

namespace signet::server::core {
namespace {

struct Threshold {
    diagnosis::Severity severity;
    int trace;
};

std::optional<Threshold> parse_level(std::string_view word)
{
    using enum diagnosis::Severity;
    static constexpr std::pair<std::string_view, diagnosis::Severity> names[] = {
        {"emerg", emerg}, {"alert", alert},   {"crit", crit}, {"error", error},
        {"warn", warn},   {"notice", notice}, {"info", info}, {"debug", debug},
    };
    for (const auto& [name, severity] : names) {
        if (iequals(word, name)) return Threshold{severity, 0};
    }
    if (word.size() == 6 && istarts_with(word, "trace") && word[5] >= '1' && word[5] <= '8') {
        return Threshold{debug, word[5] - '0'};
    }
    return std::nullopt;
}

// "mod_ssl.c", "ssl_module", "ssl" → "ssl".
std::string short_name(std::string_view module)
{
    if (module.ends_with(".c")) {
        module.remove_suffix(2);
        if (module.starts_with("mod_")) module.remove_prefix(4);
    } else if (module.ends_with("_module")) {
        module.remove_suffix(7);
    }
    return std::string(module);
}

// Compiled in, or a module of Apache: levels of modules that are not built yet do no harm.
bool is_known_module(const Configuration& configuration, std::string_view name)
{
    const std::string module = std::string(name) + "_module";
    const auto modules = configuration.modules();
    if (std::ranges::any_of(modules, [&](const Module& one) { return one.name == module; }))
        return true;
    static constexpr std::string_view without_directives[] = {
        "http",
        "log_config",
        "logio",
        "so",
        "watchdog",
        "version",
        "authz_user",
        "authz_host",
        "asis",
        "access_compat",
        "slotmem_shm",
        "slotmem_plain",
        "socache_shmcb",
        "socache_dbm",
        "socache_memcache",
        "lbmethod_byrequests",
        "lbmethod_bytraffic",
        "lbmethod_bybusyness",
        "proxy_http",
        "proxy_http2",
        "proxy_connect",
        "proxy_wstunnel",
        "proxy_ajp",
        "proxy_uwsgi",
        "proxy_fdpass",
        "mpm_event",
        "mpm_worker",
        "mpm_prefork",
        "unique_id",
        "authz_owner",
        "core",
    };
    if (std::ranges::find(without_directives, name) != std::end(without_directives)) return true;
    return std::ranges::any_of(
        config::known_directives(), [&](const config::KnownDirective& known) {
            return known.module.starts_with("mod_") && known.module.substr(4) == name;
        });
}

constexpr std::string_view level_words =
    "Log level keyword must be one of "
    "emerg/alert/crit/error/warn/notice/info/debug/trace1/.../trace8";

} // namespace

namespace {

// The words of LogLevel, from `first` on.
Result<void> read_levels(LogLevels& levels, const Words& words, size_t first)
{
    for (size_t i = first; i < words.size(); ++i) {
        const std::string& word = words[i];
        const auto colon = word.find(':');
        if (colon == word.npos) {
            const auto level = parse_level(word);
            if (!level) return fail(std::string(level_words));
            levels.all = level->severity;
            levels.trace = level->trace;
            levels.modules.clear();
            continue;
        }
        const auto module = short_name(std::string_view(word).substr(0, colon));
        const auto level_word = std::string_view(word).substr(colon + 1);
        if (level_word.empty()) {
            return fail("Module specifier '" + word.substr(0, colon)
                        + "' must be followed by a log level keyword");
        }
        const auto level = parse_level(level_word);
        if (!level) return fail(word + ": " + std::string(level_words));
        if (!is_known_module(words.configuration(), module)) {
            return fail("Cannot find module " + word.substr(0, colon));
        }
        levels.modules[module] = {level->severity, level->trace};
    }
    levels.settle();
    return {};
}

} // namespace

Result<void> log_level(CoreConfig& config, const Words& words)
{
    return read_levels(config.log_levels, words, 0);
}

// LogLevelOverride 192.0.2.0/24 debug ssl:trace3 (of Apache 2.5): the whole configuration of levels
// for these clients, instead of what their directories say.
Result<void> log_level_override(CoreConfig& config, const Words& words)
{
    auto clients = net::AddressRange::parse(words[0]);
    if (!clients) return std::unexpected(clients.error());
    LogLevels levels;
    if (auto read = read_levels(levels, words, 1); !read) return read;
    config.log_level_overrides.push_back({.clients = *clients, .levels = std::move(levels)});
    return {};
}

Result<void> error_log(CoreConfig& config, const Words& words)
{
    const std::string& target = words[0];
    const bool is_program = target.starts_with('|');
    const bool is_syslog = iequals(target, "syslog") || istarts_with(target, "syslog:");
    config.error_log = is_program || is_syslog ? target : words.path(target);
    return {};
}

Result<void> error_log_format(CoreConfig& config, const Words& words)
{
    using Kind = ErrorLogLayout::Kind;
    const bool once = words.size() == 2 && !words[1].empty();
    Kind kind = Kind::message;
    if (once) {
        if (iequals(words[0], "request")) {
            kind = Kind::once_per_request;
        } else if (iequals(words[0], "connection")) {
            kind = Kind::once_per_connection;
        } else {
            return fail("ErrorLogFormat type must be one of request, connection");
        }
    }
    const std::string& format = once ? words[1] : words[0];
    if (format == "json" && kind == Kind::message) {
        config.error_log_format = format;
        return {};
    }
    if (auto compiled = ErrorLogLayout::compile(format, kind); !compiled) {
        return std::unexpected(compiled.error());
    }
    if (kind == Kind::message) {
        config.error_log_format = format;
    } else if (kind == Kind::once_per_connection) {
        config.error_log_once_per_connection.push_back(format);
    } else {
        config.error_log_once_per_request.push_back(format);
    }
    return {};
}

Result<void> prepare(const CoreConfig& config, VirtualHost& vhost, Configuration& configuration,
                     config::Diagnostics& diagnostics)
{
    const std::string target = config.error_log.value_or(configuration.path("logs/error_log"));
    if (configuration.checking_only) {
        auto checked = LogSink::check(target);
        if (checked) return {};
        const std::string place = vhost.position.file
                                      ? " defined at " + vhost.position.file->path + ":"
                                            + std::to_string(vhost.position.line)
                                      : "";
        diagnostics.add({.severity = diagnosis::Severity::error,
                         .id = error_log_unavailable,
                         .position = vhost.position,
                         .message = checked.error().text
                                    + (vhost.is_main ? " for main error log"
                                                     : " for error log of vhost" + place),
                         .expected = "a file in a directory that exists, |program, or syslog",
                         .opening = config::Opening::check});
        return {};
    }
    auto sink = configuration.log_sinks->open(target);
    if (!sink) {
        diagnostics.add({.severity = diagnosis::Severity::error,
                         .id = error_log_unavailable,
                         .position = vhost.position,
                         .message = "AH00091: could not open error log file " + target + ": "
                                    + sink.error().text,
                         .expected = "a file in a directory that exists, |program, or syslog"});
        return {};
    }
    auto log = ErrorLog::open(std::move(*sink),
                              {.format = config.error_log_format.value_or(""),
                               .once_per_connection = config.error_log_once_per_connection,
                               .once_per_request = config.error_log_once_per_request});
    if (!log) return std::unexpected(log.error());
    vhost.error_log = std::move(*log);
    return {};
}

} // namespace signet::server::core
