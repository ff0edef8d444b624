// How ProxyPass, ProxyTimeout and the like are read.
#include "base/text.h"
#include "http/uri.h"
#include "modules/mod_proxy/config.h"
#include "server/core_directives.h"

#include <algorithm>
#include <array>

namespace signet::mod_proxy {
namespace {

using server::Takes, server::Words;

constexpr uint8_t allowed_but_htaccess = 7;

// Parameters of Apache's workers that nothing acts on yet.
constexpr std::array known_parameters{"min",          "max",
                                      "smax",         "acquire",
                                      "disablereuse", "enablereuse",
                                      "flushpackets", "flushwait",
                                      "iobuffersize", "responsefieldsize",
                                      "keepalive",    "lbset",
                                      "ping",         "receivebuffersize",
                                      "redirect",     "retry",
                                      "route",        "status",
                                      "ttl",          "upgrade",
                                      "secret",       "addressttl",
                                      "mapping",      "loadfactor"};

Result<void> take_parameter(Pass& pass, std::string_view parameter, const Words& words)
{
    const size_t sign = parameter.find('=');
    if (sign == parameter.npos)
        return fail("Invalid ProxyPass|ProxyPassMatch parameter. Parameter must be in the form "
                    "'key=value'");
    const auto key = parameter.substr(0, sign);
    const auto value = parameter.substr(sign + 1);
    const bool limits_wait = iequals(key, "timeout");
    if (limits_wait || iequals(key, "connectiontimeout")) {
        const auto duration = server::core::parse_duration(value);
        if (!duration || duration->count() <= 0)
            return fail("ProxyPass: " + std::string(key) + " must be at least one second");
        (limits_wait ? pass.timeout : pass.connect_timeout) = *duration;
        return {};
    }
    if (std::ranges::none_of(known_parameters, [&](auto known) { return iequals(key, known); }))
        return fail("ProxyPass unknown Worker parameter");
    words.warn(parameter_without_effect,
               words.name() + ": " + std::string(key) + "= has no effect yet");
    return {};
}

// "ws://host:port/path". Nothing is added for a scheme that signet does not speak yet.
Result<bool> take_url(Pass& pass, std::string_view url)
{
    const size_t colon = url.find("://");
    if (colon == url.npos) return fail("ProxyPass Unable to parse URL: " + std::string(url));
    if (!iequals(url.substr(0, colon), "ws")) return false;
    const auto rest = url.substr(colon + 3);
    const size_t slash = std::min(rest.find('/'), rest.size());
    const auto authority = http::parse_authority(rest.substr(0, slash), true);
    if (!authority || authority->host.empty())
        return fail("ProxyPass Unable to parse URL: " + std::string(url));
    pass.host = authority->host;
    pass.port = authority->port != 0 ? authority->port : uint16_t{80};
    pass.target = rest.substr(slash);
    return true;
}

Result<void> proxy_pass(Config& config, const Words& words)
{
    Pass pass;
    size_t next = 0;
    const auto& place = words.place();
    const bool in_location = place.section == server::SectionKind::location;
    if (in_location && !place.path_is_pattern) {
        pass.path = place.path;
    } else if (words.size() > 1) {
        pass.path = words[next++];
    }
    if (pass.path.empty() || words.size() <= next)
        return fail("ProxyPass|ProxyPassMatch needs a path when not defined in a location");
    const std::string& url = words[next++];
    if (url == "!") {
        pass.excluded = true;
        config.passes.push_back(std::move(pass));
        return {};
    }
    auto taken = take_url(pass, url);
    if (!taken) return std::unexpected(taken.error());
    if (!*taken) {
        words.warn(no_effect_yet, words.name() + ": accepted, no effect yet");
        return {};
    }
    for (; next < words.size(); ++next) {
        if (iequals(words[next], "nocanon") || iequals(words[next], "interpolate")
            || iequals(words[next], "noquery")) {
            words.warn(parameter_without_effect,
                       words.name() + ": " + words[next] + " has no effect yet");
            continue;
        }
        if (auto read = take_parameter(pass, words[next], words); !read) return read;
    }
    config.passes.push_back(std::move(pass));
    return {};
}

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

constexpr server::Directive<Config> table[] = {
    {"ProxyPass", Takes::raw, proxy_pass, allowed_but_htaccess, config::override_none,
     "a path (not in <Location>), and ws://host:port/path or !"},
    {"ProxyTimeout", Takes::one, timeout, config::allowed_server, config::override_none,
     "a number of seconds"},
    {"ProxyPreserveHost", Takes::flag, set_flag<&Config::preserve_host>, allowed_but_htaccess,
     config::override_none, "On or Off"},
    {"ProxyAddHeaders", Takes::flag, set_flag<&Config::add_headers>, allowed_but_htaccess,
     config::override_none, "On or Off"},
};

} // namespace

const std::span<const server::Directive<Config>> directives(table);

Config merge(const Config& outer, const Config& inner)
{
    Config merged = inner; // its passes are tried first
    merged.passes.insert(merged.passes.end(), outer.passes.begin(), outer.passes.end());
    if (!merged.timeout) merged.timeout = outer.timeout;
    if (!merged.preserve_host) merged.preserve_host = outer.preserve_host;
    if (!merged.add_headers) merged.add_headers = outer.add_headers;
    return merged;
}

size_t covered(std::string_view path, std::string_view uri)
{
    if (!uri.starts_with(path)) return 0;
    if (!path.ends_with('/') && uri.size() > path.size() && uri[path.size()] != '/') return 0;
    return path.size();
}

} // namespace signet::mod_proxy
