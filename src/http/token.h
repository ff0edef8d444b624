// Characters, tokens and comma-separated lists as header fields use them.   RFC 9110 §5.6
#pragma once
#include "base/text.h"

#include <array>
#include <optional>
#include <string_view>

namespace signet::http {

namespace detail {
inline constexpr std::array<bool, 256> token_table = [] {
    std::array<bool, 256> table{};
    for (char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
    for (int c = 0; c < 128; ++c) {
        if (is_alnum(static_cast<char>(c))) table[static_cast<size_t>(c)] = true;
    }
    return table;
}();
} // namespace detail

[[nodiscard]] constexpr bool is_token_char(char c)
{
    return detail::token_table[static_cast<unsigned char>(c)];
}
[[nodiscard]] constexpr bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}
// C0 controls and DEL; HTAB is one too.
[[nodiscard]] constexpr bool is_control(char c)
{
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}
[[nodiscard]] constexpr std::string_view trim_leading_blanks(std::string_view text)
{
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    return text;
}
// Without leading and trailing blanks (OWS).
[[nodiscard]] constexpr std::string_view trim_blanks(std::string_view text)
{
    text = trim_leading_blanks(text);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

// One or more token characters, and nothing else.
[[nodiscard]] bool is_token(std::string_view text);

// Walks the elements of a list; commas inside quoted strings do not separate, empty elements are
// skipped. Elements keep their parameters: `gzip;q=0.5`.
class List {
public:
    explicit List(std::string_view text)
        : rest_(text)
    {
    }
    [[nodiscard]] std::optional<std::string_view> next();

private:
    std::string_view rest_;
};

// True when the list has the token as an element, ignoring case and parameters.
[[nodiscard]] bool list_has_token(std::string_view list, std::string_view token);

// `name=value` of the parameters after an element's first ';', taken off the front of `rest`.
// Values lose their quotes (not their backslashes). Nothing at the end.
struct Parameter {
    std::string_view name;
    std::string_view value;
};
[[nodiscard]] std::optional<Parameter> next_parameter(std::string_view& rest);

} // namespace signet::http
