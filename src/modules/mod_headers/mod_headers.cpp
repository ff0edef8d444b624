// mod_headers: changes fields of requests and responses.
//
//     Header always set Strict-Transport-Security "max-age=31536000"
//     Header set X-Took "%D us" "expr=%{REQUEST_STATUS} == 200"
//     Header edit Location ^http: https:
//     RequestHeader unset Proxy early
//
// Actions: set, setifempty, append, merge, add, unset, edit, edit*, echo, note. Values may contain
// %t %D %l %i %b %{VARIABLE}e %{SSL_VARIABLE}s, or be "expr=…". A last word env=[!]VAR, expr=… or
// early makes the change conditional or moves it before everything else. Without "always" the
// change concerns answers of handlers; with it also error pages and redirects.
// https://httpd.apache.org/docs/2.4/mod/mod_headers.html
#include "base/text.h"
#include "config/regex.h"
#include "modules/list.h"
#include "modules/mod_headers/edit.h"
#include "modules/mod_headers/value.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/request_expression.h"
#include "server/response.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace signet::mod_headers {
namespace {

using config::allowed_everywhere, config::override_file_info;
using config::Expression, config::Regex;
using server::Outcome, server::Request, server::Response, server::Takes, server::Words;

constexpr int bad_change = 610;
constexpr int failed_condition = 611;

using Changes = std::vector<std::shared_ptr<const Change>>;

struct Config {
    Changes request;
    Changes on_success;
    Changes always;
};

Changes joined(const Changes& outer, const Changes& inner)
{
    Changes all = outer;
    all.insert(all.end(), inner.begin(), inner.end());
    return all;
}

Config merge(const Config& outer, const Config& inner)
{
    return {.request = joined(outer.request, inner.request),
            .on_success = joined(outer.on_success, inner.on_success),
            .always = joined(outer.always, inner.always)};
}

// Reading the directives.

constexpr std::string_view first_argument =
    "first argument must be 'add', 'set', 'setifempty', 'append', 'merge', 'unset', 'echo', "
    "'note', 'edit', or 'edit*'.";

std::unexpected<Error> refuse(const Words& words, std::string message, std::string fix = {})
{
    return words.refuse(bad_change, std::move(message),
                        "[always] action, field, value, and for edit a replacement",
                        std::move(fix));
}

std::optional<Action> find_action(std::string_view word)
{
    struct Named {
        std::string_view name;
        Action action;
    };
    static constexpr Named actions[] = {
        {"set", Action::set},       {"setifempty", Action::set_if_empty},
        {"append", Action::append}, {"merge", Action::merge},
        {"add", Action::add},       {"unset", Action::unset},
        {"echo", Action::echo},     {"note", Action::note},
        {"edit", Action::edit},     {"edit*", Action::edit_all},
    };
    for (const auto& [name, action] : actions) {
        if (iequals(word, name)) return action;
    }
    return std::nullopt;
}

Result<void> parse_condition(Change& change, const Words& words, const std::string& clause)
{
    if (iequals(clause, "early")) {
        change.early = true;
    } else if (istarts_with(clause, "env=")) {
        change.env_absent = clause.size() > 4 && clause[4] == '!';
        change.env = clause.substr(change.env_absent ? 5 : 4);
        if (change.env.empty()) {
            return refuse(words, "error: missing environment variable name. "
                                 "envclause should be in the form env=envar ");
        }
    } else if (istarts_with(clause, "expr=")) {
        auto condition = words.condition(std::string_view(clause).substr(5));
        if (!condition) {
            return refuse(words, "Can't parse envclause/expression: " + condition.error().text);
        }
        change.condition = std::move(*condition);
    } else {
        return refuse(words, "Unknown parameter: " + clause,
                      "put a value of several words in quotes");
    }
    return {};
}

// What stands after action and field.
struct Rest {
    std::string value, replacement, clause;
};

Result<Rest> sort_words(const Words& words, Action action, size_t at)
{
    const size_t count = words.size() - at;
    auto word = [&](size_t i) { return i < count ? words[at + i] : std::string(); };
    if (action == Action::edit || action == Action::edit_all) {
        if (count > 3) return refuse(words, words.name() + " has too many arguments");
        if (count < 2) return refuse(words, "Header edit requires a match and a substitution");
        return Rest{word(0), word(1), word(2)};
    }
    if (action == Action::unset || action == Action::echo) {
        if (count > 1) {
            return refuse(words, action == Action::unset ? "header unset takes two arguments"
                                                         : "Header echo takes two arguments");
        }
        return Rest{"", "", word(0)};
    }
    if (count == 0) return refuse(words, "Header requires three arguments");
    if (count > 2) return refuse(words, "Too many arguments to directive");
    return Rest{word(0), "", word(1)};
}

Result<Change> parse_change(const Words& words, size_t at, bool of_request)
{
    const auto action = at < words.size() ? find_action(words[at]) : std::nullopt;
    if (!action || at + 1 >= words.size()) return refuse(words, std::string(first_argument));
    if (of_request && *action == Action::echo) {
        return refuse(words, "Header echo only valid on Header directives");
    }
    if (of_request && *action == Action::note) {
        return refuse(words, "RequestHeader does not support the 'note' action");
    }
    Change change{.action = *action, .field = words[at + 1]};
    const auto rest = sort_words(words, *action, at + 2);
    if (!rest) return std::unexpected(rest.error());

    if (*action == Action::edit || *action == Action::edit_all || *action == Action::echo) {
        auto pattern = words.regex(*action == Action::echo ? change.field : rest->value);
        if (!pattern) {
            return refuse(words,
                          *action == Action::echo ? "Header echo regex could not be compiled"
                                                  : "Header edit regex could not be compiled",
                          pattern.error().text);
        }
        change.pattern = std::move(*pattern);
    }
    if (!rest->clause.empty()) {
        if (auto parsed = parse_condition(change, words, rest->clause); !parsed) {
            return std::unexpected(parsed.error());
        }
    }
    // "X-Name:" is written often.
    if (*action != Action::echo)
        change.field.resize(std::min(change.field.find(':'), change.field.size()));
    if (*action == Action::unset || *action == Action::echo) return change;
    const bool edits = change.pattern.has_value();
    auto value = Value::parse(edits ? rest->replacement : rest->value, words);
    if (!value) return refuse(words, value.error().text);
    change.value = std::move(*value);
    return change;
}

Result<void> request_header(Config& config, const Words& words)
{
    auto change = parse_change(words, 0, true);
    if (!change) return std::unexpected(change.error());
    config.request.push_back(std::make_shared<const Change>(std::move(*change)));
    return {};
}

Result<void> header(Config& config, const Words& words)
{
    const bool always = words.size() > 0 && iequals(words[0], "always");
    const bool named = always || (words.size() > 0 && iequals(words[0], "onsuccess"));
    auto change = parse_change(words, named ? 1 : 0, false);
    if (!change) return std::unexpected(change.error());
    auto& changes = always ? config.always : config.on_success;
    changes.push_back(std::make_shared<const Change>(std::move(*change)));
    return {};
}

// Running them.

bool applies(const Change& change, Request& request)
{
    if (!change.env.empty() && request.env.has(change.env) == change.env_absent) return false;
    if (!change.condition) return true;
    server::RequestExpression context(request);
    const auto holds = change.condition->test(context);
    if (!holds) {
        server::log_event(request, {.module = "headers",
                                    .apache_id = "AH01501",
                                    .id = failed_condition,
                                    .text = "Failed to evaluate expression (" + holds.error().text
                                            + ") - ignoring"});
    }
    return holds && *holds;
}

void run(const Changes& changes, Target target, bool early)
{
    for (const auto& change : changes) {
        if (change->early == early && applies(*change, target.request)) target.apply(*change);
    }
}

Outcome change_early(const Config& config, Request& request, Response& response)
{
    run(config.request, {request, request.headers, nullptr}, true);
    run(config.always, {request, response.always_headers, &response}, true);
    run(config.on_success, {request, response.headers, &response}, true);
    return Outcome::declined;
}

Outcome change_request(const Config& config, Request& request, Response&)
{
    run(config.request, {request, request.headers, nullptr}, false);
    return Outcome::declined;
}

Outcome change_response(const Config& config, Request& request, Response& response)
{
    run(config.always, {request, response.always_headers, &response}, false);
    // 304 stands for the handler's answer, whoever made it.
    if (!response.is_error_page || response.status == 304)
        run(config.on_success, {request, response.headers, &response}, false);
    return Outcome::declined;
}

bool any(const Changes& changes, bool early)
{
    for (const auto& change : changes) {
        if (change->early == early) return true;
    }
    return false;
}

bool has_early(const Config& config)
{
    return any(config.request, true) || any(config.always, true) || any(config.on_success, true);
}
bool has_request(const Config& config)
{
    return any(config.request, false);
}
bool has_response(const Config& config)
{
    return any(config.always, false) || any(config.on_success, false);
}

// Fixed texts, under no condition.
bool is_fixed(const Change& change)
{
    return change.env.empty() && !change.condition && change.action != Action::echo
           && change.action != Action::note && change.value.is_literal();
}

server::Repeats repeats(const Config& config)
{
    const auto fixed = [](const auto& change) { return change->early || is_fixed(*change); };
    return std::ranges::all_of(config.always, fixed)
                   && std::ranges::all_of(config.on_success, fixed)
               ? server::Repeats::always
               : server::Repeats::never;
}

constexpr server::Directive<Config> directives[] = {
    {"Header", Takes::raw, header, allowed_everywhere, override_file_info,
     "an optional condition, an action, a field and a value"},
    {"RequestHeader", Takes::raw, request_header, allowed_everywhere, override_file_info,
     "an action, a field and a value"},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::post_read, server::Order::first, change_early, has_early},
    // After mod_dir: an index that a directory continues as brings its own sections.
    {server::Phase::fixup, server::Order::really_last, change_request, has_request},
    {server::Phase::response_head, server::Order::last, change_response, has_response, repeats},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("headers_module", "mod_headers.c", directives,
                                                hooks);
}

} // namespace signet::mod_headers

namespace signet::modules {

server::Module mod_headers()
{
    return mod_headers::module();
}

} // namespace signet::modules
