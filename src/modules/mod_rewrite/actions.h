// What rules do besides rewriting: E sets variables, CO cookies, T and H the type and handler.
#pragma once
#include "modules/mod_rewrite/context.h"
#include "server/phases.h"

namespace signet::mod_rewrite {

void set_variables(const Rule& rule, Context& context);
void set_cookies(const Rule& rule, Context& context);
// For force_type, which runs when the file's own type is known.
void remember_type(const Rule& rule, Context& context);
// For P where there is no proxy: Apache's line, under its number for this place, and 403.
[[nodiscard]] server::Outcome refuse_proxy(server::Request& request, std::string_view apache_id);

} // namespace signet::mod_rewrite
