// Merging, and which label fits a file.
#include "modules/mod_autoindex/config.h"

#include "base/text.h"
#include "config/fnmatch.h"

namespace signet::mod_autoindex {
namespace {

template <class T> std::vector<T> joined(const std::vector<T>& first, const std::vector<T>& then)
{
    std::vector<T> all = first;
    all.insert(all.end(), then.begin(), then.end());
    return all;
}

// What is given with a sign changes what outer sections say; what is given without one replaces
// it, and (as in Apache) leaves the signed ones beside it without effect.
void merge_options(Config& merged, const Config& outer, const Config& inner)
{
    if (inner.options & no_options) {
        merged.options = no_options;
        return;
    }
    if (inner.options != 0) {
        merged.options = inner.options;
        return;
    }
    merged.added = (outer.added | inner.added) & ~inner.removed;
    merged.removed = outer.removed | inner.removed;
    merged.options = ((outer.options & ~no_options) | merged.added) & ~merged.removed;
}

std::string_view last_part(std::string_view path)
{
    return path.substr(path.rfind('/') + 1); // npos + 1 is 0
}

} // namespace

Config merge(const Config& outer, const Config& inner)
{
    const auto choose = [](const auto& first, const auto& second) {
        return first ? first : second;
    };
    Config merged;
    merged.default_icon = choose(inner.default_icon, outer.default_icon);
    merged.style_sheet = choose(inner.style_sheet, outer.style_sheet);
    merged.head_insert = choose(inner.head_insert, outer.head_insert);
    merged.content_type = choose(inner.content_type, outer.content_type);
    merged.charset = choose(inner.charset, outer.charset);
    merged.icon_width = choose(inner.icon_width, outer.icon_width);
    merged.icon_height = choose(inner.icon_height, outer.icon_height);
    merged.key = choose(inner.key, outer.key);
    merged.direction = choose(inner.direction, outer.direction);
    merged.icons = joined(inner.icons, outer.icons);
    merged.alternatives = joined(inner.alternatives, outer.alternatives);
    merged.headers = joined(inner.headers, outer.headers);
    merged.readmes = joined(inner.readmes, outer.readmes);
    merged.descriptions = joined(inner.descriptions, outer.descriptions);
    merged.ignored =
        inner.ignores_anew.value_or(false) ? inner.ignored : joined(inner.ignored, outer.ignored);
    merge_options(merged, outer, inner);
    const auto unset = Width::Kind::unset;
    merged.name_width = inner.name_width.kind == unset ? outer.name_width : inner.name_width;
    merged.description_width =
        inner.description_width.kind == unset ? outer.description_width : inner.description_width;
    merged.loaded = outer.loaded || inner.loaded;
    return merged;
}

// Goes back to the last star only: what stands before it has been found already.
bool fits(std::string_view text, std::string_view pattern, bool fold_case)
{
    size_t at = 0;
    size_t in_pattern = 0;
    size_t star = pattern.npos;
    size_t after_star = 0;
    const auto same = [&](char a, char b) {
        return a == b || (fold_case && to_lower(a) == to_lower(b));
    };
    while (at < text.size()) {
        if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
            star = in_pattern++;
            after_star = at;
        } else if (in_pattern < pattern.size()
                   && (pattern[in_pattern] == '?' || same(text[at], pattern[in_pattern]))) {
            ++in_pattern;
            ++at;
        } else if (star != pattern.npos) {
            in_pattern = star + 1;
            at = ++after_star;
        } else {
            return false;
        }
    }
    return pattern.find_first_not_of('*', in_pattern) == pattern.npos;
}

const std::string* find_label(const Labels& labels, const Labelled& file)
{
    const bool is_special = file.path.starts_with('^');
    for (const Label& label : labels) {
        if (!is_special && !fits(file.path, label.place)) continue;
        if (label.pattern.empty()) return &label.text;
        bool found = false;
        if (label.by == Label::By::path || is_special) {
            found = fits(file.path, label.pattern);
        } else if (file.by_path_only) {
            continue;
        } else if (!file.encoding.empty()) {
            found = label.by == Label::By::encoding && fits(file.encoding, label.pattern, true);
        } else {
            found = label.by == Label::By::type && !file.type.empty()
                    && fits(file.type, label.pattern, true);
        }
        if (found) return &label.text;
    }
    return nullptr;
}

const std::string* find_description(const Config& config, std::string_view path)
{
    const auto name = last_part(path);
    for (const Description& description : config.descriptions) {
        const auto subject = description.whole_path ? path : name;
        const bool found = description.wildcards
                               ? config::glob_matches(description.pattern, subject)
                               : subject.find(description.pattern) != subject.npos;
        if (found) return &description.text;
    }
    return nullptr;
}

bool is_ignored(const Config& config, std::string_view path)
{
    const auto name = last_part(path);
    for (const Label& label : config.ignored) {
        if (fits(path, label.place) && fits(name, last_part(label.pattern))) return true;
    }
    return false;
}

} // namespace signet::mod_autoindex
