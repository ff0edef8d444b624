// PCRE2 with JIT, as Apache 2.4 uses it. Compiled at load, matched without allocation.
// https://httpd.apache.org/docs/2.4/glossary.html#regex
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
        bool dot_all = true; // Apache's RegexDefaultOptions: DOTALL DOLLAR_ENDONLY
        bool dollar_endonly = true;
        bool extended = false;
        bool operator==(const Options&) const = default;
    };
    // The error text is PCRE2's own with the place: "missing terminating ] … (at 4)".
    [[nodiscard]] static Result<Regex> compile(std::string_view pattern, Options options);
    [[nodiscard]] static Result<Regex> compile(std::string_view pattern);

    Regex(Regex&&) noexcept;
    Regex& operator=(Regex&&) noexcept;
    ~Regex();

    // A match that would take longer than a bounded number of steps counts as no match, as in
    // Apache: no pattern and no input can hold a worker.
    [[nodiscard]] bool matches(std::string_view subject) const;
    // `captures` changes only when the subject matches.
    [[nodiscard]] bool match(std::string_view subject, Captures& captures) const;
    // How many (groups) the pattern has.
    [[nodiscard]] int groups() const { return groups_; }
    // Names of (?<name>…) groups with their numbers, for MATCH_NAME variables.
    [[nodiscard]] const std::vector<std::pair<std::string, int>>& names() const { return names_; }
    [[nodiscard]] const std::string& pattern() const { return pattern_; }

private:
    Regex() = default;
    void read_facts();
    struct FreeCode {
        void operator()(pcre2_real_code_8* code) const;
    };
    std::unique_ptr<pcre2_real_code_8, FreeCode> code_;
    std::vector<std::pair<std::string, int>> names_;
    std::string pattern_;
    int groups_ = 0;
    bool anchored_ = false; // a match can only start where the subject starts
};

// Apache's ap_pregsub: $0..$9 become the groups, a backslash makes the next character ordinary.
[[nodiscard]] std::string substitute(std::string_view pattern, const Captures& captures);

} // namespace signet::config
