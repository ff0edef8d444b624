// The order people expect of names with numbers in them: "a2" before "a10" (VersionSort).
#pragma once
#include <string_view>

namespace signet::mod_autoindex {

// Below, equal to or above 0, as apr_strnatcmp: runs of digits compare by value, or as fractions
// when one of them begins with a zero; white space does not count.
[[nodiscard]] int compare_naturally(std::string_view a, std::string_view b, bool fold_case);

} // namespace signet::mod_autoindex
