// ASCII text without locale: HTTP and httpd.conf compare case-insensitively in ASCII only.
#pragma once
#include <charconv>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace signet {

[[nodiscard]] constexpr char to_lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}
[[nodiscard]] constexpr bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}
[[nodiscard]] constexpr bool is_alpha(char c)
{
    return to_lower(c) >= 'a' && to_lower(c) <= 'z';
}
[[nodiscard]] constexpr bool is_alnum(char c)
{
    return is_digit(c) || is_alpha(c);
}
[[nodiscard]] constexpr bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}
// 0..15, or -1.
[[nodiscard]] constexpr int hex_digit(char c)
{
    if (is_digit(c)) return c - '0';
    const char lower = to_lower(c);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

[[nodiscard]] bool iequals(std::string_view a, std::string_view b);
[[nodiscard]] bool istarts_with(std::string_view text, std::string_view prefix);
[[nodiscard]] bool iends_with(std::string_view text, std::string_view suffix);
// Position of `needle` in `text` ignoring case, or npos.
[[nodiscard]] size_t ifind(std::string_view text, std::string_view needle);
[[nodiscard]] std::string lowercase(std::string_view text);
[[nodiscard]] std::string_view trim(std::string_view text);

// "a, b,,c" at ',' → {"a", "b", "", "c"}, each trimmed. An empty text has no parts.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
// Splits at runs of white space; no empty parts.
[[nodiscard]] std::string joined(const std::vector<std::string>& words,
                                 std::string_view separator = " ");
[[nodiscard]] std::vector<std::string_view> split_words(std::string_view text);

// The whole text as a number, or nothing: no sign for unsigned types, no spaces, no overflow.
template <class Number>
[[nodiscard]] std::optional<Number> parse_number(std::string_view text, int base = 10)
{
    Number value{};
    const auto* end = text.data() + text.size();
    auto [stopped, error] = std::from_chars(text.data(), end, value, base);
    if (error != std::errc{} || stopped != end || text.empty()) return std::nullopt;
    return value;
}

void append_number(std::string& out, uint64_t value);
void append_signed(std::string& out, int64_t value);
void append_hex(std::string& out, uint64_t value, int min_digits = 1);

// & < > " as entities, the way Apache's ap_escape_html does for its built-in pages.
[[nodiscard]] std::string escape_html(std::string_view text);

// The number of single-character edits from one to the other, ignoring case.
[[nodiscard]] size_t edit_distance(std::string_view a, std::string_view b);

struct CaseInsensitiveLess {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const;
};
struct TextHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
struct CaseInsensitiveHash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const;
};
struct CaseInsensitiveEqual {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return iequals(a, b); }
};

// Maps keyed by text, looked up by string_view without a copy.
template <class V> using TextMap = std::unordered_map<std::string, V, TextHash, std::equal_to<>>;
template <class V>
using CaseInsensitiveMap =
    std::unordered_map<std::string, V, CaseInsensitiveHash, CaseInsensitiveEqual>;

} // namespace signet
