// mod_log_debug: messages of the administrator's own in the error log, one at a chosen point of a
// request's life. They are logged at info: LogLevel must let them through (LogLevel
// log_debug:info).
//
//     LogMessage "cookies: %{HTTP_COOKIE}" hook=fixups "expr=%{REQUEST_URI} =~ m#^/app/#"
//
// hook= is one of quick_handler, pre_translate_name, translate_name, map_to_storage, check_access,
// check_access_ex, check_authn, check_authz, type_checker, fixups, insert_filter, handler,
// log_transaction (the default), or all. The first two know the server's configuration only.
// https://httpd.apache.org/docs/2.4/mod/mod_log_debug.html
#include "base/text.h"
#include "config/expression.h"
#include "modules/list.h"
#include "server/error_log.h"
#include "server/exchange.h"
#include "server/request_expression.h"

#include <algorithm>
#include <memory>

namespace signet::mod_log_debug {
namespace {

using server::Order, server::Outcome, server::Phase, server::Request, server::Response,
    server::Words;

enum Point : uint16_t {
    quick_handler = 1,
    pre_translate_name = 2,
    translate_name = 4,
    map_to_storage = 8,
    check_access = 16,
    check_access_ex = 32,
    check_authn = 64,
    check_authz = 128,
    type_checker = 256,
    fixups = 512,
    insert_filter = 1024,
    handler = 2048,
    log_transaction = 4096,
    all_points = 8191,
};

constexpr std::pair<std::string_view, Point> points[] = {
    {"quick_handler", quick_handler},     {"pre_translate_name", pre_translate_name},
    {"translate_name", translate_name},   {"map_to_storage", map_to_storage},
    {"check_access", check_access},       {"check_access_ex", check_access_ex},
    {"check_authn", check_authn},         {"check_authz", check_authz},
    {"type_checker", type_checker},       {"fixups", fixups},
    {"insert_filter", insert_filter},     {"handler", handler},
    {"log_transaction", log_transaction}, {"all", all_points},
};

struct Message {
    unsigned when = log_transaction;
    std::shared_ptr<const config::Expression> text;
    std::shared_ptr<const config::Expression> condition;
};

struct Config {
    std::vector<Message> messages;
};

Config merge(const Config& outer, const Config& inner)
{
    Config merged = outer;
    merged.messages.insert(merged.messages.end(), inner.messages.begin(), inner.messages.end());
    return merged;
}

Result<std::shared_ptr<const config::Expression>> share(Result<config::Expression> expression)
{
    if (!expression) return std::unexpected(expression.error());
    return std::make_shared<const config::Expression>(std::move(*expression));
}

Result<void> log_message(Config& config, const Words& words)
{
    Message message;
    auto text = share(config::Expression::compile_string(words[0]));
    if (!text)
        return fail("Could not parse message expression '" + words[0] + "': " + text.error().text);
    message.text = *text;
    for (size_t i = 1; i < words.size(); ++i) {
        const std::string_view word = words[i];
        if (istarts_with(word, "hook=")) {
            const auto name = word.substr(5);
            const auto* found =
                std::ranges::find_if(points, [&](const auto& p) { return iequals(p.first, name); });
            if (found == std::end(points)) return fail("Invalid hook name: " + std::string(name));
            message.when = found->second;
        } else if (istarts_with(word, "expr=")) {
            auto condition = share(config::Expression::compile_condition(word.substr(5)));
            if (!condition)
                return fail("Could not parse expression '" + std::string(word.substr(5))
                            + "': " + condition.error().text);
            message.condition = *condition;
        } else {
            return fail("Invalid argument " + std::string(word));
        }
    }
    config.messages.push_back(std::move(message));
    return {};
}

void write_messages(const Config& config, Request& request, Point point)
{
    for (const auto& message : config.messages) {
        if (!(message.when & point)) continue;
        if (!log_enabled(request, server::Severity::info, "log_debug")) return;
        server::RequestExpression context(request, server::RequestExpression::Vary::untold);
        if (message.condition && !message.condition->test(context).value_or(false)) continue;
        const auto text = message.text->string(context);
        log_event(request, {.severity = server::Severity::info,
                            .module = "log_debug",
                            .text = text ? *text : "Can't evaluate message expression"});
    }
}

template <Point... at> Outcome write_at(const Config& config, Request& request, Response&)
{
    (write_messages(config, request, at), ...);
    return Outcome::declined;
}

// These two have nothing to do for a client that the access phase let in.
template <Point at> Outcome write_unless_admitted(const Config& config, Request& request, Response&)
{
    if (!request.admitted) write_messages(config, request, at);
    return Outcome::declined;
}

Outcome write_at_start(const Config& config, Request& request, Response&)
{
    if (request.previous) return Outcome::declined;
    write_messages(config, request, quick_handler);
    write_messages(config, request, pre_translate_name);
    return Outcome::declined;
}

// About the request as it came, whatever answered in the end.
Outcome write_at_end(const Config& config, Request& request, Response&)
{
    write_messages(config, request.exchange ? request.exchange->first.request : request,
                   log_transaction);
    return Outcome::declined;
}

template <unsigned... at> bool has(const Config& config)
{
    return std::ranges::any_of(config.messages,
                               [](const Message& one) { return (one.when & (at | ...)) != 0; });
}

constexpr server::Directive<Config> directives[] = {
    {"LogMessage", server::Takes::one_to_three, log_message,
     config::in_server | config::in_vhost | config::in_directory, config::override_none,
     "a message, and hook= or expr="},
};

constexpr server::Hook<Config> hooks[] = {
    {Phase::post_read, Order::really_first, write_at_start, has<quick_handler, pre_translate_name>},
    {Phase::translate, Order::really_first, write_at<translate_name>, has<translate_name>},
    {Phase::header_parse, Order::really_first, write_at<map_to_storage>, has<map_to_storage>},
    {Phase::access, Order::really_first, write_at<check_access, check_access_ex>,
     has<check_access, check_access_ex>},
    {Phase::authenticate, Order::really_first, write_unless_admitted<check_authn>,
     has<check_authn>},
    {Phase::authorize, Order::really_first, write_unless_admitted<check_authz>, has<check_authz>},
    {Phase::type, Order::really_first, write_at<type_checker>, has<type_checker>},
    {Phase::fixup, Order::really_first, write_at<fixups>, has<fixups>},
    {Phase::handler, Order::really_first, write_at<insert_filter, handler>,
     has<insert_filter, handler>},
    {Phase::log, Order::really_first, write_at_end, has<log_transaction>},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("log_debug_module", "mod_log_debug.c", directives,
                                                hooks);
}

} // namespace signet::mod_log_debug

namespace signet::modules {

server::Module mod_log_debug()
{
    return mod_log_debug::module();
}

} // namespace signet::modules
