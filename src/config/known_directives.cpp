#include "config/known_directives.h"

#include "base/result.h"
#include "base/text.h"
#include "config/directive_data.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace signet::config {
namespace {

struct Table {
    std::vector<KnownDirective> rows;
    CaseInsensitiveMap<const KnownDirective*> by_name;
};

// The fields of the next line, which is taken off `rest`.
std::vector<std::string_view> take_row(std::string_view& rest)
{
    const size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    return line.empty() ? std::vector<std::string_view>{} : split(line, '\t');
}

uint8_t parse_allowed(std::string_view text)
{
    int bits = 0;
    for (const auto context : split(text, ',')) {
        if (context == "server config") bits |= in_server;
        if (context == "virtual host") bits |= in_vhost;
        if (context == "directory" || context == "proxy section") bits |= in_directory;
        if (context == ".htaccess") bits |= in_htaccess;
    }
    return static_cast<uint8_t>(bits);
}

uint8_t parse_overrides(std::string_view text)
{
    int bits = 0;
    for (const auto name : split(text, ',')) {
        if (name == "AuthConfig") bits |= override_auth_config;
        if (name == "FileInfo") bits |= override_file_info;
        if (name == "Indexes") bits |= override_indexes;
        if (name == "Limit") bits |= override_limit;
        if (name == "Options") bits |= override_options;
        if (name == "All") bits |= override_all;
    }
    return static_cast<uint8_t>(bits);
}

struct Arity {
    std::string_view name;
    Takes takes;
    int min_words;
    int max_words;
};

constexpr std::array arities = {
    Arity{"none", Takes::none, 0, 0},
    Arity{"one", Takes::one, 1, 1},
    Arity{"two", Takes::two, 2, 2},
    Arity{"three", Takes::three, 3, 3},
    Arity{"one_or_two", Takes::one_or_two, 1, 2},
    Arity{"one_or_three", Takes::one_or_three, 1, 3},
    Arity{"two_or_three", Takes::two_or_three, 2, 3},
    Arity{"one_to_three", Takes::one_to_three, 1, 3},
    Arity{"iterate", Takes::iterate, 1, -1},
    Arity{"iterate_two", Takes::iterate_two, 2, -1},
    Arity{"flag", Takes::flag, 1, -1},
};

// Apache's containers read their raw arguments themselves. Those that take nothing have no word
// before "> …" in their syntax; those below take exactly one (a second only after ~).
void set_container_arity(KnownDirective& row)
{
    static constexpr std::array takes_one = {
        "Directory", "DirectoryMatch", "Files",      "FilesMatch",
        "Location",  "LocationMatch",  "ProxyMatch",
    };
    static constexpr std::array may_be_empty = {"Proxy", "ProxyMatch", "MDomainSet", "Macro"};
    const std::string_view opening = row.syntax.substr(0, row.syntax.find('>'));
    const bool takes_nothing = opening.find(' ') == std::string_view::npos;
    const bool is_lenient = std::ranges::find(may_be_empty, row.name) != may_be_empty.end();
    row.min_words = takes_nothing || is_lenient ? 0 : 1;
    row.max_words = takes_nothing ? 0 : -1;
    if (std::ranges::find(takes_one, row.name) != takes_one.end()) row.max_words = 1;
}

KnownDirective parse_row(const std::vector<std::string_view>& fields)
{
    KnownDirective row{.name = fields[1],
                       .module = fields[0],
                       .syntax = fields[2],
                       .default_value = fields[3],
                       .allowed = parse_allowed(fields[4]),
                       .overrides = parse_overrides(fields[5]),
                       .is_section = fields[1].starts_with('<'),
                       .max_words = -1};
    if (row.is_section) {
        row.name = row.name.substr(1, row.name.find('>') - 1);
        set_container_arity(row);
    }
    row.message_name = row.name;
    return row;
}

Table load()
{
    Table table;
    std::string_view rest = directive_data();
    take_row(rest);
    while (!rest.empty()) {
        const auto fields = take_row(rest);
        if (fields.size() < 6) continue;
        table.rows.push_back(parse_row(fields));
    }
    CaseInsensitiveMap<KnownDirective*> writable;
    for (auto& row : table.rows) writable.emplace(row.name, &row);

    rest = arity_data();
    take_row(rest);
    while (!rest.empty()) {
        const auto fields = take_row(rest);
        if (fields.size() < 2) continue;
        const auto found = writable.find(fields[0]);
        const auto arity = std::ranges::find(arities, fields[1], &Arity::name);
        if (found == writable.end() || arity == arities.end()) {
            impossible("apache-arity.tsv names an unknown directive or arity");
        }
        KnownDirective& row = *found->second;
        row.takes = arity->takes;
        row.min_words = arity->min_words;
        row.max_words = arity->max_words;
        row.message_name = fields[0];
    }
    for (const auto& row : table.rows) table.by_name.emplace(row.name, &row);
    return table;
}

const Table& table()
{
    static const Table loaded = load();
    return loaded;
}

} // namespace

std::span<const KnownDirective> known_directives()
{
    return table().rows;
}

const KnownDirective* find_known_directive(std::string_view name)
{
    const auto found = table().by_name.find(name);
    return found == table().by_name.end() ? nullptr : found->second;
}

std::string_view nearest_directive(std::string_view name)
{
    // One edit in three letters is still the same word to a reader; more is another word.
    const size_t limit = std::min<size_t>(4, name.size() / 3);
    if (name.size() > 64 || limit == 0) return {};
    std::string_view best;
    size_t best_distance = limit + 1;
    for (const auto& row : known_directives()) {
        const size_t difference = row.name.size() > name.size() ? row.name.size() - name.size()
                                                                : name.size() - row.name.size();
        if (difference >= best_distance) continue;
        const size_t distance = edit_distance(name, row.name);
        if (distance < best_distance) {
            best = row.name;
            best_distance = distance;
        }
    }
    return best;
}

} // namespace signet::config
