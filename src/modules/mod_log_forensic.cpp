// mod_log_forensic: two lines per request, "+id|request line|fields" before anything is done with
// it and "-id" at its end. A request that brought a worker down is the one without a second line
// (check_forensic of apache2-utils finds it).
//
//     ForensicLog logs/forensic_log
//     ForensicLog "|/usr/bin/rotatelogs logs/forensic.%F 86400"
//
// The id is UNIQUE_ID where there is one; %{forensic-id}n puts it into access logs. The lines hold
// whole request heads, passwords included: nobody else should be able to read the file.
// https://httpd.apache.org/docs/2.4/mod/mod_log_forensic.html
#include "base/text.h"
#include "modules/list.h"
#include "server/configuration.h"
#include "server/exchange.h"
#include "server/log_sink.h"

#include <ctime>
#include <memory>
#include <unistd.h>

namespace signet::mod_log_forensic {
namespace {

using server::Order, server::Outcome, server::Phase, server::Request, server::Response,
    server::Words;

constexpr int cannot_open_log = 581; // diagnosis/process_entries.cpp

struct OpenLog {
    std::shared_ptr<server::LogSink> sink;
    std::string line; // reused
    uint64_t count = 0;
};

struct Config {
    std::string target;
    config::Position position;
    std::shared_ptr<OpenLog> open;
};

Config merge(const Config& outer, const Config& inner)
{
    return inner.target.empty() ? outer : inner;
}

Result<void> forensic_log(Config& config, const Words& words)
{
    config.target = words[0].starts_with('|') ? words[0] : words.path(words[0]);
    config.position = words.position();
    config.open = std::make_shared<OpenLog>();
    return {};
}

Result<void> prepare(const Config& config, server::VirtualHost&,
                     server::Configuration& configuration, config::Diagnostics& diagnostics)
{
    if (!config.open || config.open->sink || configuration.checking_only) return {};
    auto sink = configuration.log_sinks->open(config.target);
    if (sink) {
        config.open->sink = std::move(*sink);
        return {};
    }
    diagnostics.add({.severity = diagnosis::Severity::error,
                     .id = cannot_open_log,
                     .position = config.position,
                     .message = "AH00651: could not open forensic log file " + config.target + ": "
                                + sink.error().text,
                     .expected = "a file in a directory that exists, or |program"});
    return {};
}

// Percent-encodes what separates, and what is not printable.
void append_encoded(std::string& out, std::string_view text)
{
    for (const char c : text) {
        if (c < ' ' || c == 0x7f || c == '|' || c == ':' || c == '%'
            || static_cast<unsigned char>(c) > 0x7f) {
            out += '%';
            append_hex(out, static_cast<unsigned char>(c), 2);
        } else {
            out += c;
        }
    }
}

// Apache's own id where mod_unique_id made none: process, second and number in hexadecimal.
std::string_view make_id(Request& request, OpenLog& open)
{
    if (const auto unique = request.env.find("UNIQUE_ID")) return *unique;
    std::string id = std::to_string(::getpid());
    id += ':';
    append_hex(id, static_cast<uint64_t>(request.start_micros / 1'000'000), 8);
    id += ':';
    append_hex(id, open.count++);
    return request.arena.copy(id);
}

Outcome write_first_line(const Config& config, Request& request, Response&)
{
    if (request.previous || !config.open->sink) return Outcome::declined;
    auto& open = *config.open;
    const auto id = make_id(request, open);
    request.notes.set("forensic-id", id);
    open.line = "+";
    open.line += id;
    open.line += '|';
    append_encoded(open.line, request.request_line);
    for (const auto& [name, value] : request.headers) {
        open.line += '|';
        append_encoded(open.line, name);
        open.line += ':';
        append_encoded(open.line, value);
    }
    open.line += '\n';
    open.sink->append(open.line);
    open.sink->flush(); // before anything that could go wrong
    return Outcome::declined;
}

Outcome write_second_line(const Config& config, Request& request, Response&)
{
    const Request& first = request.exchange ? request.exchange->first.request : request;
    const auto id = first.notes.find("forensic-id");
    if (!id || !config.open->sink) return Outcome::declined;
    auto& line = config.open->line;
    line = "-";
    line += *id;
    line += '\n';
    config.open->sink->append(line);
    return Outcome::declined;
}

bool is_on(const Config& config)
{
    return config.open != nullptr;
}

constexpr server::Directive<Config> directives[] = {
    {"ForensicLog", server::Takes::one, forensic_log, config::allowed_server, config::override_none,
     "a file or |program"},
};

constexpr server::Hook<Config> hooks[] = {
    {Phase::post_read, Order::really_first, write_first_line, is_on},
    {Phase::log, Order::really_last, write_second_line, is_on},
};

constexpr server::Extras<Config> extras{.prepare = prepare};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("log_forensic_module", "mod_log_forensic.c",
                                                directives, hooks, &extras);
}

} // namespace signet::mod_log_forensic

namespace signet::modules {

server::Module mod_log_forensic()
{
    return mod_log_forensic::module();
}

} // namespace signet::modules
