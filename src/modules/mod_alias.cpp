// mod_alias: URLs to other places of the file system, and redirects to other URLs.
//
//     Alias "/icons/" "/usr/share/icons/"
//     ScriptAlias "/cgi-bin/" "/usr/lib/cgi-bin/"       the files there are programs
//     AliasMatch "^/u/([a-z]+)/(.*)$" "/home/$1/www/$2"
//     Redirect permanent "/old" "https://example.com/new"
//     RedirectMatch gone "\.bak$"
//
// The first that matches is taken; redirects come before aliases; those of the server act before
// the file is looked for, redirects in <Directory> and .htaccess after it. In <Location> the path
// is left out and the target is an expression: `Alias "/srv/%{env:MATCH_SITE}"`.
// https://httpd.apache.org/docs/2.4/mod/mod_alias.html
#include "base/text.h"
#include "config/expression.h"
#include "config/regex.h"
#include "http/uri.h"
#include "modules/list.h"
#include "server/configuration.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/request_expression.h"
#include "server/response.h"

#include <algorithm>
#include <memory>
#include <optional>

namespace signet::mod_alias {
namespace {

using config::allowed_everywhere, config::allowed_server, config::in_directory;
using config::Expression, config::Regex;
using config::override_file_info, config::override_none;
using server::Outcome, server::Request, server::Response, server::Takes, server::Words;

constexpr int overlapping_alias = 640;
constexpr int bad_alias = 641;
constexpr int bad_redirect = 642;
constexpr int bad_redirect_target = 643;
constexpr int bad_alias_expression = 644;

// One directive with a path or pattern. Shared by the configurations that inherit it.
struct Mapping {
    std::string path;             // the prefix
    std::optional<Regex> pattern; // or what the whole path must match
    std::string target;           // a file or URL; "" for statuses without one (gone)
    std::string_view handler{};   // of ScriptAlias
    int status = 0;               // of Redirect
};
using Mappings = std::vector<std::shared_ptr<const Mapping>>;

// The forms with an expression, of <Location>.
struct Computed {
    std::shared_ptr<const Expression> target; // null for statuses without URL
    std::string location{};                   // the section's path, for AliasPreservePath
    std::string_view handler{};
    int status = 0;
};

struct Config {
    Mappings aliases;
    Mappings redirects;         // of the server
    Mappings section_redirects; // of <Directory>, <Location>, .htaccess
    std::optional<Computed> alias;
    std::optional<Computed> redirect;
    std::optional<bool> preserve_path;
    std::optional<bool> relative;
};

// Inner ones are tried first.
Mappings in_front(const Mappings& outer, const Mappings& inner)
{
    Mappings all = inner;
    all.insert(all.end(), outer.begin(), outer.end());
    return all;
}

Config merge(const Config& outer, const Config& inner)
{
    return {
        .aliases = in_front(outer.aliases, inner.aliases),
        .redirects = in_front(outer.redirects, inner.redirects),
        .section_redirects = in_front(outer.section_redirects, inner.section_redirects),
        .alias = inner.alias ? inner.alias : outer.alias,
        .redirect = inner.redirect ? inner.redirect : outer.redirect,
        .preserve_path = inner.preserve_path ? inner.preserve_path : outer.preserve_path,
        .relative = inner.relative ? inner.relative : outer.relative,
    };
}

// How many characters of the URI the prefix covers, 0 when it does not match. Only whole path
// segments match, and any number of slashes matches any other.
size_t covered(std::string_view prefix, std::string_view uri)
{
    size_t at = 0;
    for (size_t i = 0; i < prefix.size();) {
        if (at >= uri.size() || uri[at] != prefix[i]) return 0;
        if (prefix[i] != '/') {
            ++i;
            ++at;
            continue;
        }
        while (i < prefix.size() && prefix[i] == '/') ++i;
        while (at < uri.size() && uri[at] == '/') ++at;
    }
    if (!prefix.empty() && prefix.back() != '/' && at < uri.size() && uri[at] != '/') return 0;
    return at;
}

bool is_url(std::string_view text)
{
    const size_t colon = text.find("://");
    return colon != text.npos && colon > 0
           && std::ranges::all_of(text.substr(0, colon), [](char c) {
                  return is_alnum(c) || c == '+' || c == '-' || c == '.';
              });
}

bool is_redirect(int status)
{
    return status >= 300 && status < 400 && status != 304;
}

// Reading the directives.

Result<std::shared_ptr<const Expression>> compile(const Words& words, const std::string& text,
                                                  std::string_view what)
{
    auto expression = words.text_expression(text);
    if (!expression) {
        return words.refuse(bad_alias_expression,
                            "Cannot parse " + std::string(what) + " expression '" + text
                                + "': " + expression.error().text,
                            "a path or URL, possibly with %{VARIABLE}");
    }
    return std::make_shared<const Expression>(std::move(*expression));
}

void warn_about_overlap(const Config& config, const Words& words, const std::string& path)
{
    for (const auto& earlier : config.aliases) {
        if (earlier->pattern || covered(earlier->path, path) == 0) continue;
        const auto& position = words.position();
        words.warn(overlapping_alias,
                   "AH00671: The " + words.name() + " directive in "
                       + (position.file ? position.file->path : std::string()) + " at line "
                       + std::to_string(position.line)
                       + " will probably never match because it overlaps an earlier "
                       + (earlier->handler.empty() ? "Alias." : "ScriptAlias."),
                   "put it before the one for " + earlier->path);
        return;
    }
}

Result<void> add_computed_alias(Config& config, const Words& words, std::string_view handler)
{
    if (words.at_server_level()) {
        return words.refuse(bad_alias, words.name() + " must have two arguments when used globally",
                            "a URL-path and a file or directory");
    }
    if (words.place().section == server::SectionKind::directory) {
        return words.refuse(bad_alias, words.name() + " cannot occur within <Directory> section",
                            "a <Location> section");
    }
    auto target = compile(words, words[0], "alias");
    if (!target) return std::unexpected(target.error());
    config.alias = {.target = *target, .location = words.place().path, .handler = handler};
    return {};
}

Result<void> add_alias(Config& config, const Words& words, std::string_view handler)
{
    if (words.size() == 1) return add_computed_alias(config, words, handler);
    if (!words.at_server_level()) {
        return words.refuse(bad_alias, words.name() + " cannot occur within directory context",
                            "one argument here, or the directive outside of sections");
    }
    warn_about_overlap(config, words, words[0]);
    config.aliases.push_back(std::make_shared<const Mapping>(
        Mapping{.path = words[0], .target = words.path(words[1]), .handler = handler}));
    return {};
}

Result<Regex> compile_pattern(const Words& words, const std::string& text)
{
    auto pattern = words.regex(text);
    if (pattern) return pattern;
    return words.refuse(bad_alias, "Regular expression could not be compiled.",
                        "a Perl-compatible regular expression", pattern.error().text);
}

Result<void> add_alias_match(Config& config, const Words& words, std::string_view handler)
{
    auto pattern = compile_pattern(words, words[0]);
    if (!pattern) return std::unexpected(pattern.error());
    config.aliases.push_back(std::make_shared<const Mapping>(
        Mapping{.pattern = std::move(*pattern), .target = words[1], .handler = handler}));
    return {};
}

constexpr std::string_view script_handler = "cgi-script";

Result<void> alias(Config& config, const Words& words)
{
    return add_alias(config, words, {});
}
Result<void> script_alias(Config& config, const Words& words)
{
    return add_alias(config, words, script_handler);
}
Result<void> alias_match(Config& config, const Words& words)
{
    return add_alias_match(config, words, {});
}
Result<void> script_alias_match(Config& config, const Words& words)
{
    return add_alias_match(config, words, script_handler);
}

Result<void> preserve_path(Config& config, const Words& words)
{
    config.preserve_path = words.on();
    return {};
}

Result<void> redirect_relative(Config& config, const Words& words)
{
    config.relative = words.on();
    return {};
}

// "permanent", "303": a redirect's status when the word is one.
std::optional<int> parse_status(std::string_view word)
{
    if (iequals(word, "permanent")) return 301;
    if (iequals(word, "temp")) return 302;
    if (iequals(word, "seeother")) return 303;
    if (iequals(word, "gone")) return 410;
    if (word.empty() || !is_digit(word[0])) return std::nullopt;
    size_t digits = 0;
    while (digits < word.size() && is_digit(word[digits])) ++digits;
    return parse_number<int>(word.substr(0, digits)).value_or(500);
}

std::unexpected<Error> refuse_redirect(const Words& words, std::string message)
{
    return words.refuse(bad_redirect, std::move(message),
                        "an optional status, the path or pattern, and the URL to redirect to",
                        "Redirect permanent /old https://example.com/new");
}

// In a section with one word (besides the status): the URL, for everything there.
Result<void> add_computed_redirect(Config& config, const Words& words, int status,
                                   const std::string* url)
{
    if (is_redirect(status) != (url != nullptr)) {
        return refuse_redirect(words, url ? "Redirect URL not valid for this status"
                                          : "URL to redirect to is missing");
    }
    Computed computed{.target = nullptr, .status = status};
    if (url) {
        auto target = compile(words, *url, "redirect");
        if (!target) return std::unexpected(target.error());
        computed.target = *target;
    }
    config.redirect = std::move(computed);
    return {};
}

Result<void> add_redirect(Config& config, const Words& words, int status, bool use_pattern)
{
    const auto given = parse_status(words[0]);
    if (words.size() == 3 && !given) {
        return refuse_redirect(words, "Redirect: invalid first argument (of three)");
    }
    if (given) status = *given;
    const size_t first = given ? 1 : 0;
    const size_t count = words.size() - first;
    if (!words.at_server_level() && !use_pattern && count < 2
        && (count == 0 || is_redirect(status))) {
        return add_computed_redirect(config, words, status, count == 1 ? &words[first] : nullptr);
    }
    if (count == 0) return refuse_redirect(words, "URL to redirect to is missing");

    Mapping mapping{.status = status};
    if (use_pattern) {
        auto pattern = compile_pattern(words, words[first]);
        if (!pattern) return std::unexpected(pattern.error());
        mapping.pattern = std::move(*pattern);
    } else {
        mapping.path = words[first];
    }
    if (count > 1) mapping.target = words[first + 1];
    if (!is_redirect(status)) {
        if (count > 1) return refuse_redirect(words, "Redirect URL not valid for this status");
    } else if (count < 2) {
        return refuse_redirect(words, "URL to redirect to is missing");
    } else if (!use_pattern && !is_url(mapping.target) && !mapping.target.starts_with('/')) {
        return refuse_redirect(words, "Redirect to non-URL");
    }
    auto& redirects = words.at_server_level() ? config.redirects : config.section_redirects;
    redirects.push_back(std::make_shared<const Mapping>(std::move(mapping)));
    return {};
}

Result<void> redirect(Config& config, const Words& words)
{
    return add_redirect(config, words, 302, false);
}
Result<void> redirect_match(Config& config, const Words& words)
{
    return add_redirect(config, words, 302, true);
}
template <int status> Result<void> redirect_with(Config& config, const Words& words)
{
    Mapping mapping{.path = words[0], .target = words[1], .status = status};
    if (!is_url(mapping.target) && !mapping.target.starts_with('/')) {
        return refuse_redirect(words, "Redirect to non-URL");
    }
    auto& redirects = words.at_server_level() ? config.redirects : config.section_redirects;
    redirects.push_back(std::make_shared<const Mapping>(std::move(mapping)));
    return {};
}

// Answering requests.

// Escapes the path of a URL that was put together; its query and fragment were written as such.
std::string_view escape_target(std::string_view target, Arena& arena)
{
    const size_t end = std::min(target.find_first_of("?#"), target.size());
    const size_t scheme = target.find("://");
    const size_t start = scheme < end ? std::min(target.find('/', scheme + 3), end) : 0;
    return arena.join(target.substr(0, start),
                      start < end ? http::escape_path(target.substr(start, end - start), arena)
                                  : std::string_view{},
                      target.substr(end));
}

// Where the mapping leads for this URI; nothing when it does not match.
std::optional<std::string_view> destination(const Mapping& mapping, const Request& request)
{
    if (mapping.pattern) {
        config::Captures captures;
        if (!mapping.pattern->match(request.uri, captures)) return std::nullopt;
        const auto text = request.arena.copy(config::substitute(mapping.target, captures));
        return mapping.status == 0 ? text : escape_target(text, request.arena);
    }
    const size_t length = covered(mapping.path, request.uri);
    if (length == 0) return std::nullopt;
    const auto rest = request.uri.substr(length);
    if (mapping.status == 0) return request.arena.join(mapping.target, rest);
    return request.arena.join(mapping.target,
                              rest.empty() ? rest : http::escape_path(rest, request.arena));
}

Outcome send_redirect(const Config& config, int status, std::string_view target, Request& request,
                      Response& response)
{
    if (!is_redirect(status)) return status;
    if (target.starts_with('/') && !config.relative.value_or(false)) {
        const auto whole = request.arena.copy(request.absolute_url(target));
        server::log_event(request, {.severity = server::Severity::debug,
                                    .module = "alias",
                                    .apache_id = "AH00673",
                                    .text = request.arena.join("incomplete redirection target of '",
                                                               target, "' for URI '", request.uri,
                                                               "' modified to '", whole, "'")});
        target = whole;
    }
    if (!target.starts_with('/') && !is_url(target)) {
        server::log_event(request, {.module = "alias",
                                    .apache_id = "AH00674",
                                    .id = bad_redirect_target,
                                    .text = request.arena.join(
                                        "cannot redirect '", request.uri, "' to '", target,
                                        "'; target is not a valid absoluteURI or abs_path")});
        return 500;
    }
    if (request.query && target.find('?') == target.npos) {
        target = request.arena.join(target, "?", *request.query);
    }
    response.headers.set("Location", target);
    return status;
}

Outcome try_redirects(const Config& config, const Mappings& redirects, Request& request,
                      Response& response)
{
    for (const auto& mapping : redirects) {
        if (const auto target = destination(*mapping, request)) {
            return send_redirect(config, mapping->status, *target, request, response);
        }
    }
    return Outcome::declined;
}

// The expression's value; nothing (500) when it cannot be evaluated.
std::optional<std::string_view> evaluate(const Computed& computed, Request& request)
{
    server::RequestExpression context(request, server::RequestExpression::Vary::untold);
    const auto value = computed.target->string(context);
    if (value) return request.arena.copy(*value);
    server::log_event(request, {.module = "alias",
                                .apache_id = "AH02826",
                                .id = bad_alias_expression,
                                .text = "Can't evaluate alias expression: " + value.error().text});
    return std::nullopt;
}

Outcome try_computed_redirect(const Config& config, Request& request, Response& response)
{
    if (!config.redirect) return Outcome::declined;
    const auto& redirect = *config.redirect;
    if (!redirect.target) return redirect.status;
    const auto target = evaluate(redirect, request);
    if (!target) return 500;
    return send_redirect(config, redirect.status, escape_target(*target, request.arena), request,
                         response);
}

void mark_as_script(std::string_view handler, Request& request)
{
    if (handler.empty()) return;
    request.handler = handler;
    request.notes.set("alias-forced-type", handler); // programs there need no Options ExecCGI
}

Outcome try_computed_alias(const Config& config, Request& request)
{
    const auto target = evaluate(*config.alias, request);
    if (!target) return 500;
    std::string_view rest;
    if (config.preserve_path.value_or(false)) {
        rest = request.uri.substr(covered(config.alias->location, request.uri));
    }
    request.filename =
        request.arena.copy(request.configuration->path(request.arena.join(*target, rest)));
    mark_as_script(config.alias->handler, request);
    return Outcome::ok;
}

Outcome try_aliases(const Config& config, Request& request)
{
    for (const auto& mapping : config.aliases) {
        const auto target = destination(*mapping, request);
        if (!target) continue;
        request.filename = target->starts_with('/')
                               ? *target
                               : request.arena.copy(request.configuration->path(*target));
        if (!mapping->pattern) {
            request.env.set("CONTEXT_PREFIX", mapping->path);
            request.env.set("CONTEXT_DOCUMENT_ROOT", mapping->target);
        }
        mark_as_script(mapping->handler, request);
        return Outcome::ok;
    }
    return Outcome::declined;
}

Outcome translate(const Config& config, Request& request, Response& response)
{
    if (!request.uri.starts_with('/')) return Outcome::declined;
    if (const Outcome redirected = try_computed_redirect(config, request, response);
        redirected != Outcome::declined) {
        return redirected;
    }
    if (const Outcome redirected = try_redirects(config, config.redirects, request, response);
        redirected != Outcome::declined) {
        return redirected;
    }
    return config.alias ? try_computed_alias(config, request) : try_aliases(config, request);
}

Outcome redirect_in_section(const Config& config, Request& request, Response& response)
{
    if (const Outcome redirected = try_computed_redirect(config, request, response);
        redirected != Outcome::declined) {
        return redirected;
    }
    return try_redirects(config, config.section_redirects, request, response);
}

bool translates(const Config& config)
{
    return config.alias || config.redirect || !config.aliases.empty() || !config.redirects.empty();
}

bool redirects_in_section(const Config& config)
{
    return config.redirect || !config.section_redirects.empty();
}

// The manual names only the server for some; with one argument Apache accepts them in <Location>.
constexpr uint8_t server_or_location = allowed_server | in_directory;

constexpr server::Directive<Config> directives[] = {
    {"Alias", Takes::one_or_two, alias, server_or_location, override_none,
     "a URL-path and a file or directory; in <Location> only the latter"},
    {"ScriptAlias", Takes::one_or_two, script_alias, server_or_location, override_none,
     "a URL-path and a file or directory; in <Location> only the latter"},
    {"AliasMatch", Takes::two, alias_match, allowed_server, override_none,
     "a regular expression and a file or directory"},
    {"ScriptAliasMatch", Takes::two, script_alias_match, allowed_server, override_none,
     "a regular expression and a file or directory"},
    {"AliasPreservePath", Takes::flag, preserve_path, server_or_location, override_none,
     "On or Off"},
    {"Redirect", Takes::one_to_three, redirect, allowed_everywhere, override_file_info,
     "an optional status, then document to be redirected and destination URL"},
    {"RedirectMatch", Takes::one_to_three, redirect_match, allowed_everywhere, override_file_info,
     "an optional status, a regular expression and the destination URL"},
    {"RedirectPermanent", Takes::two, redirect_with<301>, allowed_everywhere, override_file_info,
     "a document to be redirected, then the destination URL"},
    {"RedirectTemp", Takes::two, redirect_with<302>, allowed_everywhere, override_file_info,
     "a document to be redirected, then the destination URL"},
    {"RedirectRelative", Takes::flag, redirect_relative, server_or_location, override_none,
     "On or Off"},
};
// Expressions may look at anything, paths and patterns only at the URI.
server::Repeats translation_repeats(const Config& config)
{
    return config.alias || config.redirect ? server::Repeats::never : server::Repeats::always;
}

constexpr server::Hook<Config> hooks[] = {
    {server::Phase::translate, server::Order::middle, translate, translates, translation_repeats},
    {server::Phase::fixup, server::Order::middle, redirect_in_section, redirects_in_section},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("alias_module", "mod_alias.c", directives, hooks);
}

} // namespace signet::mod_alias

namespace signet::modules {

server::Module mod_alias()
{
    return mod_alias::module();
}

} // namespace signet::modules
