// PCRE2 with JIT, as Apache 2.4 uses it. Compiled at load, matched without allocation.
#pragma once
#include "base/result.h"

#include <array>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct pcre2_real_code_8;

namespace signet::config {

// $0..$9 of the last match: views into the subject.
struct Captures {
    std::array<std::string_view, 10> groups{};
    int count = 0; // groups set, $0 included; 0: no match yet
};

// Immutable and shared freely; movable, not copyable.
class Regex {
public:
    struct Options {
        bool ignore_case = false;
        bool dot_all = true;      // Apache's RegexDefaultOptions: DOTALL DOLLAR_ENDONLY
        bool dollar_endonly = true;
        bool extended = false;
    };
    [[nodiscard]] static Result<Regex> compile(std::string_view pattern, Options options);
    [[nodiscard]] static Result<Regex> compile(std::string_view pattern);

    Regex(Regex&&) noexcept;
    Regex& operator=(Regex&&) noexcept;
    ~Regex();

    [[nodiscard]] bool matches(std::string_view subject) const;
    [[nodiscard]] bool match(std::string_view subject, Captures& captures) const;
    // Names of (?<name>…) groups with their numbers, for MATCH_NAME variables.
    [[nodiscard]] const std::vector<std::pair<std::string, int>>& names() const { return names_; }
    [[nodiscard]] const std::string& pattern() const { return pattern_; }

private:
    Regex() = default;
    struct FreeCode {
        void operator()(pcre2_real_code_8* code) const;
    };
    std::unique_ptr<pcre2_real_code_8, FreeCode> code_;
    std::vector<std::pair<std::string, int>> names_;
    std::string pattern_;
};

// Replaces $0..$9 and & (Apache's ap_pregsub: \$ and \& escape) in `pattern`.
[[nodiscard]] std::string substitute(std::string_view pattern, const Captures& captures);

} // namespace signet::config
