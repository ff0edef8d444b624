// Connections and request heads: timeouts, keep-alive, limits, protocol options.
// https://httpd.apache.org/docs/2.4/mod/core.html
#include "server/core_directives.h"

#include "base/text.h"

#include <algorithm>
#include <limits>

namespace signet::server::core {

using std::chrono::milliseconds;

long leading_number(std::string_view text)
{
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    if (text.starts_with('+')) text.remove_prefix(1);
    long value = 0;
    const auto [stopped, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error == std::errc::result_out_of_range) {
        return text.starts_with('-') ? std::numeric_limits<int>::min()
                                     : std::numeric_limits<int>::max();
    }
    return value;
}

std::optional<bool> on_or_off(std::string_view word)
{
    if (iequals(word, "on")) return true;
    if (iequals(word, "off")) return false;
    return std::nullopt;
}

std::optional<milliseconds> parse_duration(std::string_view text)
{
    size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    const auto count = parse_number<uint32_t>(text.substr(0, digits));
    if (!count) return std::nullopt;
    const int64_t number = *count;
    const auto unit = text.substr(digits);
    // Apache looks at the first one or two letters only: "5sec" and "5minutes" are fine.
    if (unit.empty() || istarts_with(unit, "s")) return milliseconds(number * 1000);
    if (istarts_with(unit, "h")) return milliseconds(number * 3'600'000);
    if (istarts_with(unit, "ms")) return milliseconds(number);
    if (istarts_with(unit, "mi")) return milliseconds(number * 60'000);
    return std::nullopt;
}

Result<void> timeout(CoreConfig& config, const Words& words)
{
    // Apache reads the leading number as seconds, whatever follows it.
    const long seconds = leading_number(words[0]);
    if (!parse_number<uint32_t>(words[0]) || seconds <= 0) {
        const std::string used = seconds > 0 ? std::to_string(seconds) : "the default, 60";
        words.warn(timeout_not_a_number,
                   "Timeout takes a number of seconds; '" + words[0] + "' is read as " + used,
                   "Timeout " + (seconds > 0 ? std::to_string(seconds) : std::string("60")));
    }
    config.timeout = seconds > 0 ? milliseconds(seconds * 1000) : milliseconds(60'000);
    return {};
}

Result<void> keep_alive(CoreConfig& config, const Words& words)
{
    config.keep_alive = words.on();
    return {};
}

Result<void> keep_alive_timeout(CoreConfig& config, const Words& words)
{
    const auto duration = parse_duration(words[0]);
    if (!duration) return fail("KeepAliveTimeout has wrong format");
    config.keep_alive_timeout = *duration;
    return {};
}

Result<void> max_keep_alive_requests(CoreConfig& config, const Words& words)
{
    // 0 is unlimited; a negative number leaves no second request, as in Apache.
    const long number = leading_number(words[0]);
    config.max_keep_alive_requests = number < 0 ? 1U : static_cast<unsigned>(number);
    return {};
}

namespace {

Result<void> set_limit(std::optional<size_t>& into, const Words& words, std::string_view note = {})
{
    const long number = leading_number(words[0]);
    if (number < 0) {
        return fail(words.name() + " \"" + words[0] + "\" must be a non-negative integer"
                    + std::string(note));
    }
    into = static_cast<size_t>(number);
    return {};
}

} // namespace

Result<void> limit_request_line(CoreConfig& config, const Words& words)
{
    return set_limit(config.limit_request_line, words);
}

Result<void> limit_request_fields(CoreConfig& config, const Words& words)
{
    return set_limit(config.limit_request_fields, words, " (0 = no limit)");
}

Result<void> limit_request_field_size(CoreConfig& config, const Words& words)
{
    return set_limit(config.limit_request_field_size, words);
}

Result<void> http_protocol_options(CoreConfig& config, const Words& words)
{
    struct Choice {
        std::string_view yes, no, message;
        std::optional<bool> CoreConfig::*setting;
    };
    static constexpr Choice choices[] = {
        {"Strict", "Unsafe", "HttpProtocolOptions 'Strict' and 'Unsafe' are mutually exclusive",
         &CoreConfig::strict_protocol},
        {"RegisteredMethods", "LenientMethods",
         "HttpProtocolOptions 'RegisteredMethods' and 'LenientMethods' are mutually exclusive",
         &CoreConfig::registered_methods},
        {"Allow0.9", "Require1.0",
         "HttpProtocolOptions 'Allow0.9' and 'Require1.0' are mutually exclusive",
         &CoreConfig::allow_http09},
    };
    for (size_t i = 0; i < words.size(); ++i) {
        const auto* choice = std::ranges::find_if(choices, [&](const Choice& one) {
            return iequals(words[i], one.yes) || iequals(words[i], one.no);
        });
        if (choice == std::end(choices)) {
            return fail("HttpProtocolOptions accepts 'Unsafe' or 'Strict' (default), "
                        "'RegisteredMethods' or 'LenientMethods' (default), and 'Require1.0' or "
                        "'Allow0.9' (default)");
        }
        const bool value = iequals(words[i], choice->yes);
        auto& setting = config.*(choice->setting);
        if (setting && *setting != value) return fail(std::string(choice->message));
        setting = value;
    }
    return {};
}

Result<void> trace_enable(CoreConfig& config, const Words& words)
{
    using enum CoreConfig::Trace;
    if (iequals(words[0], "on")) {
        config.trace_enable = on;
    } else if (iequals(words[0], "off")) {
        config.trace_enable = off;
    } else if (iequals(words[0], "extended")) {
        config.trace_enable = extended;
    } else {
        return fail("TraceEnable must be one of 'on', 'off', or 'extended'");
    }
    return {};
}

Result<void> protocol(CoreConfig& config, const Words& words)
{
    config.protocol = words[0];
    return {};
}

Result<void> protocols(CoreConfig& config, const Words& words)
{
    config.protocols.clear();
    for (size_t i = 0; i < words.size(); ++i) config.protocols.push_back(words[i]);
    return {};
}

Result<void> protocols_honor_order(CoreConfig& config, const Words& words)
{
    config.protocols_honor_order = on_or_off(words[0]);
    if (!config.protocols_honor_order) return fail("ProtocolsHonorOrder must be 'on' or 'off'");
    return {};
}

Result<void> allow_encoded_slashes(CoreConfig& config, const Words& words)
{
    using enum http::EncodedSlashes;
    if (iequals(words[0], "on")) {
        config.encoded_slashes = decode;
    } else if (iequals(words[0], "off")) {
        config.encoded_slashes = refuse;
    } else if (iequals(words[0], "nodecode")) {
        config.encoded_slashes = keep;
    } else {
        return fail("AllowEncodedSlashes must be On, Off, or NoDecode");
    }
    return {};
}

Result<void> merge_slashes(CoreConfig& config, const Words& words)
{
    config.merge_slashes = words.on();
    return {};
}

Result<void> merge_trailers(CoreConfig& config, const Words& words)
{
    config.merge_trailers = words.on();
    return {};
}

Result<void> register_http_method(CoreConfig& config, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) config.registered_http_methods.push_back(words[i]);
    return {};
}

Result<void> flush_max_threshold(CoreConfig& config, const Words& words)
{
    const auto number = parse_number<uint32_t>(words[0]);
    if (!number)
        return fail("parameter must be a number between 0 and (4294967295U)): " + words[0]);
    config.flush_max_threshold = *number;
    return {};
}

Result<void> flush_max_pipelined(CoreConfig& config, const Words& words)
{
    const auto number = parse_number<int>(words[0]);
    if (!number || *number < -1) {
        return fail("parameter must be a number between -1 and (2147483647): " + words[0]);
    }
    config.flush_max_pipelined = *number;
    return {};
}

Result<void> read_buffer_size(CoreConfig& config, const Words& words)
{
    const auto number = parse_number<uint32_t>(words[0]);
    if (!number)
        return fail("parameter must be a number between 0 and (4294967295U)): " + words[0]);
    if (*number > 0) config.read_buffer_size = *number;
    return {};
}

// Accept filters are a kernel's help for servers that wait in accept; epoll needs none.
Result<void> accept_filter(CoreConfig&, const Words&)
{
    return {};
}

Result<void> limit_internal_recursion(CoreConfig& config, const Words& words)
{
    static constexpr std::string_view warnings[] = {
        "AH00119: Limiting internal redirects to very low numbers may cause normal requests to "
        "fail.",
        "AH00120: Limiting the subrequest depth to a very low level may cause normal requests to "
        "fail."};
    for (size_t i = 0; i < words.size(); ++i) {
        const long limit = leading_number(words[i]);
        if (limit <= 0) return fail("The recursion limit must be greater than zero.");
        if (limit < 4) words.warn(low_recursion_limit, std::string(warnings[i]));
        if (i == 0) config.max_internal_redirects = static_cast<unsigned>(limit);
        config.max_subrequests = static_cast<unsigned>(limit);
    }
    return {};
}

} // namespace signet::server::core
