// mod_authz_core: who may come in. `Require` names a provider and what it asks for; several lines
// stand in an implied <RequireAny>. Nothing said means everybody may.
//
//     Require all granted
//     <RequireAll>
//         Require ip 10 192.168
//         <RequireNone>
//             Require env banned
//         </RequireNone>
//     </RequireAll>
//
// The rules of a section replace those of outer ones unless AuthMerging says And or Or. Rules in
// <Limit> leave other methods alone. What can be decided without knowing the client's name is
// decided before authentication.
// https://httpd.apache.org/docs/2.4/mod/mod_authz_core.html
#include "base/text.h"
#include "http/method.h"
#include "modules/list.h"
#include "modules/mod_authz_core/providers.h"
#include "modules/mod_authz_core/rules.h"
#include "server/configuration.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/request_trace.h"
#include "server/response.h"

#include <algorithm>
#include <any>
#include <optional>
#include <span>

namespace signet::mod_authz_core {
namespace {

using config::allowed_directory, config::in_server;
using config::override_auth_config, config::override_none;
using server::Outcome, server::Request, server::Response, server::Takes, server::Words;

constexpr int unknown_provider = 650;
constexpr int bad_rule = 651;
constexpr int negative_only = 652;
constexpr int alias_arguments = 261;

enum class Merging : uint8_t { off, all, any };

struct Config {
    // The section's rules: an implied <RequireAny>. `open` are the containers not yet closed,
    // innermost last; the rule tree is constant once the section has been read.
    std::shared_ptr<Rule> rules;
    std::vector<std::shared_ptr<Rule>> open;
    // After merging: what applies, with AuthMerging taken into account.
    std::shared_ptr<const Rule> merged;
    Merging merging = Merging::off;
    std::optional<bool> forbidden_on_failure;
};

std::shared_ptr<const Rule> effective(const Config& config)
{
    return config.merged ? config.merged : std::shared_ptr<const Rule>(config.rules);
}

Config merge(const Config& outer, const Config& inner)
{
    Config config;
    const auto before = effective(outer);
    const auto added = effective(inner);
    if (!added) {
        config.merged = before;
    } else if (!before || inner.merging == Merging::off) {
        config.merged = added;
    } else {
        config.merged =
            combine(inner.merging == Merging::all ? Logic::all : Logic::any, before, added);
    }
    config.forbidden_on_failure =
        inner.forbidden_on_failure ? inner.forbidden_on_failure : outer.forbidden_on_failure;
    return config;
}

// Reading the directives.

std::unexpected<Error> refuse(const Words& words, std::string message, std::string fix = {})
{
    return words.refuse(bad_rule, std::move(message), "a rule that can let somebody in",
                        std::move(fix));
}

std::string_view container_name(const Rule& rule)
{
    if (rule.logic == Logic::all) return "<RequireAll>";
    return rule.negated ? "<RequireNone>" : "<RequireAny>";
}

// The container that a rule standing here goes into.
Rule& current(Config& config)
{
    if (!config.open.empty()) return *config.open.back();
    if (!config.rules) {
        config.rules = std::make_shared<Rule>();
        config.rules->text = "<RequireAny>";
        config.rules->methods = 0;
    }
    return *config.rules;
}

uint64_t methods_of(const Words& words)
{
    const uint64_t limited = words.place().limit_methods;
    return limited == 0 ? ~uint64_t{0} : limited;
}

void enter(Config& config, std::shared_ptr<const Rule> rule)
{
    Rule& container = current(config);
    // The implied container concerns the methods that one of its rules concerns.
    if (config.open.empty()) container.methods |= rule->methods;
    container.children.push_back(std::move(rule));
}

const server::AuthorizationProvider* find_provider(const Words& words, std::string_view name)
{
    const auto* providers = words.configuration().providers;
    const auto* found = providers ? providers->find_authorization(name) : nullptr;
    return found && found->name == name ? found : nullptr; // Apache minds the case
}

std::unexpected<Error> refuse_provider(const Words& words, const std::string& name)
{
    static constexpr std::string_view in_databases[] = {
        "dbm-group", "dbm-file-group", "dbd-group", "dbd-login",      "dbd-logout",
        "ldap-user", "ldap-group",     "ldap-dn",   "ldap-attribute", "ldap-filter"};
    const bool asks_database = std::ranges::find(in_databases, name) != std::end(in_databases);
    return words.refuse(
        unknown_provider, "Unknown Authz provider: " + name,
        "all, env, method, expr, ip, host, forward-dns, local, ssl, user, valid-user, group, "
        "file-owner or file-group",
        asks_database ? "users and groups of databases and directories are not supported yet; "
                        "Require group with AuthGroupFile, or Require ip, protects"
                      : "");
}

// An alias of <AuthzProviderAlias>, kept in Configuration::shared under its name.
std::string alias_key(std::string_view name)
{
    return "authz-alias " + std::string(name);
}
using SharedCheck = std::shared_ptr<const server::AuthorizationRule>;

Result<SharedCheck> parse_check(const Words& words, const std::string& name,
                                std::span<const std::string> arguments)
{
    const auto& shared = words.configuration().shared;
    if (const auto alias = shared.find(alias_key(name)); alias != shared.end()) {
        return std::any_cast<SharedCheck>(alias->second);
    }
    const auto* provider = find_provider(words, name);
    if (!provider) return refuse_provider(words, name);
    auto check = provider->parse(arguments, words);
    if (!check) return std::unexpected(check.error());
    return SharedCheck(std::move(*check));
}

Result<void> require(Config& config, const Words& words)
{
    size_t at = 0;
    const bool negated = words.size() > 0 && iequals(words[0], "not");
    if (negated) at = 1;
    const std::string name = at < words.size() ? words[at] : "";
    const Rule& container = current(config);
    std::vector<std::string> arguments;
    for (size_t i = at + 1; i < words.size(); ++i) arguments.push_back(words[i]);
    auto check = parse_check(words, name, arguments);
    if (!check) return std::unexpected(check.error());
    if (negated && container.logic == Logic::any) {
        return refuse(words,
                      "negative Require directive has no effect in "
                          + std::string(container_name(container)) + " directive",
                      "put it into <RequireAll>, beside a Require that grants");
    }
    auto rule = std::make_shared<Rule>();
    rule->text = "Require " + words.raw();
    rule->check = std::move(*check);
    rule->negated = negated;
    rule->methods = methods_of(words);
    enter(config, std::move(rule));
    return {};
}

template <Logic logic, bool negated> Result<void> open_container(Config& config, const Words& words)
{
    if (words.size() > 0) {
        return refuse(words, "<" + words.name() + "> directive doesn't take additional arguments");
    }
    auto rule = std::make_shared<Rule>();
    rule->logic = logic;
    rule->negated = negated;
    rule->methods = methods_of(words);
    rule->text = container_name(*rule);
    config.open.push_back(std::move(rule));
    return {};
}

Result<void> close_container(Config& config, const Words& words)
{
    const auto rule = config.open.back();
    config.open.pop_back();
    const std::string name(container_name(*rule));
    if (rule->children.empty()) {
        return refuse(words, name + " directive contains no authorization directives");
    }
    const Rule& container = current(config);
    if (rule->negated && container.logic == Logic::any) {
        return refuse(words,
                      name + " directive has no effect in " + std::string(container_name(container))
                          + " directive",
                      "put it into <RequireAll>, beside a Require that grants");
    }
    if (only_negative(*rule)) {
        return words.refuse(negative_only,
                            "AH01624: " + name
                                + " directive contains only negative authorization directives",
                            "at least one Require that grants", "Require all granted");
    }
    enter(config, rule);
    return {};
}

Result<void> auth_merging(Config& config, const Words& words)
{
    if (iequals(words[0], "Off")) {
        config.merging = Merging::off;
    } else if (iequals(words[0], "And")) {
        config.merging = Merging::all;
    } else if (iequals(words[0], "Or")) {
        config.merging = Merging::any;
    } else {
        return refuse(words, words.name() + " must be one of: Off | And | Or", "AuthMerging And");
    }
    return {};
}

Result<void> send_forbidden(Config& config, const Words& words)
{
    config.forbidden_on_failure = words.on();
    return {};
}

// <AuthzProviderAlias ip office "192.0.2.0/24 198.51.100.7">
Result<void> provider_alias(Config&, const Words& words)
{
    if (words.size() < 2) {
        return refuse(words, "<AuthzProviderAlias> directive requires additional arguments",
                      "<AuthzProviderAlias ip office \"192.0.2.0/24\">");
    }
    const auto* provider = find_provider(words, words[0]);
    if (!provider) return refuse_provider(words, words[0]);
    std::vector<std::string> arguments;
    if (words.size() > 2) {
        for (const auto word : split_words(words[2])) arguments.emplace_back(word);
    }
    if (words.size() > 3) {
        words.warn(alias_arguments,
                   "AH10142: When several arguments (" + words[2] + " " + words[3]
                       + "...) are passed to a <AuthzProviderAlias directive, they must be "
                         "enclosed in quotation marks.  Otherwise, only the first one is taken "
                         "into account",
                   "put the provider's arguments into one pair of quotes");
    }
    const std::string text = words.size() > 2 ? words[2] : std::string();
    auto check = provider->parse(
        arguments, words.opening_with("Can't parse 'Require " + words[0] + " " + text + "': "));
    if (!check) return std::unexpected(check.error());
    // The last alias of a name counts, also instead of a provider.
    words.configuration().shared.insert_or_assign(alias_key(words[1]),
                                                  std::any(SharedCheck(std::move(*check))));
    return {};
}

// Deciding.

void log_decision(Request& request, server::Severity severity, std::string_view id,
                  std::string_view text)
{
    server::log_event(
        request, {.severity = severity, .module = "authz_core", .apache_id = id, .text = text});
}

Outcome deny(Request& request)
{
    const bool has_file = !request.filename.empty();
    log_decision(
        request, server::Severity::error, "AH01630",
        request.arena.join("client denied by server configuration: ", has_file ? "" : "uri ",
                           has_file ? request.filename : request.uri));
    server::trace_phase(request, "check access", 403);
    return 403;
}

// Before the client's name is known.
Outcome decide_without_user(const Config& config, Request& request, Response&)
{
    if (request.admitted) return Outcome::declined; // Satisfy Any, by mod_access_compat
    const auto& rule = config.merged ? *config.merged : *config.rules;
    if ((rule.methods & http::method_bit(request.method)) == 0) {
        request.admitted = true;
        return Outcome::declined;
    }
    switch (evaluate(rule, request)) {
    case Authorization::granted: request.admitted = true; return Outcome::declined;
    case Authorization::needs_user: return Outcome::declined;
    case Authorization::denied:
    case Authorization::neutral: break;
    }
    return deny(request);
}

// Nobody said anything about who may come in.
Outcome admit_everybody(const Config&, Request& request, Response&)
{
    if (!request.admitted && server::log_enabled(request, server::Severity::debug, "authz_core")) {
        log_decision(request, server::Severity::debug, "AH01628",
                     "authorization result: granted (no directives)");
    }
    request.admitted = true;
    return Outcome::declined;
}

// 401 tells the client how to say who it is.
void challenge(Request& request, Response& response)
{
    const auto* providers = request.configuration->providers;
    const auto* scheme = providers ? providers->find_scheme(request.wanted_auth_type) : nullptr;
    if (scheme) scheme->challenge(request, response);
}

Outcome decide_with_user(const Config& config, Request& request, Response& response)
{
    const auto& rule = config.merged ? *config.merged : *config.rules;
    switch (evaluate(rule, request)) {
    case Authorization::granted: return Outcome::ok;
    case Authorization::needs_user:
        log_decision(
            request, server::Severity::error, "AH01629",
            request.arena.join("authorization failure (no authenticated user): ", request.uri));
        challenge(request, response);
        return 401;
    case Authorization::denied:
    case Authorization::neutral: break;
    }
    if (request.wanted_auth_type.empty()) return deny(request);
    log_decision(request, server::Severity::error, "AH01631",
                 request.arena.join("user ", request.user, ": authorization failure for \"",
                                    request.uri, "\": "));
    if (config.forbidden_on_failure.value_or(false)) return 403;
    challenge(request, response);
    return 401;
}

bool has_rules(const Config& config)
{
    return config.merged || config.rules;
}
bool has_no_rules(const Config& config)
{
    return !has_rules(config);
}

// `Require all granted` says the same to everybody.
server::Repeats repeats(const Config& config)
{
    const Rule* rule = config.merged ? config.merged.get() : config.rules.get();
    return !rule || is_constant(*rule) ? server::Repeats::always : server::Repeats::never;
}

constexpr server::Directive<Config> directives[] = {
    {"Require", Takes::raw, require, allowed_directory, override_auth_config,
     "a provider and what it asks for"},
    {"<RequireAll>", Takes::raw, open_container<Logic::all, false>, allowed_directory,
     override_auth_config, "no arguments", close_container},
    {"<RequireAny>", Takes::raw, open_container<Logic::any, false>, allowed_directory,
     override_auth_config, "no arguments", close_container},
    {"<RequireNone>", Takes::raw, open_container<Logic::any, true>, allowed_directory,
     override_auth_config, "no arguments", close_container},
    {"AuthMerging", Takes::one, auth_merging, allowed_directory, override_auth_config,
     "Off, And or Or: how the rules join those of outer sections"},
    {"AuthzSendForbiddenOnFailure", Takes::flag, send_forbidden, allowed_directory, override_none,
     "On or Off"},
    {"<AuthzProviderAlias>", Takes::raw, provider_alias, in_server, override_none,
     "a provider, the alias and the provider's arguments in quotes"},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::access, server::Order::last, decide_without_user, has_rules, repeats},
    {server::Phase::access, server::Order::last, admit_everybody, has_no_rules, repeats},
    {server::Phase::authorize, server::Order::last, decide_with_user, has_rules, repeats},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("authz_core_module", "mod_authz_core.c", directives,
                                                hooks);
}

} // namespace signet::mod_authz_core

namespace signet::modules {

server::Module mod_authz_core()
{
    return mod_authz_core::module();
}

std::vector<server::AuthorizationProvider> authz_core_providers()
{
    return mod_authz_core::providers();
}

} // namespace signet::modules
