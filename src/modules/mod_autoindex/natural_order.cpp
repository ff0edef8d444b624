#include "modules/mod_autoindex/natural_order.h"

#include "base/text.h"

namespace signet::mod_autoindex {
namespace {

std::string_view digits_at(std::string_view text, size_t at)
{
    size_t end = at;
    while (end < text.size() && is_digit(text[end])) ++end;
    return text.substr(at, end - at);
}

// By value: the longer run is the greater number; of equal length, the first difference decides.
int compare_numbers(std::string_view a, std::string_view b)
{
    if (a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
    return a.compare(b);
}

// After a decimal point: the first difference decides, then the length.
int compare_fractions(std::string_view a, std::string_view b)
{
    return a.compare(b);
}

size_t skip_spaces(std::string_view text, size_t at)
{
    while (at < text.size() && is_space(text[at])) ++at;
    return at;
}

char upper(char c)
{
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
}

} // namespace

int compare_naturally(std::string_view a, std::string_view b, bool fold_case)
{
    size_t i = 0;
    size_t j = 0;
    while (true) {
        i = skip_spaces(a, i);
        j = skip_spaces(b, j);
        char x = i < a.size() ? a[i] : '\0';
        char y = j < b.size() ? b[j] : '\0';
        if (is_digit(x) && is_digit(y)) {
            const auto left = digits_at(a, i);
            const auto right = digits_at(b, j);
            const int result = x == '0' || y == '0' ? compare_fractions(left, right)
                                                    : compare_numbers(left, right);
            if (result != 0) return result;
            i += left.size();
            j += right.size();
            continue;
        }
        if (i >= a.size() && j >= b.size()) return 0;
        if (fold_case) {
            x = upper(x);
            y = upper(y);
        }
        if (x != y) return x < y ? -1 : 1;
        ++i;
        ++j;
    }
}

} // namespace signet::mod_autoindex
