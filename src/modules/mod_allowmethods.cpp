// mod_allowmethods: which methods a place answers; the others get 405.
//
//     <Location "/">
//         AllowMethods GET POST OPTIONS
//     </Location>
//     AllowMethods reset      everything again, below what an outer section limits
//
// GET admits HEAD, too. TRACE is not its business (TraceEnable). The methods of one section add up,
// and replace those of outer ones. Prefer it to <Limit>, which leaves unnamed methods unprotected.
// https://httpd.apache.org/docs/2.4/mod/mod_allowmethods.html
#include "base/text.h"
#include "http/method.h"
#include "modules/list.h"
#include "server/error_log.h"
#include "server/request.h"

#include <optional>

namespace signet::mod_allowmethods {
namespace {

using server::Outcome, server::Request, server::Response, server::Words;

constexpr int method_denied = 260;

struct Config {
    std::optional<uint32_t> methods; // bits of http::Method; 0: reset
};

Config merge(const Config& outer, const Config& inner)
{
    return inner.methods ? inner : outer;
}

Result<void> allow_methods(Config& config, const Words& words)
{
    if (words.size() == 0) return fail("AllowMethods: No method or 'reset' keyword given");
    if (words.size() == 1 && iequals(words[0], "reset")) {
        config.methods = 0;
        return {};
    }
    uint32_t methods = config.methods.value_or(0);
    for (size_t i = 0; i < words.size(); ++i) {
        const auto method = http::parse_method(words[i]).method;
        if (method == http::Method::other) {
            return fail("AllowMethods: Invalid Method '" + words[i] + "'");
        }
        methods |= http::method_bit(method);
    }
    config.methods = methods;
    return {};
}

bool limits_methods(const Config& config)
{
    return config.methods.value_or(0) != 0;
}

Outcome check_method(const Config& config, Request& request, Response&)
{
    if (*config.methods & http::method_bit(request.method)) return Outcome::declined;
    const bool has_file = !request.filename.empty();
    server::log_event(
        request, {.module = "allowmethods",
                  .apache_id = "AH01623",
                  .id = method_denied,
                  .text = request.arena.join("client method denied by server configuration: '",
                                             request.method_name, has_file ? "' to " : "' to uri ",
                                             has_file ? request.filename : request.uri)});
    return 405;
}

constexpr server::Directive<Config> directives[] = {
    {"AllowMethods", server::Takes::raw, allow_methods, config::in_directory, config::override_none,
     "methods such as GET and POST, or reset"},
};
constexpr server::Hook<Config> hooks[] = {
    {server::Phase::access, server::Order::really_first, check_method, limits_methods},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("allowmethods_module", "mod_allowmethods.c",
                                                directives, hooks);
}

} // namespace signet::mod_allowmethods

namespace signet::modules {

server::Module mod_allowmethods()
{
    return mod_allowmethods::module();
}

} // namespace signet::modules
