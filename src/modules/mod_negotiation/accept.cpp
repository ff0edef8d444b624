#include "modules/mod_negotiation/accept.h"

#include "base/text.h"

#include <algorithm>
#include <string>

namespace signet::mod_negotiation {
namespace {

// Each variant is compared with each element.
constexpr size_t most_wishes = 400;

std::string_view skip_spaces(std::string_view text)
{
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    return text;
}

std::string_view in_small_letters(std::string_view text, Arena& arena)
{
    return arena.copy(lowercase(text));
}

// As atoi: digits as far as they go.
float parse_level(std::string_view text)
{
    float level = 0;
    for (const char c : text.substr(0, 6)) {
        if (!is_digit(c)) break;
        level = level * 10 + static_cast<float>(c - '0');
    }
    return level;
}

std::string_view value_in(std::string_view text)
{
    while (!text.empty() && (is_space(text.front()) || text.front() == '=')) text.remove_prefix(1);
    if (text.starts_with('"')) {
        text.remove_prefix(1);
        return text.substr(0, text.find_first_of("\"\r\n"));
    }
    const auto* const end = std::ranges::find_if(text, is_space);
    return text.substr(0, static_cast<size_t>(end - text.begin()));
}

void read_parameter(std::string_view parameter, Wish& wish, Arena& arena)
{
    const auto* const end =
        std::ranges::find_if(parameter, [](char c) { return c == '=' || is_space(c); });
    if (end == parameter.end()) return;
    const auto size = static_cast<size_t>(end - parameter.begin());
    const auto name = lowercase(parameter.substr(0, size));
    const auto value = value_in(parameter.substr(size));
    if (name == "q" || name == "qs") {
        wish.quality = parse_wish_quality(value);
    } else if (name == "level") {
        wish.level = parse_level(value);
    } else if (name == "charset") {
        wish.charset = in_small_letters(value, arena);
    }
}

} // namespace

float parse_wish_quality(std::string_view text)
{
    text = skip_spaces(text);
    if (text.starts_with('0')) {
        text.remove_prefix(1);
    } else if (!text.starts_with('.')) {
        return 1;
    }
    if (!text.starts_with('.')) return 0;
    text.remove_prefix(1);
    int thousandths = 0;
    for (int weight = 100; weight > 0 && !text.empty() && is_digit(text.front()); weight /= 10) {
        thousandths += (text.front() - '0') * weight;
        text.remove_prefix(1);
    }
    return static_cast<float>(thousandths) / 1000.0F;
}

std::string_view take_token(std::string_view& rest, bool with_spaces)
{
    rest = skip_spaces(rest);
    size_t end = 0;
    while (end < rest.size() && (with_spaces || !is_space(rest[end])) && rest[end] != ';'
           && rest[end] != ',') {
        if (rest[end++] != '"') continue;
        const size_t quote = rest.find('"', end);
        end = quote == rest.npos ? rest.size() : quote + 1;
    }
    const auto token = rest.substr(0, end);
    rest = skip_spaces(rest.substr(end));
    return token;
}

Wish take_wish(std::string_view& rest, Arena& arena)
{
    Wish wish{.name = in_small_letters(take_token(rest), arena)};
    // HTML that says nothing of its level is level 2; what is parsed for includes has its own.
    if (wish.name == "text/html" || wish.name == "text/x-server-parsed-html") wish.level = 2;
    if (wish.name == "text/x-server-parsed-html3") wish.level = 3;
    while (rest.starts_with(';')) {
        rest.remove_prefix(1);
        read_parameter(take_token(rest, true), wish, arena);
    }
    if (rest.starts_with(',')) rest.remove_prefix(1);
    return wish;
}

std::optional<Wishes> parse_wishes(std::optional<std::string_view> field, Arena& arena)
{
    if (!field) return std::nullopt;
    Wishes wishes;
    for (auto rest = *field; !rest.empty() && wishes.size() < most_wishes;)
        wishes.push_back(take_wish(rest, arena));
    return wishes;
}

} // namespace signet::mod_negotiation
