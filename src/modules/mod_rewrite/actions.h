// What rules do besides rewriting: E sets variables, CO cookies, T and H the type and handler.
#pragma once
#include "modules/mod_rewrite/context.h"
#include "server/phases.h"

namespace signet::mod_rewrite {

void set_variables(const Rule& rule, Context& context);
void set_cookies(const Rule& rule, Context& context);
// For force_type, which runs when the file's own type is known.
void remember_type(const Rule& rule, Context& context);
// For P: what the filename names is another server's. Where mod_proxy is not loaded: Apache's line,
// under its number for this place, and 403. `as_it_is`: NE, the URL is not escaped any more.
[[nodiscard]] server::Outcome hand_to_proxy(server::Request& request, std::string_view apache_id,
                                            bool as_it_is);

} // namespace signet::mod_rewrite
