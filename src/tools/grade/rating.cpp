#include "tools/grade/rating.h"

#include "base/text.h"

#include <algorithm>

namespace signet::tools::grade {
namespace {

constexpr std::string_view letters[] = {"F", "E", "D", "C", "B", "A-", "A", "A+"};

int version_score(uint16_t version)
{
    if (version >= 0x0303) return 100;
    if (version == 0x0302) return 95;
    if (version == 0x0301) return 90;
    return version == 0x0300 ? 80 : 0;
}

int protocol_score(const Survey& survey)
{
    if (survey.suites.empty()) return 0;
    return (version_score(survey.suites.begin()->first)
            + version_score(survey.suites.rbegin()->first))
           / 2;
}

int rsa_score(int bits)
{
    if (bits < 512) return 20;
    if (bits < 1024) return 40;
    if (bits < 2048) return 80;
    return bits < 4096 ? 90 : 100;
}

// Elliptic curves by the strength of the RSA key that they equal.
int curve_score(int bits)
{
    if (bits < 110) return 20;
    if (bits < 123) return 40;
    if (bits < 163) return 80;
    return bits < 225 ? 90 : 100;
}

int key_exchange_score(const Survey& survey)
{
    int score = 100;
    for (const auto& one : survey.certificates) {
        const bool is_rsa = one.kind == pki::KeyKind::rsa;
        score = std::min(score, is_rsa ? rsa_score(one.bits) : curve_score(one.bits));
    }
    if (survey.dh_bits) score = std::min(score, rsa_score(static_cast<int>(survey.dh_bits)));
    for (const auto& suite : survey.all_suites()) {
        if (suite.anonymous) return 0;
        if (suite.is_export) score = std::min(score, 40);
    }
    return score;
}

int bits_score(int bits)
{
    if (bits == 0) return 0;
    if (bits < 128) return 20;
    return bits < 256 ? 80 : 100;
}

int cipher_score(const Survey& survey)
{
    const auto suites = survey.all_suites();
    if (suites.empty()) return 0;
    const auto [weakest, strongest] = std::ranges::minmax(suites, {}, &Suite::bits);
    return (bits_score(weakest.bits) + bits_score(strongest.bits)) / 2;
}

// Only rules can take an A+ away from the best of scores.
Letter letter_of(int total)
{
    if (total >= 80) return Letter::a_plus;
    if (total >= 65) return Letter::b;
    if (total >= 50) return Letter::c;
    if (total >= 35) return Letter::d;
    return total >= 20 ? Letter::e : Letter::f;
}

void add_scores(const Survey& survey, Rating& rating)
{
    rating.protocol = protocol_score(survey);
    rating.key_exchange = key_exchange_score(survey);
    rating.cipher = cipher_score(survey);
    const bool zero = !rating.protocol || !rating.key_exchange || !rating.cipher;
    rating.total =
        zero ? 0
             : (rating.protocol * 30 + rating.key_exchange * 30 + rating.cipher * 40 + 50) / 100;
}

Letter capped(const Survey& survey)
{
    Rating scores;
    add_scores(survey, scores);
    Letter letter = letter_of(scores.total);
    for (const auto& rule : rules()) {
        if (rule.cap < letter && !rule.evidence(survey).empty()) letter = rule.cap;
    }
    return letter;
}

Place place_of(const Rule& rule, const Survey& survey)
{
    const auto found = survey.places.find(std::string(rule.directive));
    return found != survey.places.end() ? found->second : survey.vhost;
}

} // namespace

std::string_view name(Letter letter)
{
    return letters[static_cast<size_t>(letter)];
}

std::optional<Letter> parse_letter(std::string_view text)
{
    for (size_t i = 0; i < std::size(letters); ++i) {
        if (iequals(letters[i], text)) return static_cast<Letter>(i);
    }
    return std::nullopt;
}

std::string_view Rating::shown() const
{
    if (not_trusted) return "T";
    return wrong_name ? "M" : name(letter);
}

Rating rate(const Survey& survey)
{
    Rating rating;
    add_scores(survey, rating);
    rating.letter = capped(survey);
    Survey all_mended = survey;
    for (const auto& rule : rules()) {
        std::string evidence = rule.evidence(survey);
        if (evidence.empty()) continue;
        Survey mended = survey;
        rule.mend(mended);
        rule.mend(all_mended);
        rating.caps.push_back({.rule = &rule,
                               .evidence = std::move(evidence),
                               .place = place_of(rule, survey),
                               .after = capped(mended)});
    }
    rating.mended = capped(all_mended);
    std::ranges::stable_sort(rating.caps, {}, [](const Cap& cap) { return cap.rule->cap; });
    for (const auto& one : survey.certificates) {
        rating.not_trusted = rating.not_trusted || !one.trusted || one.weak_signature;
        rating.wrong_name = rating.wrong_name || !one.covers_name;
    }
    return rating;
}

} // namespace signet::tools::grade
