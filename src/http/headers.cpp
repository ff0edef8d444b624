#include "http/headers.h"

#include "base/text.h"
#include "http/token.h"

#include <algorithm>
#include <cstdint>

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

void Headers::join_repeated(Arena& arena)
{
    // A bit per length and first letter: a name whose bit is new cannot have come before.
    uint64_t seen = 0;
    for (size_t i = 0; i < fields_.size();) {
        const auto name = fields_[i].name;
        const auto first = static_cast<unsigned char>(name.empty() ? 0 : name.front() | 0x20);
        const uint64_t bit = uint64_t{1} << ((name.size() * 7 + first) & 63U);
        const bool may_repeat = (seen & bit) != 0;
        seen |= bit;
        ++i;
        if (!may_repeat) continue;
        const auto end = fields_.begin() + static_cast<std::ptrdiff_t>(i - 1);
        const auto before = std::find_if(
            fields_.begin(), end, [&](const Field& field) { return same_name(field.name, name); });
        if (before == end) continue;
        before->value = arena.join(before->value, ", ", end->value);
        fields_.erase(end);
        --i;
    }
}

} // namespace signet::http
