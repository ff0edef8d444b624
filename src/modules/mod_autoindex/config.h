// What mod_autoindex's directives say, and the questions a listing asks of them.
#pragma once
#include "server/words.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signet::mod_autoindex {

// IndexOptions without a value.
enum IndexOption : uint32_t {
    no_options = 1U << 0, // "None"
    fancy_indexing = 1U << 1,
    html_table = 1U << 2,
    icons_are_links = 1U << 3,
    scan_html_titles = 1U << 4,
    suppress_icon = 1U << 5,
    suppress_last_modified = 1U << 6,
    suppress_size = 1U << 7,
    suppress_description = 1U << 8,
    suppress_preamble = 1U << 9,
    suppress_column_sorting = 1U << 10,
    suppress_rules = 1U << 11,
    folders_first = 1U << 12,
    version_sort = 1U << 13,
    track_modified = 1U << 14,
    ignore_client = 1U << 15,
    ignore_case = 1U << 16,
    xhtml = 1U << 17,
    show_forbidden = 1U << 18,
    add_alt_class = 1U << 19,
    old_date_format = 1U << 20,
};

// NameWidth, DescriptionWidth.
struct Width {
    enum class Kind : uint8_t { unset, fixed, widest };
    size_t bytes = 23;
    Kind kind = Kind::unset;
};

// An icon, an alternative text, a name to hide, a header or a readme: for which files, and what.
struct Label {
    enum class By : uint8_t { path, type, encoding, nothing };
    By by = By::nothing;
    std::string place;   // of the section it stands in, with a star: "/srv/www/*"
    std::string pattern; // stars and question marks; "" fits everything
    std::string text;
};
using Labels = std::vector<Label>;

struct Description {
    std::string pattern;
    std::string text;
    bool whole_path = false; // the pattern has a slash
    bool wildcards = false;  // else the pattern is a part of the name
};

struct Config {
    std::optional<std::string> default_icon, style_sheet, head_insert, content_type, charset;
    uint32_t options = 0;            // given without a sign
    uint32_t added = 0, removed = 0; // given with + or -, for merging
    Width name_width, description_width;
    int icon_width = 0, icon_height = 0; // 0: not told
    char key = 0;                        // IndexOrderDefault: N, M, S or D
    char direction = 0;                  // A or D
    Labels icons, alternatives, ignored, headers, readmes;
    std::vector<Description> descriptions;
    std::optional<bool> ignores_anew; // IndexIgnoreReset
    bool loaded = false;              // LoadModule names this module
};

[[nodiscard]] Config merge(const Config& outer, const Config& inner);

// Whether the text fits a pattern of stars and question marks.
[[nodiscard]] bool fits(std::string_view text, std::string_view pattern, bool fold_case = false);

// A file as labels see it.
struct Labelled {
    std::string_view path;       // or "^^DIRECTORY^^", "^^BLANKICON^^"
    std::string_view type{};     // without parameters
    std::string_view encoding{}; // "": none
    bool by_path_only = false;
};
// The text of the first label that fits, or nullptr.
[[nodiscard]] const std::string* find_label(const Labels& labels, const Labelled& file);
[[nodiscard]] const std::string* find_description(const Config& config, std::string_view path);
// IndexIgnore.
[[nodiscard]] bool is_ignored(const Config& config, std::string_view path);

} // namespace signet::mod_autoindex
