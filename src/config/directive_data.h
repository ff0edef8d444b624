// The tables apache-directives.tsv and apache-arity.tsv, compiled in (CMakeLists.txt makes the
// .cpp).
#pragma once
#include <string_view>

namespace signet::config {

[[nodiscard]] std::string_view directive_data();
[[nodiscard]] std::string_view arity_data();

} // namespace signet::config
