// %{NAME} in rules: mod_rewrite's own list, which differs from that of expressions.
#pragma once
#include "modules/mod_rewrite/context.h"

#include <string>
#include <string_view>

namespace signet::mod_rewrite {

[[nodiscard]] std::string look_up_variable(std::string_view name, Context& context);

} // namespace signet::mod_rewrite
