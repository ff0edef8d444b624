// SSL Labs' rating (guide 2009r) of what a survey found: scores, a letter, and every rule that
// holds the letter down, with the line it is about and the letter once that line is mended.
// https://github.com/ssllabs/research/wiki/SSL-Server-Rating-Guide
#pragma once
#include "tools/grade/survey.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tools::grade {

enum class Letter : uint8_t { f, e, d, c, b, a_minus, a, a_plus };
[[nodiscard]] std::string_view name(Letter letter);
[[nodiscard]] std::optional<Letter> parse_letter(std::string_view text);

// One thing that keeps a server from A+. To add one: an entry of the catalogue (SG04xx), a function
// for `evidence` and one for `mend`, a line in the table of rules.cpp.
struct Rule {
    int id;                     // catalogue entry: cause and fix are there
    Letter cap;                 // no better letter than this
    std::string_view directive; // whose line it is about
    std::string_view fix;       // the line to write
    // What was seen, or empty: the rule has nothing to say.
    std::string (*evidence)(const Survey&);
    // Makes the survey what it will be after the fix.
    void (*mend)(Survey&);
};
[[nodiscard]] std::span<const Rule> rules();

struct Cap {
    const Rule* rule = nullptr;
    std::string evidence{};
    Place place{};
    Letter after = Letter::f; // with this one mended
};

struct Rating {
    int protocol = 0, key_exchange = 0, cipher = 0, total = 0;
    Letter letter = Letter::f; // as if the certificate were trusted and had the name
    bool not_trusted = false, wrong_name = false;
    std::vector<Cap> caps{};   // the worst first
    Letter mended = Letter::f; // after all fixes

    // "A", "T", "M".
    [[nodiscard]] std::string_view shown() const;
};

[[nodiscard]] Rating rate(const Survey& survey);

} // namespace signet::tools::grade
