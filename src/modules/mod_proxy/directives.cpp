// The directives of mod_proxy, mod_proxy_http, mod_proxy_balancer and mod_proxy_fcgi.
#include "base/text.h"
#include "modules/mod_proxy/config.h"
#include "server/core_directives.h"

#include <algorithm>
#include <array>

namespace signet::mod_proxy {
namespace {

using server::Takes, server::Words;

Result<void> timeout(Config& config, const Words& words)
{
    const auto duration = server::core::parse_duration(words[0]);
    if (!duration || duration->count() < 1000)
        return fail("Proxy Timeout must be at least 1 second.");
    config.timeout = *duration;
    return {};
}

template <auto member> Result<void> set_flag(Config& config, const Words& words)
{
    config.*member = words.on();
    return {};
}

Result<void> error_override(Config& config, const Words& words)
{
    if (words.size() == 0) return fail("ProxyErrorOverride must be off or on");
    if (!iequals(words[0], "on") && !iequals(words[0], "off"))
        return fail("ProxyErrorOverride first parameter must be one of: off | on");
    config.overrides_errors = iequals(words[0], "on");
    config.overridden.clear();
    for (size_t i = 1; i < words.size(); ++i) {
        const auto code = parse_number<int>(words[i]);
        if (!code) return fail("ProxyErrorOverride: status codes to intercept must be numeric");
        if (*code < 400 || *code > 599)
            return fail("ProxyErrorOverride: status codes to intercept must be valid HTTP Status "
                        "Codes >=400 && <600");
        config.overridden.push_back(*code);
    }
    return {};
}

Result<void> via(Config& config, const Words& words)
{
    using Pair = std::pair<const char*, Via>;
    static constexpr std::array known{Pair{"off", Via::off}, Pair{"on", Via::on},
                                      Pair{"full", Via::full}, Pair{"block", Via::block}};
    for (const auto& [name, value] : known) {
        if (!iequals(words[0], name)) continue;
        config.via = value;
        return {};
    }
    return fail("ProxyVia must be one of: off | on | full | block");
}

Result<void> bad_header(Config& config, const Words& words)
{
    using Pair = std::pair<const char*, BadHeader>;
    static constexpr std::array known{Pair{"IsError", BadHeader::is_error},
                                      Pair{"Ignore", BadHeader::ignore},
                                      Pair{"StartBody", BadHeader::start_body}};
    for (const auto& [name, value] : known) {
        if (!iequals(words[0], name)) continue;
        config.bad_header = value;
        return {};
    }
    return fail("ProxyBadHeader must be one of: IsError | Ignore | StartBody");
}

Result<void> max_forwards(Config& config, const Words& words)
{
    config.max_forwards = parse_number<int>(words[0]).value_or(0);
    return {};
}

// Sizes of buffers that nobody has to set here.
Result<void> buffer_size(Config&, const Words& words)
{
    const auto size = parse_number<unsigned>(words[0]).value_or(0);
    if (size != 0 && size < 512)
        return fail(words.name() + " must be >= 512 bytes, or 0 for system default.");
    return {};
}

Result<void> source_address(Config& config, const Words& words)
{
    const auto address = net::Address::parse(words[0], 0);
    if (!address) return fail("ProxySourceAddress invalid value");
    config.source = *address;
    return {};
}

Result<void> status(Config&, const Words& words)
{
    for (const auto* known : {"off", "on", "full"}) {
        if (iequals(words[0], known)) return {};
    }
    return fail("ProxyStatus must be one of: off | on | full");
}

template <auto member> Result<void> cookie_mapping(Config& config, const Words& words)
{
    (config.*member)
        .push_back({.inside = words[0],
                    .outside = words[1],
                    .interpolated = words.size() > 2 && iequals(words[2], "interpolate")});
    return {};
}

Result<void> backend_type(Config& config, const Words& words)
{
    if (!iequals(words[0], "FPM") && !iequals(words[0], "GENERIC"))
        return fail("ProxyFCGIBackendType must be one of the following arguments: 'FPM', "
                    "'GENERIC'");
    config.generic_fcgi = iequals(words[0], "GENERIC");
    return {};
}

Result<void> set_variable_if(Config& config, const Words& words)
{
    auto condition = words.condition(words[0]);
    if (!condition) return std::unexpected(condition.error());
    VariableRule rule;
    rule.condition = std::make_shared<const config::Expression>(std::move(*condition));
    rule.removes = words[1].starts_with('!');
    rule.name = words[1].substr(rule.removes ? 1 : 0);
    if (words.size() > 2) {
        auto value = words.text_expression(words[2]);
        if (!value) return std::unexpected(value.error());
        rule.value = std::make_shared<const config::Expression>(std::move(*value));
    }
    config.variables.push_back(std::move(rule));
    return {};
}

// Signet is a reverse proxy only.
Result<void> requests(Config&, const Words& words)
{
    if (words.on())
        words.warn(forward_proxy, "ProxyRequests On: signet is no forward proxy",
                   "run squid or tinyproxy beside it for clients that want one");
    return {};
}

// How a balancer spreads what it knows among processes, which is not done here.
Result<void> growth(Config&, const Words& words)
{
    const auto number = parse_number<int>(words[0]);
    if (!number || *number < 0 || *number > 100)
        return fail("BalancerGrowth must be between 0 and 100");
    return {};
}

Result<void> ignore_flag(Config&, const Words&)
{
    return {};
}

constexpr uint8_t server_only = config::allowed_server;
constexpr auto none = config::override_none;

constexpr server::Directive<Config> table[] = {
    {"ProxyPass", Takes::raw, proxy_pass, allowed_but_htaccess, none,
     "a path (not in <Location>), a URL or !, and key=value parameters"},
    {"ProxyPassMatch", Takes::raw, proxy_pass_match, allowed_but_htaccess, none,
     "a regular expression (not in <Location>), a URL or !, and key=value parameters"},
    {"ProxyPassReverse", Takes::one_to_three, proxy_pass_reverse, allowed_but_htaccess, none,
     "a path (not in <Location>) and a URL"},
    {"ProxyPassReverseCookieDomain", Takes::two_or_three, cookie_mapping<&Config::cookie_domains>,
     allowed_but_htaccess, none, "the domain inside and the one outside"},
    {"ProxyPassReverseCookiePath", Takes::two_or_three, cookie_mapping<&Config::cookie_paths>,
     allowed_but_htaccess, none, "the path inside and the one outside"},
    {"ProxyPassInherit", Takes::flag, set_flag<&Config::inherits_passes>, server_only, none,
     "On or Off"},
    {"ProxyPassInterpolateEnv", Takes::flag, set_flag<&Config::interpolates>, allowed_but_htaccess,
     none, "On or Off"},
    {"BalancerMember", Takes::raw, balancer_member, allowed_but_htaccess, none,
     "a balancer (not in <Proxy>), a URL, and key=value parameters"},
    {"ProxySet", Takes::raw, proxy_set, allowed_but_htaccess, none,
     "a URL (not in <Proxy>), and key=value parameters"},
    {"ProxyTimeout", Takes::one, timeout, server_only, none, "a number of seconds"},
    {"ProxyPreserveHost", Takes::flag, set_flag<&Config::preserve_host>, allowed_but_htaccess, none,
     "On or Off"},
    {"ProxyAddHeaders", Takes::flag, set_flag<&Config::add_headers>, allowed_but_htaccess, none,
     "On or Off"},
    {"Proxy100Continue", Takes::flag, set_flag<&Config::continues>, allowed_but_htaccess, none,
     "On or Off"},
    {"ProxyErrorOverride", Takes::raw, error_override, allowed_but_htaccess, none,
     "On or Off, and status codes"},
    {"ProxyVia", Takes::one, via, server_only, none, "Off, On, Full or Block"},
    {"ProxyBadHeader", Takes::one, bad_header, server_only, none, "IsError, Ignore or StartBody"},
    {"ProxyMaxForwards", Takes::one, max_forwards, server_only, none, "a number"},
    {"ProxyIOBufferSize", Takes::one, buffer_size, server_only, none, "a number of bytes"},
    {"ProxyReceiveBufferSize", Takes::one, buffer_size, server_only, none, "a number of bytes"},
    {"ProxySourceAddress", Takes::one, source_address, server_only, none, "an address"},
    {"ProxyStatus", Takes::one, status, server_only, none, "Off, On or Full"},
    {"ProxyRequests", Takes::flag, requests, server_only, none, "Off"},
    {"BalancerGrowth", Takes::one, growth, server_only, none, "a number"},
    {"BalancerInherit", Takes::flag, ignore_flag, server_only, none, "On or Off"},
    {"BalancerPersist", Takes::flag, ignore_flag, server_only, none, "On or Off", nullptr, "off"},
    {"ProxyFCGIBackendType", Takes::one, backend_type, config::allowed_everywhere,
     config::override_file_info, "FPM or GENERIC"},
    {"ProxyFCGISetEnvIf", Takes::two_or_three, set_variable_if, config::allowed_everywhere,
     config::override_file_info, "a condition, a variable or !variable, and a value"},
    {"ProxyWebsocketFallbackToProxyHttp", Takes::flag, ignore_flag, server_only, none, "On or Off"},
};

} // namespace

const std::span<const server::Directive<Config>> directives(table);

} // namespace signet::mod_proxy
