#include "modules/mod_autoindex/directives.h"

#include "base/text.h"
#include "config/fnmatch.h"

#include <cstdlib>

namespace signet::mod_autoindex {
namespace {

using config::allowed_everywhere, config::override_indexes;
using server::Takes, server::Words;

constexpr int bad_option = 713;
constexpr int bad_order = 714;
constexpr int bad_icon = 715;

// Apache's words for what a directory is called in AddIcon and AddAlt.
constexpr std::string_view directory_mark = "^^DIRECTORY^^";

std::string place_of(const Words& words)
{
    // Apache forgets the directory inside of an <If>, and puts this in its place.
    if (words.place().section == server::SectionKind::condition) return "*If*";
    return words.place().path + "*";
}

Label make_label(const Words& words, Label::By by, const std::string& subject, std::string text)
{
    Label label{.by = by, .place = place_of(words), .pattern = subject, .text = std::move(text)};
    if (by == Label::By::encoding) label.pattern = lowercase(subject);
    if (by != Label::By::path) return label;
    if (subject == "**DIRECTORY**") label.pattern = directory_mark;
    if (label.pattern.find_first_of("*?") == label.pattern.npos) {
        label.pattern.insert(0, 1, '*');
    }
    return label;
}

template <Label::By by> Result<void> add_alternative(Config& config, const Words& words)
{
    for (size_t i = 1; i < words.size(); ++i) {
        config.alternatives.push_back(make_label(words, by, words[i], words[0]));
    }
    return {};
}

// AddIcon (TXT,/icons/text.png) .txt: the alternative text and the icon.
template <Label::By by> Result<void> add_icon(Config& config, const Words& words)
{
    std::string icon = words[0];
    std::optional<std::string> alternative;
    if (icon.starts_with('(')) {
        const size_t end = icon.find(')');
        if (end == icon.npos) {
            return words.refuse(bad_icon, "missing closing paren", "(text,icon)",
                                words.name() + " (TXT,/icons/text.png) .txt");
        }
        icon.resize(end);
        const size_t comma = icon.find(',');
        alternative = icon.substr(1, comma == icon.npos ? comma : comma - 1);
        const size_t start = icon.find_first_not_of(',', comma);
        icon = comma == icon.npos || start == icon.npos ? "" : icon.substr(start);
    }
    for (size_t i = 1; i < words.size(); ++i) {
        if (alternative) {
            config.alternatives.push_back(make_label(words, by, words[i], *alternative));
        }
        config.icons.push_back(make_label(words, by, words[i], icon));
    }
    return {};
}

Result<void> add_description(Config& config, const Words& words)
{
    for (size_t i = 1; i < words.size(); ++i) {
        Description description{.pattern = words[i],
                                .text = words[0],
                                .whole_path = words[i].find('/') != std::string::npos};
        description.wildcards =
            description.whole_path || config::has_wildcards(description.pattern);
        if (description.wildcards) {
            description.pattern = (description.whole_path ? "*/" : "*") + description.pattern + "*";
        }
        config.descriptions.push_back(std::move(description));
    }
    return {};
}

Result<void> index_ignore(Config& config, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) {
        config.ignored.push_back(make_label(words, Label::By::nothing, words[i], ""));
    }
    return {};
}

Result<void> index_ignore_reset(Config& config, const Words& words)
{
    config.ignores_anew = words.on();
    return {};
}

template <Labels Config::*labels> Result<void> add_fragment(Config& config, const Words& words)
{
    (config.*labels).push_back(make_label(words, Label::By::nothing, "", words[0]));
    return {};
}

template <std::optional<std::string> Config::*setting>
Result<void> set_text(Config& config, const Words& words)
{
    config.*setting = words[0];
    return {};
}

Result<void> index_order_default(Config& config, const Words& words)
{
    if (iequals(words[0], "Ascending")) {
        config.direction = 'A';
    } else if (iequals(words[0], "Descending")) {
        config.direction = 'D';
    } else {
        return words.refuse(bad_order, "First keyword must be 'Ascending' or 'Descending'",
                            "Ascending or Descending", "IndexOrderDefault Descending Date");
    }
    struct Key {
        std::string_view name;
        char letter;
    };
    static constexpr Key keys[] = {
        {"Name", 'N'}, {"Date", 'M'}, {"Size", 'S'}, {"Description", 'D'}};
    for (const auto& [name, letter] : keys) {
        if (!iequals(words[1], name)) continue;
        config.key = letter;
        return {};
    }
    return words.refuse(bad_order,
                        "Second keyword must be 'Name', 'Date', 'Size', or 'Description'",
                        "Name, Date, Size or Description", "IndexOrderDefault Descending Date");
}

// IndexOptions.

struct Flag {
    std::string_view name;
    IndexOption bit;
};
constexpr Flag flags[] = {
    {"FancyIndexing", fancy_indexing},
    {"FoldersFirst", folders_first},
    {"HTMLTable", html_table},
    {"IconsAreLinks", icons_are_links},
    {"IgnoreCase", ignore_case},
    {"IgnoreClient", ignore_client},
    {"ScanHTMLTitles", scan_html_titles},
    {"SuppressColumnSorting", suppress_column_sorting},
    {"SuppressDescription", suppress_description},
    {"SuppressHTMLPreamble", suppress_preamble},
    {"SuppressIcon", suppress_icon},
    {"SuppressLastModified", suppress_last_modified},
    {"SuppressSize", suppress_size},
    {"SuppressRules", suppress_rules},
    {"TrackModified", track_modified},
    {"VersionSort", version_sort},
    {"XHTML", xhtml},
    {"ShowForbidden", show_forbidden},
    {"AddAltClass", add_alt_class},
    {"UseOldDateFormat", old_date_format},
};

// One word: its sign, its name, and what stands behind "=".
struct Option {
    char sign = 0;
    std::string_view name;
    std::optional<std::string_view> value{};
};

Option parse_option(std::string_view word)
{
    Option option{.name = word};
    if (word.starts_with('+') || word.starts_with('-')) {
        option.sign = word[0];
        option.name.remove_prefix(1);
    }
    const size_t equals = option.name.find('=');
    if (equals == option.name.npos) return option;
    option.value = option.name.substr(equals + 1);
    option.name = option.name.substr(0, equals);
    return option;
}

std::unexpected<Error> refuse(const Words& words, std::string message)
{
    return words.refuse(bad_option, std::move(message), "options of mod_autoindex's manual page",
                        "IndexOptions FancyIndexing HTMLTable VersionSort");
}

int number_of(std::string_view text)
{
    return std::atoi(std::string(text).c_str());
}

Result<void> set_icon_size(int& size, const Option& option, int usual, const Words& words)
{
    if (!option.value) {
        size = option.sign == '-' ? 0 : usual;
        return {};
    }
    if (option.sign == '-') {
        return refuse(words, "Cannot combine '-' with "
                                 + std::string(usual == 20 ? "IconWidth" : "IconHeight") + "=n");
    }
    size = number_of(*option.value);
    return {};
}

Result<void> set_width(Width& width, const Option& option, std::string_view name, int least,
                       const Words& words)
{
    if (!option.value) {
        if (option.sign != '-') {
            return refuse(words, std::string(name) + " with no value may only appear as '-"
                                     + std::string(name) + "'");
        }
        width = {.kind = Width::Kind::fixed};
        return {};
    }
    if (option.sign == '-') {
        return refuse(words, "Cannot combine '-' with " + std::string(name) + "=n");
    }
    if (option.value->starts_with('*')) {
        width.kind = Width::Kind::widest;
        return {};
    }
    const int bytes = number_of(*option.value);
    if (bytes != 0 && bytes < least) {
        return refuse(words,
                      std::string(name) + " value must be greater than " + std::to_string(least));
    }
    width = {.bytes = static_cast<size_t>(bytes), .kind = Width::Kind::fixed};
    return {};
}

// Options that are not bits. True when the word was one of them.
Result<bool> set_valued(Config& config, const Option& option, const Words& words)
{
    const auto done = [](Result<void> result) -> Result<bool> {
        if (!result) return std::unexpected(std::move(result.error()));
        return true;
    };
    if (iequals(option.name, "IconWidth"))
        return done(set_icon_size(config.icon_width, option, 20, words));
    if (iequals(option.name, "IconHeight"))
        return done(set_icon_size(config.icon_height, option, 22, words));
    if (iequals(option.name, "NameWidth"))
        return done(set_width(config.name_width, option, "NameWidth", 5, words));
    if (iequals(option.name, "DescriptionWidth"))
        return done(set_width(config.description_width, option, "DescriptionWidth", 12, words));
    if (option.value && iequals(option.name, "Type")) {
        config.content_type = *option.value;
        return true;
    }
    if (option.value && iequals(option.name, "Charset")) {
        config.charset = *option.value;
        return true;
    }
    return false;
}

Result<uint32_t> parse_flag(Config& config, const Option& option, const Words& words)
{
    if (!option.value) {
        for (const auto& [name, bit] : flags) {
            if (iequals(option.name, name)) return bit;
        }
    }
    const auto valued = set_valued(config, option, words);
    if (!valued) return std::unexpected(valued.error());
    if (!*valued) return refuse(words, "Invalid directory indexing option");
    return 0;
}

// A word without a sign forgets the signed ones before it, also one with a value.
void enter(Config& config, char sign, uint32_t bit)
{
    switch (sign) {
    case '+':
        config.added |= bit;
        config.removed &= ~bit;
        return;
    case '-':
        config.removed |= bit;
        config.added &= ~bit;
        return;
    default: config.options |= bit; config.added = config.removed = 0;
    }
}

Result<void> index_options(Config& config, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) {
        const Option option = parse_option(words[i]);
        if (iequals(option.name, "None") && !option.value) {
            if (option.sign != 0) {
                return refuse(words, "Cannot combine '+' or '-' with 'None' keyword");
            }
            config.options = no_options;
            config.added = config.removed = 0;
            continue;
        }
        const auto bit = parse_flag(config, option, words);
        if (!bit) return std::unexpected(bit.error());
        enter(config, option.sign, *bit);
    }
    if ((config.options & no_options) && (config.options & ~no_options)) {
        return refuse(words, "Cannot combine other IndexOptions keywords with 'None'");
    }
    return {};
}

using By = Label::By;
using D = server::Directive<Config>;
constexpr uint8_t everywhere = allowed_everywhere;
constexpr auto icon_help = "an icon URL followed by one or more filenames";
constexpr auto alt_help = "alternate descriptive text followed by one or more filenames";

constexpr D table[] = {
    {"AddIcon", Takes::iterate_two, add_icon<By::path>, everywhere, override_indexes, icon_help},
    {"AddIconByType", Takes::iterate_two, add_icon<By::type>, everywhere, override_indexes,
     "an icon URL followed by one or more media types"},
    {"AddIconByEncoding", Takes::iterate_two, add_icon<By::encoding>, everywhere, override_indexes,
     "an icon URL followed by one or more content encodings"},
    {"AddAlt", Takes::iterate_two, add_alternative<By::path>, everywhere, override_indexes,
     alt_help},
    {"AddAltByType", Takes::iterate_two, add_alternative<By::type>, everywhere, override_indexes,
     "alternate descriptive text followed by one or more media types"},
    {"AddAltByEncoding", Takes::iterate_two, add_alternative<By::encoding>, everywhere,
     override_indexes, "alternate descriptive text followed by one or more content encodings"},
    {"AddDescription", Takes::iterate_two, add_description, everywhere, override_indexes,
     "descriptive text followed by one or more filenames"},
    {"DefaultIcon", Takes::one, set_text<&Config::default_icon>, everywhere, override_indexes,
     "an icon URL"},
    {"HeaderName", Takes::one, add_fragment<&Config::headers>, everywhere, override_indexes,
     "a filename or URL-path"},
    {"ReadmeName", Takes::one, add_fragment<&Config::readmes>, everywhere, override_indexes,
     "a filename or URL-path"},
    {"IndexHeadInsert", Takes::one, set_text<&Config::head_insert>, everywhere, override_indexes,
     "markup for the head of the page"},
    {"IndexIgnore", Takes::iterate, index_ignore, everywhere, override_indexes,
     "names that are not listed, with * and ?"},
    {"IndexIgnoreReset", Takes::flag, index_ignore_reset, everywhere, override_indexes,
     "On or Off"},
    {"IndexOptions", Takes::raw, index_options, everywhere, override_indexes,
     "one or more index options"},
    {"IndexOrderDefault", Takes::two, index_order_default, everywhere, override_indexes,
     "{Ascending,Descending} {Name,Size,Description,Date}"},
    {"IndexStyleSheet", Takes::one, set_text<&Config::style_sheet>, everywhere, override_indexes,
     "the URL-path of a style sheet"},
};

} // namespace

std::span<const server::Directive<Config>> directives()
{
    return table;
}

} // namespace signet::mod_autoindex
