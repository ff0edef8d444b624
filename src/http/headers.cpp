#include "http/headers.h"

#include "base/text.h"
#include "http/token.h"

#include <algorithm>

namespace signet::http {

namespace {

// Lengths differ for most pairs, so they are compared before any byte is touched.
bool same_name(std::string_view a, std::string_view b)
{
    return a.size() == b.size() && iequals(a, b);
}

} // namespace

void Headers::set(std::string_view name, std::string_view value)
{
    auto first = std::ranges::find_if(
        fields_, [&](const Field& field) { return same_name(field.name, name); });
    if (first == fields_.end()) return add(name, value);
    *first = {name, value};
    fields_.erase(std::remove_if(first + 1, fields_.end(),
                                 [&](const Field& field) { return same_name(field.name, name); }),
                  fields_.end());
}

size_t Headers::remove(std::string_view name)
{
    return std::erase_if(fields_, [&](const Field& field) { return same_name(field.name, name); });
}

std::optional<std::string_view> Headers::find(std::string_view name) const
{
    for (const Field& field : fields_) {
        if (same_name(field.name, name)) return field.value;
    }
    return std::nullopt;
}

size_t Headers::count(std::string_view name) const
{
    return static_cast<size_t>(std::ranges::count_if(
        fields_, [&](const Field& field) { return same_name(field.name, name); }));
}

bool Headers::has_token(std::string_view name, std::string_view token) const
{
    return std::ranges::any_of(fields_, [&](const Field& field) {
        return same_name(field.name, name) && list_has_token(field.value, token);
    });
}

} // namespace signet::http
