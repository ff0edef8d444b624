#include "config/fnmatch.h"

#include "base/text.h"

#include <optional>

namespace signet::config {
namespace {

class Matcher {
public:
    Matcher(std::string_view pattern, std::string_view text, GlobOptions options)
        : pattern_(pattern)
        , text_(text)
        , options_(options)
    {
    }

    bool run()
    {
        while (true) {
            if (at_ < pattern_.size() && pattern_[at_] == '*') {
                if (hidden_from_wildcards()) return false;
                star_ = ++at_;
                star_text_ = place_;
                continue;
            }
            if (at_ == pattern_.size() && place_ == text_.size()) return true;
            if (at_ < pattern_.size() && place_ < text_.size() && step()) continue;
            if (!widen_star()) return false;
        }
    }

private:
    [[nodiscard]] bool same(char a, char b) const
    {
        return a == b || (options_.ignore_case && to_lower(a) == to_lower(b));
    }
    [[nodiscard]] bool is_separator(char c) const { return options_.path_name && c == '/'; }

    // A period that starts the text (or, in a path, a segment).
    [[nodiscard]] bool hidden_from_wildcards() const
    {
        if (!options_.period || place_ >= text_.size() || text_[place_] != '.') return false;
        return place_ == 0 || is_separator(text_[place_ - 1]);
    }

    // One pattern item other than a star against one character.
    bool step()
    {
        const char wanted = pattern_[at_];
        if (wanted == '?') {
            if (is_separator(text_[place_]) || hidden_from_wildcards()) return false;
            return advance(1);
        }
        if (wanted == '[') {
            if (const auto bracket = match_bracket()) {
                return *bracket > 0 && advance(*bracket);
            }
        }
        const bool escape = wanted == '\\' && !options_.no_escape && at_ + 1 < pattern_.size();
        if (!same(pattern_[at_ + (escape ? 1 : 0)], text_[place_])) return false;
        return advance(escape ? 2 : 1);
    }

    bool advance(size_t pattern_length)
    {
        at_ += pattern_length;
        ++place_;
        return true;
    }

    // Lets the last star take one more character.
    bool widen_star()
    {
        if (star_ == std::string_view::npos || star_text_ >= text_.size()) return false;
        if (is_separator(text_[star_text_])) return false;
        place_ = ++star_text_;
        at_ = star_;
        return true;
    }

    // The next character inside a bracket, and past it.
    [[nodiscard]] std::optional<char> bracket_character(size_t& at) const
    {
        if (at < pattern_.size() && pattern_[at] == '\\' && !options_.no_escape) ++at;
        if (at >= pattern_.size() || is_separator(pattern_[at])) return std::nullopt;
        return pattern_[at++];
    }

    // The length of the bracket that matches, 0 when it does not match, nothing when the "[" is
    // never closed and therefore an ordinary character.
    [[nodiscard]] std::optional<size_t> match_bracket() const
    {
        size_t at = at_ + 1;
        const bool negated = at < pattern_.size() && (pattern_[at] == '!' || pattern_[at] == '^');
        if (negated) ++at;
        const char subject = text_[place_];
        bool found = false;
        for (const size_t first = at; at < pattern_.size();) {
            if (pattern_[at] == ']' && at > first) {
                const bool matched =
                    found != negated && !is_separator(subject) && !hidden_from_wildcards();
                return matched ? at + 1 - at_ : 0;
            }
            const auto low = bracket_character(at);
            if (!low) return std::nullopt;
            auto high = low;
            if (at + 1 < pattern_.size() && pattern_[at] == '-' && pattern_[at + 1] != ']') {
                high = bracket_character(++at);
                if (!high) return std::nullopt;
            }
            found = found || in_range(subject, *low, *high);
        }
        return std::nullopt;
    }

    [[nodiscard]] bool in_range(char subject, char low, char high) const
    {
        auto within = [](char c, char from, char to) {
            const auto value = static_cast<unsigned char>(c);
            return value >= static_cast<unsigned char>(from)
                   && value <= static_cast<unsigned char>(to);
        };
        if (within(subject, low, high)) return true;
        return options_.ignore_case && within(to_lower(subject), to_lower(low), to_lower(high));
    }

    std::string_view pattern_;
    std::string_view text_;
    GlobOptions options_;
    size_t at_ = 0;                        // in the pattern
    size_t place_ = 0;                     // in the text
    size_t star_ = std::string_view::npos; // behind the last star
    size_t star_text_ = 0;                 // where the text behind that star was tried last
};

} // namespace

bool glob_matches(std::string_view pattern, std::string_view text, GlobOptions options)
{
    return Matcher(pattern, text, options).run();
}

bool has_wildcards(std::string_view pattern)
{
    bool open = false;
    for (size_t i = 0; i < pattern.size(); ++i) {
        switch (pattern[i]) {
        case '*':
        case '?': return true;
        case '\\':
            if (++i >= pattern.size()) return false;
            break;
        case '[': open = true; break;
        case ']':
            if (open) return true;
            break;
        default: break;
        }
    }
    return false;
}

} // namespace signet::config
