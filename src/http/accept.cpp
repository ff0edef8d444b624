#include "http/accept.h"

#include "http/token.h"

#include <algorithm>

namespace signet::http {

namespace {

constexpr Quality full = 1000;

Preference parse_element(std::string_view element)
{
    const size_t semicolon = std::min(element.find(';'), element.size());
    Preference preference{.value = trim_blanks(element.substr(0, semicolon)),
                          .parameters = element.substr(semicolon)};
    std::string_view rest = preference.parameters;
    while (auto parameter = next_parameter(rest)) {
        if (iequals(parameter->name, "q")) {
            preference.quality = parse_quality(parameter->value);
            break;
        }
    }
    return preference;
}

} // namespace

Quality parse_quality(std::string_view text)
{
    if (text.empty() || !is_digit(text.front())) return full;
    if (text.front() != '0') return full;
    text.remove_prefix(1);
    if (text.empty()) return 0;
    if (text.front() != '.') return full;
    text.remove_prefix(1);
    Quality quality = 0;
    for (Quality weight = 100; weight > 0 && !text.empty(); weight /= 10) {
        if (!is_digit(text.front())) return full;
        quality = static_cast<Quality>(quality + (text.front() - '0') * weight);
        text.remove_prefix(1);
    }
    return quality;
}

std::vector<Preference> parse_preferences(std::string_view field, size_t most)
{
    std::vector<Preference> preferences;
    List elements(field);
    while (preferences.size() < most) {
        const auto element = elements.next();
        if (!element) break;
        preferences.push_back(parse_element(*element));
    }
    return preferences;
}

Quality coding_quality(std::optional<std::string_view> accept_encoding, std::string_view coding)
{
    const bool is_identity = iequals(coding, "identity");
    const Quality unnamed = is_identity ? full : 0;
    if (!accept_encoding) return unnamed;
    std::optional<Quality> wildcard;
    List elements(*accept_encoding);
    while (auto element = elements.next()) {
        const Preference preference = parse_element(*element);
        if (iequals(preference.value, coding)) return preference.quality;
        // RFC 9110 §8.4.1 keeps the old names for these two.
        if (istarts_with(preference.value, "x-") && iequals(preference.value.substr(2), coding)) {
            return preference.quality;
        }
        if (preference.value == "*") wildcard = preference.quality;
    }
    return wildcard.value_or(unnamed);
}

} // namespace signet::http
