// mod_authn_core: how clients say who they are.
//
//     AuthType Basic                      asks for a name and a password (mod_auth_basic)
//     AuthName "Members only"             what the password is for, shown to the visitor
//     AuthType None                       nobody is asked here, whatever outer sections say
//
//     <AuthnProviderAlias file staff>     a name for a provider with settings of its own,
//         AuthUserFile conf/staff         for AuthBasicProvider staff
//     </AuthnProviderAlias>
//
// Asking protects nothing by itself: Require says who may come in, and only a Require that depends
// on the user makes the server ask. Both words may be expressions.
// https://httpd.apache.org/docs/2.4/mod/mod_authn_core.html
#include "base/text.h"
#include "config/expression.h"
#include "modules/list.h"
#include "server/configuration.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/request_expression.h"

#include <memory>
#include <optional>

namespace signet::mod_authn_core {
namespace {

using config::allowed_directory, config::in_server;
using config::override_auth_config, config::override_none;
using server::Outcome, server::Request, server::Response, server::Takes, server::Words;

constexpr int bad_alias = 716;
constexpr int bad_expression = 717;
constexpr int unsupported_type = 718;
constexpr int no_scheme = 719;
constexpr int no_user = 724;

using SharedExpression = std::shared_ptr<const config::Expression>;

struct Config {
    SharedExpression type;
    SharedExpression name;
};

Config merge(const Config& outer, const Config& inner)
{
    return {.type = inner.type ? inner.type : outer.type,
            .name = inner.name ? inner.name : outer.name};
}

Result<SharedExpression> compile(const Words& words)
{
    auto expression = config::Expression::compile_string(words[0]);
    if (!expression) {
        return words.refuse(bad_expression,
                            "Cannot parse expression '" + words[0] + "' in " + words.name() + ": "
                                + expression.error().text,
                            "a text, perhaps with %{…} in it");
    }
    return std::make_shared<const config::Expression>(std::move(*expression));
}

Result<void> auth_type(Config& config, const Words& words)
{
    if (iequals(words[0], "Form")) {
        return words.refuse(unsupported_type,
                            "AuthType " + words[0] + " is not supported yet: nobody could log in",
                            "Basic, Digest or None", "AuthType Basic, over TLS only");
    }
    auto expression = compile(words);
    if (!expression) return std::unexpected(expression.error());
    config.type = std::move(*expression);
    return {};
}

Result<void> auth_name(Config& config, const Words& words)
{
    auto expression = compile(words);
    if (!expression) return std::unexpected(expression.error());
    config.name = std::move(*expression);
    return {};
}

// <AuthnProviderAlias base alias>

std::unexpected<Error> refuse_alias(const Words& words, std::string message)
{
    return words.refuse(bad_alias, std::move(message), "a provider and a new name",
                        "<AuthnProviderAlias file staff>");
}

Result<void> begin_alias(Config&, const Words& words)
{
    if (words.size() < 2) {
        return refuse_alias(words, "<AuthnProviderAlias> directive requires additional arguments");
    }
    if (iequals(words[0], words[1])) {
        return refuse_alias(words, "The alias provider name must be different from the base "
                                   "provider name.");
    }
    if (server::find_authentication_source(words.configuration(), words[1])) {
        return refuse_alias(words, "The alias provider " + words[1]
                                       + " has already be registered previously as either "
                                         "a base provider or an alias provider.");
    }
    if (!server::find_authentication_source(words.configuration(), words[0])) {
        return refuse_alias(words, "Unknown Authn provider: " + words[0]);
    }
    return {};
}

Result<void> end_alias(Config&, const Words& words)
{
    const auto base = server::find_authentication_source(words.configuration(), words[0]);
    server::add_authentication_alias(words.configuration(), words[1], *base, words.place().inside);
    return {};
}

// The request.

// A quote in the realm would end it in the header; what is escaped already stays as it is.
std::string escape_quotes(std::string_view text)
{
    std::string escaped;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            escaped += text[i++];
        } else if (text[i] == '"') {
            escaped += '\\';
        }
        escaped += text[i];
    }
    return escaped;
}

std::optional<std::string> evaluate(const config::Expression& expression, Request& request,
                                    std::string_view apache_id, std::string_view directive)
{
    server::RequestExpression context(request, server::RequestExpression::Vary::untold);
    auto text = expression.string(context);
    if (text) return *text;
    server::log_event(request,
                      {.module = "authn_core",
                       .apache_id = apache_id,
                       .id = bad_expression,
                       .text = request.arena.join(
                           directive, " expression could not be evaluated: ", text.error().text)});
    return std::nullopt;
}

Outcome find_settings(const Config& config, Request& request, Response&)
{
    if (request.admitted) return Outcome::ok;
    const auto type = evaluate(*config.type, request, "AH02834", "AuthType");
    if (!type || iequals(*type, "None")) return Outcome::declined;
    request.wanted_auth_type = request.arena.copy(*type);
    if (!config.name) return Outcome::declined;
    if (const auto name = evaluate(*config.name, request, "AH02835", "AuthName"))
        request.realm = request.arena.copy(escape_quotes(*name));
    return Outcome::declined;
}

// Nobody has answered for the AuthType. Without one there is nothing to do.
Outcome refuse_unknown_type(const Config&, Request& request, Response&)
{
    if (request.wanted_auth_type.empty()) return Outcome::ok;
    server::log_event(request, {.module = "authn_core",
                                .apache_id = "AH01796",
                                .id = no_scheme,
                                .text = request.arena.join("AuthType ", request.wanted_auth_type,
                                                           " configured without corresponding "
                                                           "module")});
    return 500;
}

// Require asks for a user, and nothing has asked the client for one.
Outcome require_user(const Config&, Request& request, Response&)
{
    if (request.admitted || request.user.data() != nullptr) return Outcome::declined;
    server::log_event(request, {.module = "core",
                                .apache_id = "AH00027",
                                .id = no_user,
                                .text = request.arena.join(
                                    "No authentication done but request not allowed without "
                                    "authentication for ",
                                    request.uri, ". Authentication not configured?")});
    return 500;
}

bool has_type(const Config& config)
{
    return config.type != nullptr;
}

constexpr server::Directive<Config> directives[] = {
    {"AuthType", Takes::one, auth_type, allowed_directory, override_auth_config,
     "Basic, Digest or None"},
    {"AuthName", Takes::one, auth_name, allowed_directory, override_auth_config,
     "the authentication realm (e.g. \"Members Only\")"},
    {"<AuthnProviderAlias>", Takes::raw, begin_alias, in_server, override_none,
     "a provider and a new name for it", end_alias, nullptr, true},
};
// Where these run at all, mod_authz_core's rules ask for a user: its hooks do not repeat then.
constexpr auto repeats = server::repeats_as<Config, server::Repeats::always>;

constexpr server::Hook<Config> hooks[] = {
    {server::Phase::authenticate, server::Order::first, find_settings, has_type, repeats},
    {server::Phase::authenticate, server::Order::last, refuse_unknown_type, has_type, repeats},
    {server::Phase::authorize, server::Order::really_first, require_user, nullptr, repeats},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("authn_core_module", "mod_authn_core.c", directives,
                                                hooks);
}

} // namespace signet::mod_authn_core

namespace signet::modules {

server::Module mod_authn_core()
{
    return mod_authn_core::module();
}

} // namespace signet::modules
