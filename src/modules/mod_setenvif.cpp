// mod_setenvif: environment variables from what the request looks like.
//
//     SetEnvIf Request_URI "\.gif$" object_is_image=gif
//     SetEnvIf Referer www\.example\.com intra_site !foreign
//     BrowserMatch "MSIE [2-5]" nokeepalive downgrade-1.0 force-response-1.0
//     SetEnvIfExpr "tolower(req('X-Mode')) =~ /^(dev|test)$/" mode=$1
//
// The attribute is Remote_Host, Remote_Addr, Server_Addr, Request_Method, Request_Protocol,
// Request_URI, OID("1.2.3") of a client certificate, a header field, a regular expression for
// names of header fields, or else a variable that was set before. "var" sets it to 1, "var=value"
// to the value with $0–$9 replaced, "!var" removes it. Rules of the server run before the request
// is mapped to a file, those of sections and .htaccess after it.
// https://httpd.apache.org/docs/2.4/mod/mod_setenvif.html
#include "base/text.h"
#include "modules/list.h"
#include "server/client_host.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/request_expression.h"

#include <algorithm>
#include <memory>

namespace signet::mod_setenvif {
namespace {

using config::allowed_everywhere, config::override_file_info;
using config::Captures, config::Expression, config::Regex;
using server::Outcome, server::Request, server::Response, server::Takes, server::Words;

constexpr int bad_rule = 602;
constexpr int failed_expression = 603;

enum class Attribute : uint8_t {
    header_or_variable,
    header_pattern,
    remote_addr,
    remote_host,
    server_addr,
    request_uri,
    request_method,
    request_protocol,
    certificate_oid,
};

struct Assignment {
    std::string name;
    std::string value;
    bool removes = false;
};

// One directive. Shared between the configurations that inherit it.
struct Rule {
    Attribute attribute = Attribute::header_or_variable;
    std::string name; // of the header field or variable, or the OID
    std::optional<Regex> header_pattern;
    std::optional<Regex> pattern;
    bool substitutes = false; // the pattern is more than plain text: $0–$9 mean something
    std::optional<Expression> condition; // SetEnvIfExpr: instead of all the above
    std::vector<Assignment> assignments;
};
using Rules = std::vector<std::shared_ptr<const Rule>>;

struct Config {
    Rules server;    // run in post_read
    Rules directory; // run in header_parse
};

Rules joined(const Rules& outer, const Rules& inner)
{
    Rules all = outer;
    all.insert(all.end(), inner.begin(), inner.end());
    return all;
}

Config merge(const Config& outer, const Config& inner)
{
    return {.server = joined(outer.server, inner.server),
            .directory = joined(outer.directory, inner.directory)};
}

// Reading the directives.

Assignment parse_assignment(std::string_view word)
{
    const size_t equals = word.find('=');
    const auto name = word.substr(0, equals);
    if (equals != std::string_view::npos && equals + 1 < word.size()) {
        return {.name = std::string(name), .value = std::string(word.substr(equals + 1))};
    }
    if (name.starts_with('!')) return {.name = std::string(name.substr(1)), .removes = true};
    return {.name = std::string(name), .value = "1"};
}

// Words from `at` on are variables.
Result<void> add_rule(Config& config, const Words& words, size_t at, Rule rule)
{
    if (words.size() <= at) {
        return words.refuse(bad_rule, "Missing envariable expression for " + words.name(),
                            "variables to set: name, name=value or !name");
    }
    for (size_t i = at; i < words.size(); ++i) {
        rule.assignments.push_back(parse_assignment(words[i]));
    }
    auto& rules = words.at_server_level() ? config.server : config.directory;
    rules.push_back(std::make_shared<const Rule>(std::move(rule)));
    return {};
}

bool is_field_name(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return is_alnum(c) || c == '-' || c == '_'; });
}

// "OID("1.2.3")" → 1.2.3; the quotes may be missing because the word was quoted as a whole.
std::optional<std::string> parse_oid(std::string_view text)
{
    if (!istarts_with(text, "oid(") || !text.ends_with(')')) return std::nullopt;
    text = text.substr(4, text.size() - 5);
    while (!text.empty() && (text.front() == '"' || text.front() == '\'')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == '"' || text.back() == '\'')) text.remove_suffix(1);
    return std::string(text);
}

// Apache compares plain text without a regular expression, and then leaves values as they are.
bool is_plain_text(std::string_view pattern)
{
    for (size_t i = 0; i < pattern.size(); ++i) {
        if (pattern[i] == '\\') {
            if (++i == pattern.size() || is_alnum(pattern[i])) return false;
        } else if (std::string_view("^$()[]{}.*+?|").find(pattern[i]) != std::string_view::npos) {
            return false;
        }
    }
    return true;
}

Result<void> parse_attribute(Rule& rule, const std::string& name, const Words& words)
{
    struct Named {
        std::string_view name;
        Attribute attribute;
    };
    static constexpr Named special[] = {
        {"Remote_Addr", Attribute::remote_addr},
        {"Remote_Host", Attribute::remote_host},
        {"Server_Addr", Attribute::server_addr},
        {"Request_URI", Attribute::request_uri},
        {"Request_Method", Attribute::request_method},
        {"Request_Protocol", Attribute::request_protocol},
    };
    rule.name = name;
    for (const auto& candidate : special) {
        if (iequals(name, candidate.name)) {
            rule.attribute = candidate.attribute;
            return {};
        }
    }
    if (auto oid = parse_oid(name)) {
        rule.attribute = Attribute::certificate_oid;
        rule.name = std::move(*oid);
        return {};
    }
    if (is_field_name(name)) return {};
    auto pattern = words.regex(name, true);
    if (!pattern) {
        return words.refuse(bad_rule, words.name() + "Header name regex could not be compiled.",
                            "a header field's name, or a regular expression for such names",
                            pattern.error().text);
    }
    rule.attribute = Attribute::header_pattern;
    rule.header_pattern = std::move(*pattern);
    return {};
}

// The regular expression is word `at`, the variables follow.
Result<void> add_pattern_rule(Config& config, const Words& words, size_t at, Rule rule,
                              bool ignore_case)
{
    if (words.size() <= at || words[at].empty()) {
        return words.refuse(bad_rule, "Missing regular expression for " + words.name(),
                            "a regular expression that the attribute has to match");
    }
    auto pattern = words.regex(words[at], ignore_case);
    if (!pattern) {
        return words.refuse(bad_rule, words.name() + " regex could not be compiled.",
                            "a Perl-compatible regular expression", pattern.error().text);
    }
    rule.pattern = std::move(*pattern);
    rule.substitutes = !is_plain_text(words[at]);
    return add_rule(config, words, at + 1, std::move(rule));
}

template <bool ignore_case> Result<void> set_env_if(Config& config, const Words& words)
{
    if (words.size() == 0 || words[0].empty()) {
        return words.refuse(bad_rule, "Missing header-field name for " + words.name(),
                            "what to look at: a header field, Remote_Addr, Request_URI …");
    }
    Rule rule;
    if (auto parsed = parse_attribute(rule, words[0], words); !parsed) return parsed;
    return add_pattern_rule(config, words, 1, std::move(rule), ignore_case);
}

template <bool ignore_case> Result<void> browser_match(Config& config, const Words& words)
{
    return add_pattern_rule(config, words, 0, Rule{.name = "User-Agent"}, ignore_case);
}

Result<void> set_env_if_expr(Config& config, const Words& words)
{
    if (words.size() == 0 || words[0].empty()) {
        return words.refuse(bad_rule, "Missing expression for " + words.name(), "a condition");
    }
    auto condition = words.condition(words[0]);
    if (!condition) {
        return words.refuse(
            bad_rule, "Could not parse expression \"" + words[0] + "\": " + condition.error().text,
            "a condition in the expression language");
    }
    Rule rule;
    rule.condition = std::move(*condition);
    rule.substitutes = true;
    return add_rule(config, words, 1, std::move(rule));
}

// Running them.

std::string_view certificate_extension(Request& request, std::string_view oid)
{
    if (!request.is_tls()) return {};
    server::RequestExpression context(request);
    const auto values = context.list("peerextlist", oid);
    return values.empty() ? std::string_view{} : request.arena.copy(values.front());
}

std::string_view header_matching(const Rule& rule, const Request& request)
{
    for (const auto& field : request.headers) {
        if (rule.header_pattern->matches(field.name)) return field.value;
    }
    return {};
}

std::string_view protocol_name(http::Version version)
{
    switch (version) {
    case http::Version::http09: return "HTTP/0.9";
    case http::Version::http10: return "HTTP/1.0";
    case http::Version::http11: return "HTTP/1.1";
    case http::Version::http2: return "HTTP/2.0";
    }
    return {};
}

// What the pattern looks at; "" when there is no such thing.
std::string_view subject_of(const Rule& rule, Request& request)
{
    switch (rule.attribute) {
    case Attribute::remote_addr: return request.arena.copy(request.client().ip());
    case Attribute::server_addr: return request.arena.copy(request.peer->local.ip());
    case Attribute::remote_host: {
        const auto host = server::client_host(request);
        return host.empty() ? request.arena.copy(request.client().ip()) : host;
    }
    case Attribute::request_uri: return request.uri;
    case Attribute::request_method: return request.method_name;
    case Attribute::request_protocol: return protocol_name(request.version);
    case Attribute::certificate_oid: return certificate_extension(request, rule.name);
    case Attribute::header_pattern: return header_matching(rule, request);
    case Attribute::header_or_variable: break;
    }
    if (const auto field = request.headers.find(rule.name)) return *field;
    return request.env_or(rule.name, {});
}

void assign(const Rule& rule, const Captures& captures, Request& request)
{
    for (const auto& [name, value, removes] : rule.assignments) {
        if (removes) {
            request.env.remove(name);
        } else if (!rule.substitutes || value.find_first_of("$\\") == std::string::npos) {
            request.env.set(name, value);
        } else {
            request.env.set(name, request.arena.copy(config::substitute(value, captures)));
        }
    }
}

void run_condition(const Rule& rule, Request& request)
{
    server::RequestExpression context(request);
    const auto holds = rule.condition->test(context);
    if (!holds) {
        server::log_event(request, {.module = "setenvif",
                                    .id = failed_expression,
                                    .text = "SetEnvIfExpr: " + holds.error().text});
    } else if (*holds) {
        assign(rule, context.captures(), request);
    }
}

void run_rules(const Rules& rules, Request& request)
{
    for (const auto& rule : rules) {
        if (rule->condition) {
            run_condition(*rule, request);
            continue;
        }
        Captures captures;
        if (rule->pattern->match(subject_of(*rule, request), captures)) {
            assign(*rule, captures, request);
        }
    }
}

Outcome run_server_rules(const Config& config, Request& request, Response&)
{
    run_rules(config.server, request);
    return Outcome::declined;
}

Outcome run_directory_rules(const Config& config, Request& request, Response&)
{
    run_rules(config.directory, request);
    return Outcome::declined;
}

bool has_server_rules(const Config& config)
{
    return !config.server.empty();
}
bool has_directory_rules(const Config& config)
{
    return !config.directory.empty();
}

constexpr server::Directive<Config> directives[] = {
    {"SetEnvIf", Takes::raw, set_env_if<false>, allowed_everywhere, override_file_info,
     "an attribute, a regular expression and variables"},
    {"SetEnvIfNoCase", Takes::raw, set_env_if<true>, allowed_everywhere, override_file_info,
     "an attribute, a regular expression and variables"},
    {"SetEnvIfExpr", Takes::raw, set_env_if_expr, allowed_everywhere, override_file_info,
     "a condition and variables"},
    {"BrowserMatch", Takes::raw, browser_match<false>, allowed_everywhere, override_file_info,
     "a regular expression for the User-Agent and variables"},
    {"BrowserMatchNoCase", Takes::raw, browser_match<true>, allowed_everywhere, override_file_info,
     "a regular expression for the User-Agent and variables"},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::post_read, server::Order::middle, run_server_rules, has_server_rules},
    {server::Phase::header_parse, server::Order::middle, run_directory_rules, has_directory_rules},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("setenvif_module", "mod_setenvif.c", directives,
                                                hooks);
}

} // namespace signet::mod_setenvif

namespace signet::modules {

server::Module mod_setenvif()
{
    return mod_setenvif::module();
}

} // namespace signet::modules
