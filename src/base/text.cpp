#include "base/text.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace signet {

bool iequals(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && istarts_with(a, b);
}

bool istarts_with(std::string_view text, std::string_view prefix)
{
    if (text.size() < prefix.size()) return false;
    for (size_t i = 0; i < prefix.size(); ++i) {
        if (to_lower(text[i]) != to_lower(prefix[i])) return false;
    }
    return true;
}

bool iends_with(std::string_view text, std::string_view suffix)
{
    return text.size() >= suffix.size()
           && iequals(text.substr(text.size() - suffix.size()), suffix);
}

size_t ifind(std::string_view text, std::string_view needle)
{
    auto found = std::ranges::search(text, needle, {}, to_lower, to_lower);
    if (found.empty() && !needle.empty()) return std::string_view::npos;
    return static_cast<size_t>(found.begin() - text.begin());
}

std::string lowercase(std::string_view text)
{
    std::string lower(text);
    std::ranges::transform(lower, lower.begin(), to_lower);
    return lower;
}

std::string_view trim(std::string_view text)
{
    while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
    return text;
}

std::vector<std::string_view> split(std::string_view text, char separator)
{
    std::vector<std::string_view> parts;
    if (text.empty()) return parts;
    while (true) {
        const size_t end = text.find(separator);
        parts.push_back(trim(text.substr(0, end)));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::string joined(const std::vector<std::string>& words, std::string_view separator)
{
    std::string text;
    for (const auto& word : words) {
        if (&word != &words.front()) text += separator;
        text += word;
    }
    return text;
}

std::vector<std::string_view> split_words(std::string_view text)
{
    std::vector<std::string_view> words;
    while (!(text = trim(text)).empty()) {
        size_t length = 0;
        while (length < text.size() && !is_space(text[length])) ++length;
        words.push_back(text.substr(0, length));
        text.remove_prefix(length);
    }
    return words;
}

void append_number(std::string& out, uint64_t value)
{
    std::array<char, 20> digits;
    out.append(digits.data(),
               std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

void append_signed(std::string& out, int64_t value)
{
    std::array<char, 21> digits;
    out.append(digits.data(),
               std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr);
}

void append_hex(std::string& out, uint64_t value, int min_digits)
{
    std::array<char, 16> digits;
    auto* end = std::to_chars(digits.data(), digits.data() + digits.size(), value, 16).ptr;
    const auto length = static_cast<int>(end - digits.data());
    out.append(static_cast<size_t>(std::max(0, min_digits - length)), '0');
    out.append(digits.data(), end);
}

std::string escape_html(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        case '"': out += "&quot;"; break;
        default: out += c;
        }
    }
    return out;
}

size_t edit_distance(std::string_view a, std::string_view b)
{
    std::vector<size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), size_t{0});
    for (size_t i = 1; i <= a.size(); ++i) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.size(); ++j) {
            const size_t substituted = diagonal + (to_lower(a[i - 1]) != to_lower(b[j - 1]));
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
        }
    }
    return row[b.size()];
}

bool CaseInsensitiveLess::operator()(std::string_view a, std::string_view b) const
{
    return std::ranges::lexicographical_compare(a, b, {}, to_lower, to_lower);
}

size_t CaseInsensitiveHash::operator()(std::string_view text) const
{
    uint64_t hash = 14695981039346656037ULL; // FNV-1a
    for (const char c : text) {
        hash ^= static_cast<unsigned char>(to_lower(c));
        hash *= 1099511628211ULL;
    }
    return hash;
}

} // namespace signet
