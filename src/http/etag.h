// Entity tags and lists of them, read as leniently and as strictly as Apache does.   RFC 9110
// §8.8.3
#pragma once
#include <string_view>

namespace signet::http {

[[nodiscard]] constexpr bool is_weak_tag(std::string_view tag)
{
    return tag.starts_with("W/");
}

// Both strong and equal byte by byte.
[[nodiscard]] bool tags_match_strongly(std::string_view a, std::string_view b);
// Equal but for W/.
[[nodiscard]] bool tags_match_weakly(std::string_view a, std::string_view b);

enum class TagMatch : unsigned char { strong, weak };

// True when a list like `"a", W/"b"` holds the tag. `*` is no tag: see is_any_tag.
// Apache gives up at the first element that is no tag, and in a strong search at the first weak
// one, so `W/"x", "y"` does not strongly hold "y".
[[nodiscard]] bool list_holds_tag(std::string_view list, std::string_view tag, TagMatch how);

// Apache takes a list for `*` by its first character.
[[nodiscard]] constexpr bool is_any_tag(std::string_view list)
{
    return list.starts_with('*');
}

} // namespace signet::http
