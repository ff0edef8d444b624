#include "modules/mod_negotiation/selection.h"

#include <algorithm>

namespace signet::mod_negotiation {
namespace {

constexpr float barely = 0.0001F; // acceptable when nothing else is

bool is_text(const Variant& variant)
{
    return variant.type.starts_with("text/") || variant.is_html();
}

bool is_not_encoded(std::string_view encoding)
{
    return encoding.empty() || encoding == "7bit" || encoding == "8bit" || encoding == "binary";
}

std::string_view without_x(std::string_view name)
{
    if (name.starts_with("x-")) name.remove_prefix(2);
    return name;
}

// Notes in the variant how well it matched.
bool type_matches(const Wish& wish, Variant& variant)
{
    if (wish.name.starts_with('*')) {
        variant.stars = std::max(variant.stars, 1);
        return true;
    }
    if (wish.name.size() >= 2 && wish.name.ends_with('*')
        && variant.type.starts_with(wish.name.substr(0, wish.name.size() - 2))) {
        variant.stars = std::max(variant.stars, 2);
        return true;
    }
    const bool is_same =
        wish.name == variant.type || (wish.name == "text/html" && variant.is_html());
    if (!is_same || wish.level < variant.level) return false;
    variant.level_matched = variant.level;
    variant.stars = 3;
    return true;
}

void weigh_type(const Client& client, Variant& variant)
{
    float quality = 0;
    bool is_definite = true;
    for (const Wish& wish : *client.types) {
        const int before = variant.stars;
        if (!type_matches(wish, variant) || before == variant.stars) continue;
        // Browsers that do not weigh anything mean their wildcards as a last resort.
        const bool is_helped = !client.is_taken_literally && !client.weighs_types;
        quality = is_helped && variant.stars == 1   ? 0.01F
                  : is_helped && variant.stars == 2 ? 0.02F
                                                    : wish.quality;
        is_definite = variant.stars == 3;
    }
    variant.type_quality = quality;
    variant.is_definite = variant.is_definite && is_definite;
}

void weigh_charset(const Client& client, Variant& variant)
{
    auto charset = variant.charset;
    if (!client.charsets) {
        if (!charset.empty()) variant.is_definite = false;
        return;
    }
    if (charset.empty()) {
        if (!is_text(variant) || client.is_taken_literally) return;
        charset = "iso-8859-1";
    }
    const Wish* star = nullptr;
    for (const Wish& wish : *client.charsets) {
        if (wish.name == charset) {
            variant.charset_quality = wish.quality;
            return;
        }
        if (wish.name == "*") star = &wish;
    }
    if (star) {
        variant.charset_quality = star->quality;
        variant.is_definite = false;
        return;
    }
    variant.charset_quality = charset == "iso-8859-1" ? 1.0F : 0.0F;
}

void weigh_encoding(const Client& client, Variant& variant)
{
    const bool is_plain = is_not_encoded(variant.encoding);
    if (!client.encodings) {
        variant.encoding_quality = is_plain ? 1.0F : 0.5F;
        return;
    }
    const auto encoding = without_x(is_plain ? "identity" : variant.encoding);
    const Wish* star = nullptr;
    for (const Wish& wish : *client.encodings) {
        if (without_x(wish.name) == encoding) {
            variant.encoding_quality = wish.quality;
            return;
        }
        if (wish.name == "*") star = &wish;
    }
    variant.encoding_quality = star ? star->quality : is_plain ? barely : 0.0F;
}

// "en" of a client fits "en" and "en-GB".
bool range_fits(std::string_view range, std::string_view language)
{
    return language.starts_with(range)
           && (language.size() == range.size() || language[range.size()] == '-');
}

float quality_of_languages(const Client& client, Variant& variant)
{
    const Wish* best = nullptr;
    const Wish* star = nullptr;
    bool fits_star = false;
    float last_resort = 0;
    for (const auto language : variant.languages) {
        const Wish* longest = nullptr;
        for (const Wish& wish : *client.languages) {
            if (wish.name == "*") {
                if (!star) star = &wish;
                continue;
            }
            if (range_fits(wish.name, language)
                && wish.name.size() > (longest ? longest->name.size() : 0)) {
                longest = &wish;
            }
            // Who asks for en-US only will read en, too.
            const size_t dash = wish.name.find('-');
            if (!longest && !client.is_taken_literally && dash != wish.name.npos
                && language.starts_with(wish.name.substr(0, dash))) {
                last_resort = 0.001F;
            }
        }
        if (!best || (longest && longest->quality > best->quality)) best = longest;
        if (!longest && star) fits_star = true;
    }
    if (fits_star && (!best || star->quality > best->quality)) {
        best = star;
        variant.is_definite = false;
    }
    return best ? best->quality : last_resort;
}

int place_in_priority(const Config& config, const Variant& variant)
{
    int best = -1;
    if (!config.language_priority) return best;
    const auto& priority = *config.language_priority;
    for (const auto language : variant.languages) {
        const auto found = std::ranges::find_if(
            priority, [&](const std::string& one) { return language.starts_with(one); });
        const int place = found == priority.end() ? -1 : static_cast<int>(found - priority.begin());
        if (place >= 0 && (best < 0 || place < best)) best = place;
    }
    return best;
}

void weigh_language(const Config& config, const Client& client, float without_language,
                    Variant& variant)
{
    if (variant.languages.empty()) {
        if (!client.is_taken_literally) variant.language_quality = without_language;
        return;
    }
    if (client.languages) {
        variant.language_quality = quality_of_languages(client, variant);
    } else {
        variant.is_definite = false;
    }
    const uint8_t force = config.force == 0 ? uint8_t{force_prefer} : config.force;
    const bool is_acceptable = variant.language_quality != 0;
    if (is_acceptable ? !(force & force_prefer) || variant.language_index >= 0
                      : !(force & force_fallback)) {
        return;
    }
    const int place = place_in_priority(config, variant);
    if (place < 0) return;
    variant.language_index = place;
    if (is_acceptable) return;
    variant.language_quality = barely;
    variant.is_definite = false;
}

// Above 0 when `a` is the better level of the same type.
int compare_levels(const Variant& a, const Variant& b)
{
    if (a.is_html() ? !b.is_html() : a.type != b.type) return 0;
    if (a.level_matched != b.level_matched) return a.level_matched > b.level_matched ? 1 : -1;
    if (a.level != b.level) return a.level < b.level ? 1 : -1;
    return 0;
}

bool is_other_charset(std::string_view charset)
{
    return !charset.empty() && charset != "iso-8859-1";
}

// How Apache ranks variants of equal quality. The order of the questions is the algorithm.
bool is_preferred(Variant& variant, Variant& best, Lengths& lengths)
{
    if (variant.language_quality != best.language_quality)
        return variant.language_quality > best.language_quality;
    if (variant.language_index != best.language_index) {
        if (variant.language_index < 0 || best.language_index < 0) return best.language_index < 0;
        return variant.language_index < best.language_index;
    }
    if (const int levels = compare_levels(variant, best); levels != 0) return levels > 0;
    if (variant.charset_quality != best.charset_quality)
        return variant.charset_quality > best.charset_quality;
    if (is_other_charset(variant.charset) && !is_other_charset(best.charset)) return true;
    if (variant.encoding_quality != best.encoding_quality)
        return variant.encoding_quality > best.encoding_quality;
    return lengths.of(variant) < lengths.of(best);
}

class Selector {
public:
    Selector(const Client& client, Lengths& lengths)
        : client_(client)
        , lengths_(lengths)
    {
    }
    void consider(Variant& variant)
    {
        if (client_.lets_choose && (client_.wants_rvsa ? wins_rvsa(variant) : wins(variant)))
            choice_.best = &variant;
    }
    Choice result()
    {
        choice_.is_certain =
            choice_.best && quality_ > 0 && (!client_.wants_rvsa || choice_.best->is_definite);
        return choice_;
    }

private:
    bool wins_rvsa(const Variant& variant)
    {
        if (variant.encoding_quality == 0) return false;
        const float quality = variant.type_quality * variant.source_quality
                              * variant.charset_quality * variant.language_quality;
        if (quality <= 0 || quality < quality_) return false;
        if (quality == quality_ && variant.encoding_quality <= choice_.best->encoding_quality)
            return false;
        quality_ = quality;
        return true;
    }
    bool wins(Variant& variant)
    {
        if (variant.encoding_quality == 0 || variant.language_quality == 0
            || variant.charset_quality == 0) {
            return false;
        }
        const float quality = variant.type_quality * variant.source_quality;
        if (quality == 0 || quality < quality_) return false;
        if (choice_.best && quality == quality_ && !is_preferred(variant, *choice_.best, lengths_))
            return false;
        quality_ = quality;
        return true;
    }

    const Client& client_;
    Lengths& lengths_;
    Choice choice_;
    float quality_ = 0;
};

bool is_discarded(const Client& client, const Variant& variant)
{
    if (is_not_encoded(variant.encoding) || variant.encoding == "identity") return false;
    return client.no_encodings
           || (client.only_html_encoded && !variant.type.starts_with("text/html"));
}

} // namespace

Choice choose(const Config& config, const Client& client, std::span<Variant> variants,
              Lengths& lengths)
{
    const bool has_languages = std::ranges::any_of(
        variants, [](const Variant& variant) { return !variant.languages.empty(); });
    const float without_language = has_languages && !client.is_taken_literally ? barely : 1.0F;
    const auto pass = [&](std::optional<std::string_view> preferred) {
        Selector selector(client, lengths);
        for (Variant& variant : variants) {
            if (is_discarded(client, variant)) continue;
            if (preferred
                && std::ranges::find(variant.languages, *preferred) == variant.languages.end())
                continue;
            weigh_type(client, variant);
            if (preferred) {
                variant.language_quality = 1;
                variant.is_definite = true;
            } else {
                weigh_language(config, client, without_language, variant);
            }
            weigh_encoding(client, variant);
            weigh_charset(client, variant);
            selector.consider(variant);
        }
        return selector.result();
    };
    if (client.preferred_language) {
        if (const Choice choice = pass(client.preferred_language); choice.is_certain) return choice;
    }
    return pass(std::nullopt);
}

} // namespace signet::mod_negotiation
