#include "modules/mod_authz_core/providers.h"

#include "base/text.h"
#include "config/expression.h"
#include "http/method.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/request_expression.h"

#include <algorithm>

namespace signet::mod_authz_core {
namespace {

using server::Authorization, server::AuthorizationRule, server::Request, server::Words;
using Parsed = Result<std::unique_ptr<AuthorizationRule>>;
using Arguments = std::span<const std::string>;

constexpr int bad_arguments = 653;
constexpr int failed_expression = 654;

class All : public AuthorizationRule {
public:
    explicit All(bool granted)
        : granted_(granted)
    {
    }
    Authorization check(Request&) const override
    {
        return granted_ ? Authorization::granted : Authorization::denied;
    }
    bool is_constant() const override { return true; }

private:
    bool granted_;
};

Parsed parse_all(Arguments arguments, const Words& words)
{
    const bool granted = arguments.size() == 1 && iequals(arguments[0], "granted");
    if (!granted && !(arguments.size() == 1 && iequals(arguments[0], "denied"))) {
        return words.refuse(bad_arguments,
                            "Argument for 'Require all' must be 'granted' or 'denied'",
                            "granted or denied", "Require all denied");
    }
    return std::make_unique<All>(granted);
}

class Environment : public AuthorizationRule {
public:
    explicit Environment(Arguments names)
        : names_(names.begin(), names.end())
    {
    }
    Authorization check(Request& request) const override
    {
        return std::ranges::any_of(names_, [&](const auto& name) { return request.env.has(name); })
                   ? Authorization::granted
                   : Authorization::denied;
    }

private:
    std::vector<std::string> names_;
};

Parsed parse_environment(Arguments arguments, const Words&)
{
    return std::make_unique<Environment>(arguments);
}

class Methods : public AuthorizationRule {
public:
    explicit Methods(uint64_t bits)
        : bits_(bits)
    {
    }
    Authorization check(Request& request) const override
    {
        return (bits_ & http::method_bit(request.method)) != 0 ? Authorization::granted
                                                               : Authorization::denied;
    }

private:
    uint64_t bits_;
};

Parsed parse_methods(Arguments arguments, const Words& words)
{
    uint64_t bits = 0;
    for (const auto& name : arguments) {
        const auto method = http::parse_method(name).method;
        if (method == http::Method::other) {
            return words.refuse(bad_arguments, "Invalid Method '" + name + "'",
                                "methods such as GET, POST or PUT, in capitals");
        }
        bits |= http::method_bit(method);
    }
    return std::make_unique<Methods>(bits);
}

class Condition : public AuthorizationRule {
public:
    Condition(config::Expression expression, bool asks_for_user)
        : expression_(std::move(expression))
        , asks_for_user_(asks_for_user)
    {
    }
    Authorization check(Request& request) const override
    {
        server::RequestExpression context(request);
        const auto holds = expression_.test(context);
        if (!holds) {
            server::log_event(request,
                              {.module = "authz_core",
                               .apache_id = "AH02320",
                               .id = failed_expression,
                               .text = "authz_core: Error evaluating expression in 'Require expr': "
                                       + holds.error().text});
            return Authorization::denied;
        }
        if (*holds) return Authorization::granted;
        return asks_for_user_ && request.user.empty() ? Authorization::needs_user
                                                      : Authorization::denied;
    }

private:
    config::Expression expression_;
    bool asks_for_user_;
};

// A quoted expression is one word; without quotes it is the rest of the line as written.
std::string expression_text(Arguments arguments, const Words& words)
{
    if (arguments.size() == 1) return arguments[0];
    if (arguments.empty()) return {};
    if (!iequals(words.name(), "Require")) { // <AuthzProviderAlias expr name "…">
        std::string joined;
        for (const auto& word : arguments) joined += (joined.empty() ? "" : " ") + word;
        return joined;
    }
    std::string_view rest = trim(words.raw());
    for (const std::string_view word : {"not", "expr"}) {
        if (istarts_with(rest, word) && rest.size() > word.size() && is_space(rest[word.size()])) {
            rest = trim(rest.substr(word.size()));
        }
    }
    return std::string(rest);
}

Parsed parse_condition(Arguments arguments, const Words& words)
{
    const auto text = expression_text(arguments, words);
    auto expression = words.condition(text);
    if (!expression) {
        return words.refuse(bad_arguments,
                            "Cannot parse expression in require line: " + expression.error().text,
                            "a condition in the expression language");
    }
    const bool asks_for_user = text.find("REMOTE_USER") != std::string::npos;
    return std::make_unique<Condition>(std::move(*expression), asks_for_user);
}

} // namespace

std::vector<server::AuthorizationProvider> providers()
{
    return {{"all", parse_all},
            {"env", parse_environment},
            {"method", parse_methods},
            {"expr", parse_condition}};
}

} // namespace signet::mod_authz_core
