// What the client is told of the variants: Vary, Alternates, and the list on the pages of 300 and
// 406.   RFC 2295 §8
#pragma once
#include "modules/mod_negotiation/selection.h"

#include <span>
#include <string>
#include <string_view>

namespace signet::mod_negotiation {

// Percent-encodes what may not stand in one segment of a path.
[[nodiscard]] std::string escape_segment(std::string_view segment);

// The request fields in which the variants differ: "negotiate, accept-language", or "".
[[nodiscard]] std::string vary_of(std::span<const Variant> variants, bool is_transparent);
[[nodiscard]] std::string alternates_of(std::span<Variant> variants, Lengths& lengths);
[[nodiscard]] std::string html_list_of(std::span<const Variant> variants);

} // namespace signet::mod_negotiation
