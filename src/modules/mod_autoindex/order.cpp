// The query of a listing, and the order of its entries.
#include "base/text.h"
#include "http/uri.h"
#include "modules/mod_autoindex/entries.h"
#include "modules/mod_autoindex/natural_order.h"

#include <algorithm>

namespace signet::mod_autoindex {
namespace {

using server::Request;

// "%5B" and the like; nothing when an escape is broken, or stands for a NUL or a slash.
std::optional<std::string> unescape(std::string_view text)
{
    std::string plain;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            plain += text[i];
            continue;
        }
        if (i + 2 >= text.size()) return std::nullopt;
        const int high = hex_digit(text[i + 1]);
        const int low = hex_digit(text[i + 2]);
        if (high < 0 || low < 0) return std::nullopt;
        const auto c = static_cast<char>(high * 16 + low);
        if (c == '\0' || c == '/') return std::nullopt;
        plain += c;
        i += 2;
    }
    return plain;
}

// Takes "C=N;O=D;F=2;V=1;P=*.txt" apart; what does not belong there ends it.
class Query {
public:
    explicit Query(View& view)
        : view_(view)
    {
    }

    void read(std::string_view rest, Arena& arena)
    {
        while (!rest.empty()) {
            const size_t end = std::min(rest.find_first_of("&;"), rest.size());
            const auto part = rest.substr(0, end);
            const bool is_pattern = part.starts_with("P=");
            if (is_pattern) {
                set_pattern(part.substr(2), arena);
            } else if (part.size() != 3 || part[1] != '=' || !set(part[0], part[2])) {
                break;
            }
            rest.remove_prefix(std::min(end + 1, rest.size()));
        }
        view_.arguments = format_ + versions_ + pattern_;
    }

private:
    bool set(char name, char value)
    {
        const auto is_one_of = [&](std::string_view values) {
            return values.find(value) != values.npos;
        };
        switch (name) {
        case 'C':
            if (is_one_of("NMSD")) view_.key = value;
            return is_one_of("NMSD");
        case 'O':
            if (is_one_of("AD")) view_.direction = value;
            return is_one_of("AD");
        case 'F':
            if (!is_one_of("012")) return false;
            view_.options &= ~(fancy_indexing | html_table);
            if (value != '0') view_.options |= fancy_indexing;
            if (value == '2') view_.options |= html_table;
            format_ = std::string(";F=") + value;
            return true;
        case 'V':
            if (!is_one_of("01")) return false;
            if (value == '1') {
                view_.options |= version_sort;
            } else {
                view_.options &= ~version_sort;
            }
            versions_ = std::string(";V=") + value;
            return true;
        default: return false;
        }
    }

    void set_pattern(std::string_view escaped, Arena& arena)
    {
        view_.pattern.clear();
        if (escaped.empty()) return;
        const auto plain = unescape(escaped);
        if (!plain) return;
        view_.pattern = *plain;
        auto again = http::escape_path(*plain, arena);
        if (again.starts_with("./") && !plain->starts_with("./")) again.remove_prefix(2);
        pattern_ = ";P=" + std::string(again);
    }

    View& view_;
    std::string format_, versions_, pattern_;
};

template <class Number> int compare_values(Number a, Number b)
{
    return a < b ? -1 : a > b ? 1 : 0;
}

int compare_folded(std::string_view a, std::string_view b)
{
    for (size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
        const auto x = static_cast<unsigned char>(to_lower(a[i]));
        const auto y = static_cast<unsigned char>(to_lower(b[i]));
        if (x != y) return x < y ? -1 : 1;
    }
    return compare_values(a.size(), b.size());
}

int compare_names(const Entry& a, const Entry& b, uint32_t options)
{
    const bool fold = options & ignore_case;
    int result = 0;
    if (options & version_sort) {
        result = compare_naturally(a.name, b.name, fold);
    } else if (fold) {
        result = compare_folded(a.name, b.name);
    }
    return result != 0 ? result : a.name.compare(b.name);
}

int compare(const Entry& a, const Entry& b, const View& view)
{
    int result = 0;
    switch (view.key) {
    case 'M': result = compare_values(a.modified_micros, b.modified_micros); break;
    case 'S': result = compare_values(a.size, b.size); break;
    case 'D':
        result = view.options & version_sort
                     ? compare_naturally(a.description, b.description, false)
                     : a.description.compare(b.description);
        break;
    default: break;
    }
    return result != 0 ? result : compare_names(a, b, view.options);
}

} // namespace

View view_of(const Config& config, const Request& request)
{
    View view{.options = config.options};
    if (config.key) view.key = config.key;
    if (config.direction) view.direction = config.direction;
    if (view.options & ignore_client) {
        view.options |= suppress_column_sorting;
    } else if (request.query) {
        Query(view).read(*request.query, request.arena);
    }
    return view;
}

void sort_entries(std::vector<Entry>& entries, const View& view)
{
    // Stable, because the order of versions is not transitive for every set of names: other
    // algorithms may leave the array then.
    const auto is_before = [&](const Entry& a, const Entry& b) {
        const bool a_is_parent = a.name.starts_with('/');
        const bool b_is_parent = b.name.starts_with('/');
        if (a_is_parent || b_is_parent) return a_is_parent && !b_is_parent;
        if (a.is_folder != b.is_folder) return a.is_folder;
        return view.direction == 'A' ? compare(a, b, view) < 0 : compare(b, a, view) < 0;
    };
    std::ranges::stable_sort(entries, is_before);
}

} // namespace signet::mod_autoindex
