// mod_reqtimeout: how long a client may take to send its request. A client that is too slow gets
// 408 (or, before it has finished the request line, nothing) and the connection ends.
//
//     RequestReadTimeout handshake=5 header=20-40,MinRate=500 body=20,MinRate=500
//
// Each stage has a number of seconds. With MinRate every so many bytes buy another second, up to
// the second number where there is one. 0 leaves the stage to Timeout. What the example says of
// header and body holds where nothing is said; the handshake has no limit of its own then.
// Connections are judged by the server of their address, as the request's is not known yet.
// https://httpd.apache.org/docs/2.4/mod/mod_reqtimeout.html
#include "base/text.h"
#include "modules/list.h"
#include "server/configuration.h"

#include <optional>

namespace signet::mod_reqtimeout {
namespace {

using server::Takes, server::Words;

constexpr int bad_timeout = 733; // diagnosis/module_entries.cpp

struct Stage {
    std::optional<uint32_t> first, most, rate;
};

struct Config {
    Stage handshake, header, body;
};

Stage merge_stage(const Stage& outer, const Stage& inner)
{
    return {.first = inner.first ? inner.first : outer.first,
            .most = inner.most ? inner.most : outer.most,
            .rate = inner.rate ? inner.rate : outer.rate};
}

Config merge(const Config& outer, const Config& inner)
{
    return {.handshake = merge_stage(outer.handshake, inner.handshake),
            .header = merge_stage(outer.header, inner.header),
            .body = merge_stage(outer.body, inner.body)};
}

Result<uint32_t> whole_number(std::string_view text)
{
    std::string_view digits = text;
    const bool negative = digits.starts_with('-');
    if (negative || digits.starts_with('+')) digits.remove_prefix(1);
    uint32_t value = 0;
    const auto [stopped, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc::invalid_argument)
        return fail("Value '" + std::string(text) + "' not numerical");
    if (error != std::errc{} || stopped != digits.data() + digits.size() || value > 1U << 30)
        return fail("Cannot parse '" + std::string(stopped, digits.data() + digits.size()) + "'");
    if (negative && value != 0) return fail("Value must be non-negative");
    return value;
}

Result<void> read_stage(Stage& stage, std::string_view value)
{
    constexpr std::string_view rate_name = ",minrate=";
    std::string_view first = value;
    if (const size_t at = ifind(value, rate_name); at != value.npos) {
        first = value.substr(0, at);
        const auto rate = whole_number(value.substr(at + rate_name.size()));
        if (!rate) return std::unexpected(rate.error());
        if (*rate == 0) return fail("Minimum data rate must be larger than 0");
        stage.rate = *rate;
        if (const size_t dash = first.find('-'); dash != first.npos) {
            const auto most = whole_number(first.substr(dash + 1));
            if (!most) return std::unexpected(most.error());
            stage.most = *most;
            first = first.substr(0, dash);
        }
    } else if (value.contains('-')) {
        return fail("Must set MinRate option if using timeout range");
    }
    const auto seconds = whole_number(first);
    if (!seconds) return std::unexpected(seconds.error());
    stage.first = *seconds;
    if (stage.most.value_or(0) != 0 && *stage.first >= *stage.most)
        return fail("Maximum timeout must be larger than initial timeout");
    return {};
}

Result<void> request_read_timeout(Config& config, const Words& words)
{
    constexpr const char* expected = "handshake=, header= or body= and seconds, perhaps "
                                     "seconds-seconds,MinRate=bytes per second";
    constexpr const char* example = "RequestReadTimeout header=20-40,MinRate=500";
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        const size_t equals = word.find('=');
        if (equals == word.npos) {
            return words.refuse(bad_timeout,
                                "Invalid RequestReadTimeout parameter. Parameter must be in the "
                                "form 'key=value'",
                                expected, example);
        }
        const auto name = word.substr(0, equals);
        const auto value = word.substr(equals + 1);
        Stage* stage = iequals(name, "handshake") ? &config.handshake
                       : iequals(name, "header")  ? &config.header
                       : iequals(name, "body")    ? &config.body
                                                  : nullptr;
        const auto read = stage ? read_stage(*stage, value)
                                : Result<void>(fail("Unknown RequestReadTimeout parameter"));
        if (read) continue;
        return words.refuse(bad_timeout,
                            "RequestReadTimeout: " + std::string(name) + "=" + std::string(value)
                                + ": " + read.error().text,
                            expected, example);
    }
    return {};
}

void apply(const Stage& stage, server::ReadTimeout& timeout)
{
    if (!stage.first) return;
    timeout = {.first = std::chrono::seconds(*stage.first),
               .most = std::chrono::seconds(stage.most.value_or(0)),
               .rate = stage.rate.value_or(0)};
}

Result<void> prepare(const Config& config, server::VirtualHost& vhost, server::Configuration&,
                     config::Diagnostics&)
{
    apply(config.handshake, vhost.read_timeouts.handshake);
    apply(config.header, vhost.read_timeouts.head);
    apply(config.body, vhost.read_timeouts.body);
    return {};
}

constexpr server::Directive<Config> directives[] = {
    {"RequestReadTimeout", Takes::raw, request_read_timeout, config::allowed_server,
     config::override_none, "stages and their seconds, as header=20-40,MinRate=500"},
};
constexpr server::Extras<Config> extras{.prepare = prepare};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("reqtimeout_module", "mod_reqtimeout.c", directives,
                                                {}, &extras);
}

} // namespace signet::mod_reqtimeout

namespace signet::modules {

server::Module mod_reqtimeout()
{
    return mod_reqtimeout::module();
}

} // namespace signet::modules
