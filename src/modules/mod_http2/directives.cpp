// How the H2… directives are read. Their messages are Apache's.
#include "base/text.h"
#include "http/writer.h"
#include "modules/mod_http2/config.h"
#include "server/core_directives.h"

#include <algorithm>

namespace signet::mod_http2 {
namespace {

using config::allowed_everywhere, config::allowed_server;
using server::Takes, server::Words;
using server::core::leading_number;

constexpr uint8_t allowed_main = 1;
constexpr uint8_t allowed_but_htaccess = 7;
constexpr uint8_t overrides = config::override_file_info | config::override_auth_config;

Result<std::optional<bool>> flag(const Words& words)
{
    const auto value = server::core::on_or_off(words[0]);
    if (!value) return fail("value must be On or Off");
    return value;
}

template <auto member> Result<void> set_flag(Config& config, const Words& words)
{
    auto value = flag(words);
    if (!value) return std::unexpected(value.error());
    config.*member = *value;
    return {};
}

// Numbers are read as C's atoi reads them.
template <class T>
Result<void> take_number(std::optional<T>& into, const Words& words, long least,
                         const char* message)
{
    const long number = leading_number(words[0]);
    if (number < least) return fail(message);
    into = static_cast<T>(number);
    return {};
}

Result<void> max_streams(Config& config, const Words& words)
{
    return take_number(config.max_streams, words, 1, "value must be > 0");
}

Result<void> window(Config& config, const Words& words)
{
    return take_number(config.window, words, 1024, "value must be >= 1024");
}

Result<void> stream_memory(Config& config, const Words& words)
{
    return take_number(config.stream_memory, words, 1024, "value must be >= 1024");
}

Result<void> max_data_frame(Config& config, const Words& words)
{
    return take_number(config.max_data_frame, words, 0, "value must be 0 or larger");
}

Result<void> max_header_block(Config& config, const Words& words)
{
    return take_number(config.max_header_block, words, 0, "value must be 0 or larger");
}

Result<void> max_stream_errors(Config& config, const Words& words)
{
    return take_number(config.max_stream_errors, words, 0, "value must be 0 or larger");
}

Result<void> padding(Config& config, const Words& words)
{
    const long bits = leading_number(words[0]);
    if (bits < 0) return fail("number of bits must be >= 0");
    if (bits > 8) return fail("number of bits must be <= 8");
    config.padding_bits = static_cast<unsigned>(bits);
    return {};
}

Result<void> tls_warm_up(Config& config, const Words& words)
{
    config.tls_warm_up = static_cast<size_t>(std::max(leading_number(words[0]), 0L));
    return {};
}

Result<void> tls_cool_down(Config& config, const Words& words)
{
    config.tls_cool_down = std::chrono::seconds(std::max(leading_number(words[0]), 0L));
    return {};
}

Result<void> stream_timeout(Config& config, const Words& words)
{
    const auto duration = server::core::parse_duration(words[0]);
    if (!duration) return fail("Invalid timeout value");
    config.stream_timeout = *duration;
    return {};
}

// Streams run on fibers, of which there are as many as are needed.
void tell_about_workers(const Words& words)
{
    words.warn(workers_not_needed, words.name() + " has no meaning here: streams need no threads");
}

Result<void> workers(Config&, const Words& words)
{
    if (leading_number(words[0]) < 1) return fail("value must be > 0");
    tell_about_workers(words);
    return {};
}

Result<void> idle_seconds(Config&, const Words& words)
{
    const auto duration = server::core::parse_duration(words[0]);
    if (!duration) return fail("Invalid idle limit value");
    tell_about_workers(words);
    return {};
}

// On or off, it is the same here.
Result<void> any_flag(Config&, const Words& words)
{
    if (auto value = flag(words); !value) return std::unexpected(value.error());
    return {};
}

Result<void> serialize(Config&, const Words& words)
{
    auto value = flag(words);
    if (!value) return std::unexpected(value.error());
    if (*value == true) {
        words.warn(nothing_to_serialize,
                   words.name() + " On has no effect: nothing here would see the HTTP/1.1 form");
    }
    return {};
}

Result<void> push_diary(Config& config, const Words& words)
{
    const long size = leading_number(words[0]);
    if (size < 0) return fail("value must be >= 0");
    if (size > 0 && (size & (size - 1)) != 0) return fail("value must a power of 2");
    if (size > 65536) return fail("value must <= 65536");
    config.push_diary = static_cast<size_t>(size);
    return {};
}

Result<void> push_priority(Config& config, const Words& words)
{
    if (words[0].empty()) return fail("1st argument must be a mime-type, like 'text/css' or '*'");
    std::string_view dependency = words[1];
    std::string_view weight = words.size() > 2 ? std::string_view(words[2]) : std::string_view();
    if (weight.empty() && !dependency.empty() && is_digit(dependency.front())) {
        weight = dependency;
        dependency = "After";
    }
    const bool after = iequals(dependency, "after");
    const bool before = iequals(dependency, "before");
    if (!after && !before && !iequals(dependency, "interleaved"))
        return fail("dependency must be one of 'After', 'Before' or 'Interleaved'");
    if (!weight.empty() && before)
        return fail("weight must not be specified for 'Before' dependency");
    if (!weight.empty() && leading_number(weight) < 1) return fail("weight must be a number >= 1");
    using Place = server::PushPriority::Place;
    config.push_priorities.push_back(
        {.type = words[0],
         .place = after ? Place::after : (before ? Place::before : Place::interleaved)});
    return {};
}

Result<void> push_resource(Config& config, const Words& words)
{
    Resource resource;
    size_t next = 0;
    if (words.size() > 1 && iequals(words[0], "add")) next = 1;
    resource.path = words[next++];
    if (next < words.size()) {
        if (!iequals(words[next], "critical")) return fail("unknown last parameter");
        resource.critical = true;
        ++next;
    }
    if (next < words.size()) return fail("too many parameter");
    config.resources.push_back(std::move(resource));
    return {};
}

Result<void> early_hint(Config& config, const Words& words)
{
    if (words[0].empty()) return fail("Early Hint header name must not be empty");
    if (words[1].empty()) return fail("Early Hint header value must not be empty");
    const std::string value(trim(words[1]));
    if (value.empty()) return fail("Early Hint header value must not be empty/only space");
    if (!http::is_field_text(value))
        return fail("Early Hint header value contains invalid characters");
    config.hints.push_back({words[0], value});
    return {};
}

constexpr server::Directive<Config> table[] = {
    {"H2MaxSessionStreams", Takes::one, max_streams, allowed_server, config::override_none,
     "the most streams a connection may have open"},
    {"H2WindowSize", Takes::one, window, allowed_server, config::override_none,
     "the bytes of a request body that a client may send ahead"},
    {"H2MinWorkers", Takes::one, workers, allowed_main, config::override_none, "a number"},
    {"H2MaxWorkers", Takes::one, workers, allowed_main, config::override_none, "a number"},
    {"H2MaxWorkerIdleSeconds", Takes::one, idle_seconds, allowed_main, config::override_none,
     "a number of seconds"},
    {"H2StreamMaxMemSize", Takes::one, stream_memory, allowed_server, config::override_none,
     "the bytes of a response that wait in memory"},
    {"H2SerializeHeaders", Takes::one, serialize, allowed_server, config::override_none,
     "On or Off"},
    {"H2ModernTLSOnly", Takes::one, set_flag<&Config::modern_tls_only>, allowed_server,
     config::override_none, "On or Off"},
    {"H2Upgrade", Takes::one, set_flag<&Config::upgrade>, allowed_everywhere, overrides,
     "On or Off"},
    {"H2Direct", Takes::one, set_flag<&Config::direct>, allowed_server, config::override_none,
     "On or Off"},
    {"H2TLSWarmUpSize", Takes::one, tls_warm_up, allowed_server, config::override_none,
     "the bytes that go in small records first"},
    {"H2TLSCoolDownSecs", Takes::one, tls_cool_down, allowed_server, config::override_none,
     "seconds after which records are small again"},
    {"H2Push", Takes::one, set_flag<&Config::push>, allowed_everywhere, overrides, "On or Off"},
    {"H2PushPriority", Takes::two_or_three, push_priority, allowed_server, config::override_none,
     "a media type, After, Before or Interleaved, and a weight"},
    {"H2PushDiarySize", Takes::one, push_diary, allowed_server, config::override_none,
     "a power of two"},
    {"H2CopyFiles", Takes::one, any_flag, allowed_everywhere, overrides, "On or Off"},
    {"H2PushResource", Takes::one_to_three, push_resource, allowed_everywhere, overrides,
     "optionally add, a path, and optionally critical"},
    {"H2EarlyHints", Takes::one, set_flag<&Config::early_hints>, allowed_server,
     config::override_none, "On or Off"},
    {"H2EarlyHint", Takes::two, early_hint, allowed_everywhere, overrides,
     "the name and value of a field"},
    {"H2Padding", Takes::one, padding, allowed_server, config::override_none, "bits, 0 to 8"},
    {"H2OutputBuffering", Takes::one, any_flag, allowed_server, config::override_none, "On or Off"},
    {"H2StreamTimeout", Takes::one, stream_timeout, allowed_but_htaccess, config::override_none,
     "a duration"},
    {"H2MaxDataFrameLen", Takes::one, max_data_frame, allowed_server, config::override_none,
     "a number of bytes"},
    {"H2MaxHeaderBlockLen", Takes::one, max_header_block, allowed_server, config::override_none,
     "a number of bytes"},
    {"H2MaxStreamErrors", Takes::one, max_stream_errors, allowed_server, config::override_none,
     "a number"},
    {"H2ProxyRequests", Takes::one, any_flag, allowed_server, config::override_none, "On or Off"},
    {"H2WebSockets", Takes::one, set_flag<&Config::websockets>, allowed_server,
     config::override_none, "On or Off"},
};

template <class T> void take(std::optional<T>& into, const std::optional<T>& inner)
{
    if (inner) into = inner;
}

} // namespace

const std::span<const server::Directive<Config>> directives(table);

Config merge(const Config& outer, const Config& inner)
{
    Config merged = outer;
    take(merged.max_streams, inner.max_streams);
    take(merged.window, inner.window);
    take(merged.max_data_frame, inner.max_data_frame);
    take(merged.max_header_block, inner.max_header_block);
    take(merged.stream_memory, inner.stream_memory);
    take(merged.tls_warm_up, inner.tls_warm_up);
    take(merged.max_stream_errors, inner.max_stream_errors);
    take(merged.padding_bits, inner.padding_bits);
    take(merged.modern_tls_only, inner.modern_tls_only);
    take(merged.early_hints, inner.early_hints);
    take(merged.websockets, inner.websockets);
    take(merged.direct, inner.direct);
    take(merged.upgrade, inner.upgrade);
    take(merged.tls_cool_down, inner.tls_cool_down);
    take(merged.stream_timeout, inner.stream_timeout);
    take(merged.push, inner.push);
    take(merged.push_diary, inner.push_diary);
    // The inner one of a type is found first.
    merged.push_priorities.insert(merged.push_priorities.begin(), inner.push_priorities.begin(),
                                  inner.push_priorities.end());
    merged.hints.insert(merged.hints.end(), inner.hints.begin(), inner.hints.end());
    merged.resources.insert(merged.resources.end(), inner.resources.begin(), inner.resources.end());
    return merged;
}

} // namespace signet::mod_http2
