// Lines of RewriteRule and RewriteCond, text of RewriteMap files. "line\nmap text".
#include "modules/mod_rewrite/context.h"
#include "modules/mod_rewrite/parse.h"
#include "modules/mod_rewrite/uris.h"

#include <cstdlib>

using namespace signet;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto line = input.substr(0, input.find('\n'));
    if (const auto rule = mod_rewrite::parse_rule(line)) {
        const auto escaped = mod_rewrite::escape_group(input, *rule);
        if (escaped.size() > 3 * input.size()) std::abort();
        if (!rule->regex) std::abort();
    }
    (void)mod_rewrite::parse_condition(line, config::ExpressionRules::full);
    (void)mod_rewrite::parse_condition(line, config::ExpressionRules::restricted);
    (void)mod_rewrite::find_in_map_text(input, "key");
    (void)mod_rewrite::split_command(line);
    Arena arena;
    const auto scheme = mod_rewrite::scheme_of(line);
    if (scheme.length > line.size()) std::abort();
    (void)mod_rewrite::escape_absolute_uri(line, scheme.length, arena);
    if (mod_rewrite::unescape_uri(line).size() > line.size()) std::abort();
    return 0;
}
