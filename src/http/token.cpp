#include "http/token.h"

#include <algorithm>

namespace signet::http {

namespace {

// Where `separator` first stands outside a quoted string, or the size.
size_t find_unquoted(std::string_view text, char separator)
{
    bool quoted = false;
    for (size_t i = 0; i < text.size(); ++i) {
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (text[i] == '"') {
            quoted = !quoted;
        } else if (!quoted && text[i] == separator) {
            return i;
        }
    }
    return text.size();
}

// Takes the text before the separator off the front, the separator with it.
std::string_view take(std::string_view& rest, char separator)
{
    const size_t end = find_unquoted(rest, separator);
    const auto piece = trim_blanks(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    return piece;
}

} // namespace

bool is_token(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, is_token_char);
}

std::optional<std::string_view> List::next()
{
    while (!rest_.empty()) {
        const auto element = take(rest_, ',');
        if (!element.empty()) return element;
    }
    return std::nullopt;
}

bool list_has_token(std::string_view list, std::string_view token)
{
    List elements(list);
    while (auto element = elements.next()) {
        const auto name = trim_blanks(element->substr(0, element->find(';')));
        if (iequals(name, token)) return true;
    }
    return false;
}

std::optional<Parameter> next_parameter(std::string_view& rest)
{
    while (!rest.empty()) {
        const auto piece = take(rest, ';');
        if (piece.empty()) continue;
        const size_t equals = piece.find('=');
        if (equals == std::string_view::npos) return Parameter{piece, {}};
        auto value = trim_blanks(piece.substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
            value = value.substr(1, value.size() - 2);
        }
        return Parameter{trim_blanks(piece.substr(0, equals)), value};
    }
    return std::nullopt;
}

} // namespace signet::http
