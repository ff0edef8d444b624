// The key=value words of ProxyPass, BalancerMember and ProxySet.
// https://httpd.apache.org/docs/2.4/mod/mod_proxy.html#proxypass
#include "base/text.h"
#include "modules/mod_proxy/backend.h"
#include "modules/mod_proxy/config.h"
#include "server/core_directives.h"

#include <algorithm>
#include <array>

namespace signet::mod_proxy {
namespace {

using P = Parameters;
using Value = std::string_view;

// How one key is read; the texts are Apache's.
using Take = Result<void> (*)(P&, Value);

Result<milliseconds> duration_of(Value value, const char* problem)
{
    const auto duration = server::core::parse_duration(value);
    if (!duration || duration->count() < 0) return fail(problem);
    return *duration;
}

template <auto member> Result<void> take_count(P& parameters, Value value, const char* problem)
{
    const auto number = parse_number<unsigned>(value);
    if (!number) return fail(problem);
    parameters.*member = *number;
    return {};
}

Result<bool> switch_of(Value value, const char* problem)
{
    if (iequals(value, "on")) return true;
    if (iequals(value, "off")) return false;
    return fail(problem);
}

Result<void> assign(auto& to, auto&& from)
{
    if (!from) return std::unexpected(from.error());
    to = *from;
    return {};
}

Result<void> take_text(auto& to, Value value)
{
    to = std::string(value);
    return {};
}

Result<void> take_timeout(P& parameters, Value value)
{
    auto duration = duration_of(value, "Timeout must be at least one second");
    if (duration && duration->count() < 1) duration = fail("Timeout must be at least one second");
    return assign(parameters.timeout, duration);
}

Result<void> take_reuse(P& parameters, Value value, bool on, const char* problem)
{
    const auto flag = switch_of(value, problem);
    if (!flag) return std::unexpected(flag.error());
    parameters.reuse = *flag == on;
    return {};
}

Result<void> take_statuses(P& parameters, Value value)
{
    std::vector<int> codes;
    for (const auto word : split(value, ',')) {
        const auto code = parse_number<int>(word);
        if (!code || *code < 100 || *code > 599)
            return fail("failonstatus must be one or more HTTP response codes");
        codes.push_back(*code);
    }
    parameters.fails_on_status = std::move(codes);
    return {};
}

// "+D", "-S", "H": letters of mod_proxy's table of states.
Result<void> take_status(P& parameters, Value value)
{
    bool on = true;
    for (const char c : value) {
        std::optional<bool> P::*flag = nullptr;
        switch (to_lower(c)) {
        case '+': on = true; continue;
        case '-': on = false; continue;
        case 'd': flag = &P::disabled; break;
        case 's': flag = &P::stopped; break;
        case 'i': flag = &P::ignores_errors; break;
        case 'h': flag = &P::hot_standby; break;
        case 'r': flag = &P::hot_spare; break;
        case 'n': flag = &P::drains; break;
        case 'e': continue; // it will find out itself
        default: return fail("Unknown status parameter option");
        }
        parameters.*flag = on;
    }
    return {};
}

Result<void> take_load_factor(P& parameters, Value value)
{
    double factor = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), factor);
    if (error != std::errc{} || end != value.data() + value.size() || factor < 1 || factor > 100)
        return fail("LoadFactor must be a number between 1..100");
    parameters.load_factor = factor;
    return {};
}

Result<void> take_set(P& parameters, Value value)
{
    const auto number = parse_number<unsigned>(value);
    if (!number || *number > 99) return fail("lbset must be between 0 and 99");
    parameters.set_number = *number;
    return {};
}

Result<void> take_sticky(P& parameters, Value value)
{
    parameters.sticky_session = std::string(value);
    return {};
}

Result<void> take_flush(P& parameters, Value value)
{
    if (iequals(value, "auto")) return {};
    return assign(parameters.flushes, switch_of(value, "flushpackets must be on|off|auto"));
}

Result<void> take_method(P& parameters, Value value)
{
    static constexpr std::array known{"byrequests", "bytraffic", "bybusyness"};
    if (std::ranges::none_of(known, [&](auto one) { return iequals(one, value); }))
        return fail("unknown lbmethod");
    parameters.method = lowercase(value);
    return {};
}

struct Key {
    const char* name;
    Take take;
};

constexpr Key of_backends[] = {
    {"timeout", take_timeout},
    {"connectiontimeout",
     [](P& p, Value v) {
         return assign(p.connect_timeout, duration_of(v, "ConnectionTimeout has wrong format"));
     }},
    {"retry",
     [](P& p, Value v) {
         return assign(p.retry, duration_of(v, "Retry must be a positive value"));
     }},
    {"ttl",
     [](P& p, Value v) {
         return assign(p.ttl, duration_of(v, "TTL must be at least one second"));
     }},
    {"acquire",
     [](P& p, Value v) {
         return assign(p.acquire, duration_of(v, "Acquire must be at least one mili-second"));
     }},
    {"max",
     [](P& p, Value v) { return take_count<&P::most>(p, v, "Max must be a positive number"); }},
    {"smax",
     [](P& p, Value v) { return take_count<&P::kept>(p, v, "Smax must be a positive number"); }},
    {"keepalive",
     [](P& p, Value v) { return assign(p.keep_alive, switch_of(v, "KeepAlive must be On|Off")); }},
    {"disablereuse",
     [](P& p, Value v) { return take_reuse(p, v, false, "DisableReuse must be On|Off"); }},
    {"enablereuse",
     [](P& p, Value v) { return take_reuse(p, v, true, "EnableReuse must be On|Off"); }},
    {"loadfactor", take_load_factor},
    {"lbset", take_set},
    {"route", [](P& p, Value v) { return take_text(p.route, v); }},
    {"redirect", [](P& p, Value v) { return take_text(p.redirect, v); }},
    {"upgrade", [](P& p, Value v) { return take_text(p.upgrade, v); }},
    {"status", take_status},
    {"flushpackets", take_flush},
    {"responsefieldsize",
     [](P& p, Value v) -> Result<void> {
         const auto size = parse_number<size_t>(v);
         if (!size || *size < 8192)
             return fail(
                 "ResponseFieldSize must be greater than 0 bytes, or 0 for system default.");
         p.answer_field_size = *size;
         return {};
     }},
};

constexpr Key of_balancers[] = {
    {"lbmethod", take_method},
    {"stickysession", take_sticky},
    {"stickysessionsep", [](P& p, Value v) { return take_text(p.sticky_separator, v); }},
    {"scolonpathdelim",
     [](P& p, Value v) {
         return assign(p.sticky_in_path, switch_of(v, "scolonpathdelim must be On|Off"));
     }},
    {"nofailover",
     [](P& p, Value v) { return assign(p.no_failover, switch_of(v, "failover must be On|Off")); }},
    {"forcerecovery",
     [](P& p, Value v) {
         return assign(p.force_recovery, switch_of(v, "forcerecovery must be On|Off"));
     }},
    {"failontimeout",
     [](P& p, Value v) {
         return assign(p.fails_on_timeout, switch_of(v, "failontimeout must be On|Off"));
     }},
    {"maxattempts",
     [](P& p, Value v) {
         return take_count<&P::attempts>(p, v,
                                         "Maximum number of attempts must be a positive number");
     }},
    {"failonstatus", take_statuses},
    {"timeout", take_timeout},
};

// Apache's, without meaning here: buffers, threads and shared memory are others.
constexpr std::array without_meaning{
    "min",        "flushwait",  "iobuffersize", "ping",   "receivebuffersize", "secret",
    "addressttl", "mapping",    "growth",       "nonce",  "hcmethod",          "hcpasses",
    "hcfails",    "hcinterval", "hcuri",        "hcexpr", "hctemplate"};

} // namespace

Result<void> take_parameter(Parameters& parameters, std::string_view text,
                            const server::Words& words, bool of_balancer)
{
    const size_t sign = text.find('=');
    const auto key = text.substr(0, sign);
    const auto value = text.substr(sign + 1);
    const std::span<const Key> keys =
        of_balancer ? std::span<const Key>(of_balancers) : std::span<const Key>(of_backends);
    const auto found =
        std::ranges::find_if(keys, [&](const Key& one) { return iequals(one.name, key); });
    if (found != keys.end()) return found->take(parameters, value);
    if (std::ranges::none_of(without_meaning, [&](auto one) { return iequals(one, key); }))
        return fail(of_balancer ? "unknown Balancer parameter" : "unknown Worker parameter");
    words.warn(parameter_without_effect,
               words.name() + ": " + std::string(key) + "= has no effect here");
    return {};
}

namespace {

template <auto... members> void take_said(P& merged, const P& inner)
{
    ((inner.*members ? void(merged.*members = inner.*members) : void()), ...);
}

} // namespace

Parameters merge(const Parameters& outer, const Parameters& inner)
{
    Parameters merged = outer;
    take_said<&P::timeout, &P::connect_timeout, &P::retry, &P::ttl, &P::acquire, &P::most, &P::kept,
              &P::reuse, &P::keep_alive, &P::load_factor, &P::set_number, &P::route, &P::redirect,
              &P::upgrade, &P::answer_field_size, &P::disabled, &P::hot_standby, &P::hot_spare,
              &P::ignores_errors, &P::stopped, &P::drains, &P::flushes, &P::method,
              &P::sticky_session, &P::sticky_separator, &P::sticky_in_path, &P::no_failover,
              &P::force_recovery, &P::fails_on_timeout, &P::attempts, &P::fails_on_status>(merged,
                                                                                           inner);
    return merged;
}

} // namespace signet::mod_proxy
