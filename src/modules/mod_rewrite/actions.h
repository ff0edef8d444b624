// What rules do besides rewriting: E sets variables, CO cookies, T and H the type and handler.
#pragma once
#include "modules/mod_rewrite/context.h"

namespace signet::mod_rewrite {

void set_variables(const Rule& rule, Context& context);
void set_cookies(const Rule& rule, Context& context);
// For force_type, which runs when the file's own type is known.
void remember_type(const Rule& rule, Context& context);

} // namespace signet::mod_rewrite
