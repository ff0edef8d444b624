// Reads RewriteRule and RewriteCond: three words, of which the last lists flags.
#pragma once
#include "base/result.h"
#include "config/expression.h"
#include "modules/mod_rewrite/rules.h"

#include <string>
#include <string_view>

namespace signet::mod_rewrite {

// Errors carry Apache's text.
[[nodiscard]] Result<Rule> parse_rule(std::string_view line);

struct ParsedCondition {
    Condition condition;
    bool ignored_case_flag = false; // NC on a test that compares no text
};
[[nodiscard]] Result<ParsedCondition> parse_condition(std::string_view line,
                                                      config::ExpressionRules rules);

} // namespace signet::mod_rewrite
