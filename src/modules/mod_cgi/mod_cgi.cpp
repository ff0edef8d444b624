// mod_cgi and mod_cgid: programs that answer requests.
//
//     ScriptAlias /cgi-bin/ /usr/lib/cgi-bin/            every file in there is a program
//     AddHandler cgi-script .cgi .pl                     where Options ExecCGI allows it
//     ScriptLog logs/cgi.log                             what failing programs were asked, and said
//
//     ScriptLogLength 10385760, ScriptLogBuffer 1024     how much of that is kept
//     CGIScriptTimeout 20s, CGIDScriptTimeout 20s        how long a program may say nothing
//     ScriptSock                                         read: no process has to be asked
//
// Both modules are one: a worker starts the program itself, without copying itself (net/child.h).
// The program runs in the file's directory with the worker's user and groups, the limits of
// RLimit…, and no descriptor but its three. Its standard error goes to the error log.
// https://httpd.apache.org/docs/2.4/mod/mod_cgi.html ·
// https://httpd.apache.org/docs/2.4/mod/mod_cgid.html
#include "base/text.h"
#include "modules/list.h"
#include "modules/mod_cgi/answer.h"
#include "modules/mod_cgi/config.h"
#include "modules/mod_cgi/script.h"
#include "modules/mod_cgi/script_log.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/core_directives.h"
#include "server/error_log.h"
#include "server/program_environment.h"
#include "server/request.h"
#include "server/response.h"
#include "server/scope.h"
#include "server/vhost.h"

#include <algorithm>
#include <sys/resource.h>

namespace signet::mod_cgi {
namespace {

using config::allowed_everywhere, config::allowed_server, config::override_none;
using server::CoreConfig, server::Outcome, server::Request, server::Response, server::Severity,
    server::Takes, server::Words;
using std::chrono::milliseconds;

constexpr int bad_number = 673;
constexpr int cannot_start = 678;
constexpr int exec_not_allowed = 679;

Config merge(const Config& outer, const Config& inner)
{
    Config merged = outer;
    if (inner.log) merged.log = inner.log;
    if (inner.log_length) merged.log_length = inner.log_length;
    if (inner.log_buffer) merged.log_buffer = inner.log_buffer;
    if (inner.timeout) merged.timeout = inner.timeout;
    return merged;
}

Result<void> script_log(Config& config, const Words& words)
{
    config.log = words.path(words[0]);
    return {};
}

template <std::optional<uint64_t> Config::*member>
Result<void> bytes(Config& config, const Words& words)
{
    const auto number = parse_number<uint64_t>(words[0]);
    if (!number) {
        return words.refuse(bad_number, words.name() + ": not a number of bytes: " + words[0],
                            "a number of bytes", words.name() + " 1024");
    }
    config.*member = *number;
    return {};
}

Result<void> script_timeout(Config& config, const Words& words)
{
    const auto duration = server::core::parse_duration(words[0]);
    if (!duration) return fail(words.name() + " has wrong format");
    config.timeout = *duration;
    return {};
}

// Why a request gets no script: a line in the error log, and in the script log.
struct Refusal {
    int status;
    std::string_view apache_id;
    std::string_view reason;
    int id = 0;
};

Outcome refuse(const Config& config, const Request& request, const Refusal& refusal)
{
    server::log_event(request,
                      {.severity = Severity::error,
                       .module = "cgi",
                       .apache_id = refusal.apache_id,
                       .id = refusal.id},
                      "stderr from ", request.filename, ": ", refusal.reason);
    log_refusal(config, request, refusal.status, refusal.reason);
    return refusal.status;
}

bool is_script(const Request& request, const Response& response)
{
    constexpr std::string_view old_type = "application/x-httpd-cgi";
    if (!request.handler.empty())
        return request.handler == "cgi-script" || request.handler == old_type;
    const auto type = response.content_type;
    return trim(type.substr(0, type.find(';'))) == old_type;
}

bool is_nph(const Request& request)
{
    return request.filename.substr(request.filename.rfind('/') + 1).starts_with("nph-");
}

std::optional<Refusal> find_refusal(const Request& request)
{
    const auto& core = request.scope->core();
    const auto alias = request.notes.find("alias-forced-type");
    if (!(core.options & server::option_exec_cgi) && !(alias && iequals(*alias, "cgi-script"))) {
        return Refusal{403, "AH02809", "Options ExecCGI is off in this directory",
                       exec_not_allowed};
    }
    if (is_nph(request) && request.parent)
        return Refusal{403, "AH02810", "attempt to include NPH CGI script"};
    if (request.file.type == server::FileInfo::Type::none)
        return Refusal{404, "AH02811", "script not found or unable to stat"};
    if (request.file.type == server::FileInfo::Type::directory)
        return Refusal{403, "AH02812", "attempt to invoke directory as script"};
    if (core.accept_path_info == CoreConfig::PathInfo::off && !request.path_info.empty())
        return Refusal{404, "AH02813", "AcceptPathInfo off disallows user's path"};
    return std::nullopt;
}

// Above what this process may have, nobody but root can go.
void add_limit(net::ChildOptions& options, int resource,
               const std::optional<CoreConfig::ProcessLimit>& limit)
{
    if (!limit) return;
    rlimit ours{};
    if (::getrlimit(static_cast<__rlimit_resource>(resource), &ours) != 0) return;
    const uint64_t hard = std::min<uint64_t>(limit->hard.value_or(ours.rlim_max), ours.rlim_max);
    const uint64_t soft = std::min<uint64_t>(limit->soft.value_or(hard), hard);
    options.limits.push_back({.resource = resource, .soft = soft, .hard = hard});
}

net::ChildOptions make_options(const Request& request)
{
    net::ChildOptions options;
    options.arguments = program_arguments(request);
    options.arguments.insert(options.arguments.begin(), std::string(request.filename));
    options.environment = program_environment(request);
    options.directory = request.filename.substr(0, request.filename.rfind('/') + 1);
    options.input = options.output = options.errors = net::ChildStream::pipe;
    const auto& core = request.scope->core();
    add_limit(options, RLIMIT_CPU, core.limit_cpu);
    add_limit(options, RLIMIT_AS, core.limit_memory);
    add_limit(options, RLIMIT_NPROC, core.limit_processes);
    // Workers have as many descriptors as they may; programs that use select(2) cannot.
    add_limit(options, RLIMIT_NOFILE, CoreConfig::ProcessLimit{.soft = 1024, .hard = {}});
    return options;
}

milliseconds patience(const Config& config, const Request& request)
{
    if (config.timeout && config.timeout->count() > 0) return *config.timeout;
    return timeout_of(request.vhost->base->core());
}

// In Apache a copy of the server says this on its standard error, and nothing else.
Outcome report_no_start(const Config& config, Request& request, const Error& error)
{
    server::log_event(
        request,
        {.severity = Severity::error, .module = "cgi", .apache_id = "AH01215", .id = cannot_start},
        "stderr from ", request.filename, ": ", error.text);
    server::log_event(request, {.severity = Severity::error, .module = "cgi", .id = no_script_head},
                      "End of script output before headers: ",
                      request.filename.substr(request.filename.rfind('/') + 1));
    log_refusal(config, request, 500, error.text);
    return 500;
}

Outcome run_script(const Config& config, Request& request, Response& response)
{
    if (!is_script(request, response)) return Outcome::declined;
    if (const auto refusal = find_refusal(request)) return refuse(config, request, *refusal);
    server::add_program_variables(request);
    config.missing_variables->look_at(request);
    auto child = net::Child::spawn(make_options(request));
    if (!child) return report_no_start(config, request, child.error());
    const bool keeps_body =
        wants_log(config) && (request.method_name == "POST" || request.method_name == "PUT");
    Script script(request, response, std::move(*child),
                  {.patience = patience(config, request),
                   .kept_body = keeps_body ? config.log_buffer.value_or(1024) : 0});
    if (auto begun = script.begin(); !begun) return report_no_start(config, request, begun.error());
    return is_nph(request) ? answer_unparsed(config, script, request, response)
                           : answer(config, script, request, response);
}

// A shell's command within a page. What the client could write into variables is made harmless for
// commands that mention them without quotes.
Result<void> run_shell_command(Request& request, const std::string& command,
                               server::ResponseSink& out)
{
    if (!request.path_info.empty()) {
        request.env.set("PATH_INFO",
                        request.arena.copy(server::escaped_for_shell(request.path_info)));
    }
    auto options = make_options(request);
    options.arguments = {"/bin/sh", "-c", command};
    options.input = net::ChildStream::null;
    auto child = net::Child::spawn(options);
    if (!child) return std::unexpected(child.error());
    const auto* module = request.configuration->find_module("cgi_module");
    const auto& config = *static_cast<const Config*>(request.scope->config(module->index));
    Script script(request, *request.response, std::move(*child),
                  {.patience = patience(config, request)});
    if (auto begun = script.begin(); !begun) return begun;
    while (true) {
        auto piece = script.next();
        if (!piece) return std::unexpected(piece.error());
        if (piece->empty()) break;
        if (auto sent = out.write(*piece); !sent) return sent;
    }
    script.let_go();
    return {};
}

constexpr server::Directive<Config> directives[] = {
    {"ScriptLog", Takes::one, script_log, allowed_server, override_none, "a file"},
    {"ScriptLogLength", Takes::one, bytes<&Config::log_length>, allowed_server, override_none,
     "how many bytes the log may have"},
    {"ScriptLogBuffer", Takes::one, bytes<&Config::log_buffer>, allowed_server, override_none,
     "how many bytes of a request body are logged"},
    {"CGIScriptTimeout", Takes::one, script_timeout, allowed_everywhere, override_none,
     "a time in seconds, or with a unit"},
    {"CGIDScriptTimeout", Takes::one, script_timeout, allowed_everywhere, override_none,
     "a time in seconds, or with a unit"},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::handler, server::Order::middle, run_script},
};

} // namespace

server::RunCommand run_command()
{
    return run_shell_command;
}

server::Module module()
{
    return server::define_module<Config, merge>("cgi_module", "mod_cgi.c", directives, hooks);
}

} // namespace signet::mod_cgi

namespace signet::mod_cgid {
namespace {

struct Config {};

Config merge(const Config&, const Config& inner)
{
    return inner;
}

Result<void> script_sock(Config&, const server::Words&)
{
    return {};
}

constexpr server::Directive<Config> directives[] = {
    {"ScriptSock", server::Takes::one, script_sock, config::in_server, config::override_none,
     "a file"},
};

} // namespace
} // namespace signet::mod_cgid

namespace signet::modules {

server::Module mod_cgi()
{
    return mod_cgi::module();
}

server::RunCommand cgi_run_command()
{
    return mod_cgi::run_command();
}

server::Module mod_cgid()
{
    return server::define_module<mod_cgid::Config, mod_cgid::merge>("cgid_module", "mod_cgid.c",
                                                                    mod_cgid::directives, {});
}

} // namespace signet::modules
