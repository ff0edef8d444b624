// mod_actions: files of a type, or requests by a method, are given to a script.
//
//     Action application/x-httpd-php /cgi-bin/php-cgi     by media type or handler
//     Action my-handler /cgi-bin/script.cgi virtual       the file need not exist
//     Script PUT /cgi-bin/put.cgi                         by method; GET only with a query
//
// The request starts again as one for the script, with the URL-path behind it as path info. The
// script can be whatever URL the server answers.
// https://httpd.apache.org/docs/2.4/mod/mod_actions.html
#include "base/text.h"
#include "http/uri.h"
#include "modules/list.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/response.h"
#include "server/subrequest.h"

#include <map>

namespace signet::mod_actions {
namespace {

using config::allowed_everywhere, config::override_file_info;
using server::Outcome, server::Request, server::Response, server::Takes, server::Words;

constexpr int bad_script_method = 930;
constexpr int bad_action = 931;

struct Action {
    std::string script;
    bool is_virtual = false;
};

struct Config {
    std::map<std::string, Action, CaseInsensitiveLess> actions; // by media type or handler
    std::map<std::string, std::string, std::less<>> scripts;    // by method
};

Config merge(const Config& outer, const Config& inner)
{
    Config merged = inner; // what it has not, the outer one gives
    merged.actions.insert(outer.actions.begin(), outer.actions.end());
    merged.scripts.insert(outer.scripts.begin(), outer.scripts.end());
    return merged;
}

Result<void> action(Config& config, const Words& words)
{
    const bool is_virtual = words.size() > 2 && iequals(words[2], "virtual");
    if (words.size() > 2 && !is_virtual) {
        return words.refuse(bad_action, "unrecognized option '" + words[2] + "'", "virtual");
    }
    config.actions[words[0]] = {.script = words[1], .is_virtual = is_virtual};
    return {};
}

Result<void> script(Config& config, const Words& words)
{
    if (words[0] == "TRACE") {
        return words.refuse(bad_script_method, "TRACE not allowed for Script", "another method");
    }
    config.scripts[words[0]] = words[1];
    return {};
}

// The script of the request's method, "" when there is none.
std::string_view script_by_method(const Config& config, const Request& request)
{
    if (request.method == http::Method::get && !request.query) return {};
    const auto method =
        request.method == http::Method::get ? std::string_view("GET") : request.method_name;
    const auto found = config.scripts.find(method);
    return found == config.scripts.end() ? std::string_view{} : found->second;
}

Outcome run_script(const Config& config, Request& request, Response& response)
{
    std::string_view target = script_by_method(config, request);
    // A script that leads to a script leads nowhere.
    if (!target.empty() && request.previous && request.previous->previous) return Outcome::declined;
    const auto type = response.content_type;
    const auto kind =
        request.handler.empty() ? trim(type.substr(0, type.find(';'))) : request.handler;
    if (const auto found = config.actions.find(kind); found != config.actions.end()) {
        if (!found->second.is_virtual && request.file.type == server::FileInfo::Type::none) {
            server::log_event(
                request, {.module = "actions",
                          .apache_id = "AH00652",
                          .text = request.arena.join("File does not exist: ", request.filename)});
            return 404;
        }
        target = found->second.script;
        request.env.set("HANDLER", kind);
    }
    if (target.empty()) return Outcome::declined;
    const auto path = http::escape_path(request.uri, request.arena);
    return server::internal_redirect(
        request, response,
        request.arena.join(target, path, request.query ? "?" : "", request.query.value_or("")));
}

bool has_scripts(const Config& config)
{
    return !config.actions.empty() || !config.scripts.empty();
}

constexpr server::Directive<Config> directives[] = {
    {"Action", Takes::two_or_three, action, allowed_everywhere, override_file_info,
     "a media type or handler, and the URL-path of a script"},
    {"Script", Takes::two, script, config::allowed_server | config::in_directory,
     config::override_none, "a method and the URL-path of a script"},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::handler, server::Order::last, run_script, has_scripts},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("actions_module", "mod_actions.c", directives,
                                                hooks);
}

} // namespace signet::mod_actions

namespace signet::modules {

server::Module mod_actions()
{
    return mod_actions::module();
}

} // namespace signet::modules
