// Substitutions and test strings: $N, %N, %{VARIABLE}, ${map:key|default}, and backslashes.
#include "base/text.h"
#include "modules/mod_rewrite/context.h"
#include "modules/mod_rewrite/trace.h"
#include "modules/mod_rewrite/variables.h"
#include "server/vhost.h"

#include <algorithm>

namespace signet::mod_rewrite {
namespace {

constexpr auto npos = std::string_view::npos;

// Where `wanted` stands outside of inner braces, before the brace that closes this level. With
// '}' that brace itself.
size_t find_in_braces(std::string_view text, char wanted)
{
    int depth = 1;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] == wanted && wanted != '}' && depth == 1) return i;
        if (text[i] == '}' && --depth == 0) return wanted == '}' ? i : npos;
        if (text[i] == '{') ++depth;
    }
    return npos;
}

const Map* find_map(const Context& context, std::string_view name)
{
    const auto& maps = server_part(context.config, context.request).maps;
    const auto found = maps.find(name);
    return found == maps.end() ? nullptr : found->second.get();
}

// `text` is what stands between the braces. Keys are expanded, values never: they are data.
std::string look_up_in_map(std::string_view text, Context& context, const Rule* rule)
{
    const size_t colon = find_in_braces(text, ':');
    const auto name = text.substr(0, colon);
    auto key = text.substr(colon + 1);
    const size_t bar = find_in_braces(key, '|');
    const auto otherwise = bar == npos ? std::string_view{} : key.substr(bar + 1);
    key = key.substr(0, bar);

    const auto expanded = expand(key, context, rule);
    if (const auto* map = find_map(context, name)) {
        if (auto value = map->find(name, expanded, context.request)) return *value;
    }
    return expand(otherwise, context, rule);
}

std::string_view group(const config::Captures& captures, size_t number)
{
    return number < static_cast<size_t>(captures.count) ? captures.groups[number]
                                                        : std::string_view{};
}

void append_group(std::string& out, char kind, size_t number, const Context& context,
                  const Rule* rule)
{
    const auto text = group(kind == '$' ? context.rule : context.condition, number);
    if (text.empty()) return;
    if (!rule || !rule->escapes_groups) {
        out += text;
        return;
    }
    const auto escaped = escape_group(text, *rule);
    trace(context.request, 5, context.directory, "escaping backreference '", text, "' to '",
          escaped, "'");
    out += escaped;
}

bool is_escaped(char c, const Rule& rule)
{
    if (rule.not_escaped.find(c) != std::string::npos) return false;
    if (rule.escapes_controls_only && rule.escaped.empty()) {
        const auto byte = static_cast<unsigned char>(c);
        return byte <= ' ' || byte == 0x7f;
    }
    if (!rule.escaped.empty()) return rule.escaped.find(c) != std::string::npos;
    return !is_alnum(c) && c != '_';
}

} // namespace

std::string escape_group(std::string_view text, const Rule& rule)
{
    std::string out;
    for (const char c : text) {
        if (!is_escaped(c, rule)) {
            out += c;
        } else if (c == ' ' && !rule.space_is_no_plus) {
            out += '+';
        } else {
            out += '%';
            append_hex(out, static_cast<unsigned char>(c), 2);
        }
    }
    return out;
}

std::string expand(std::string_view text, Context& context, const Rule* rule, QuestionMarks* marks)
{
    std::string out;
    while (true) {
        const size_t special = text.find_first_of("\\$%");
        out += text.substr(0, special);
        if (marks) marks->note(text.substr(0, special), false);
        if (special == npos) return out;
        text.remove_prefix(special);
        const size_t before = out.size();
        const char kind = text.front();
        const char next = text.size() > 1 ? text[1] : '\0';
        size_t used = 1;
        if (kind == '\\') {
            out += next != '\0' ? next : kind;
            used = next != '\0' ? 2 : 1;
        } else if (next == '{') {
            const size_t end = find_in_braces(text.substr(2), '}');
            const auto inside = text.substr(2, end);
            if (end == npos || (kind == '$' && find_in_braces(inside, ':') == npos)) {
                out += text.substr(0, 2);
                used = 2;
            } else {
                out += kind == '%' ? look_up_variable(inside, context)
                                   : look_up_in_map(inside, context, rule);
                used = end + 3;
            }
        } else if (is_digit(next)) {
            append_group(out, kind, static_cast<size_t>(next - '0'), context, rule);
            used = 2;
        } else {
            out += kind;
        }
        const bool is_foreign = kind != '\\' && used > 1;
        if (marks) marks->note(std::string_view(out).substr(before), is_foreign);
        text.remove_prefix(used);
    }
}

const Config::Server& server_part(const Config& config, const server::Request& request)
{
    static const Config::Server nothing;
    constexpr unsigned passes_on =
        option_inherit | option_inherit_before | option_inherit_down | option_inherit_down_before;
    const bool is_foreign = !config.server.of_vhost && !request.vhost->is_main;
    return is_foreign && (config.server.options & passes_on) == 0 ? nothing : config.server;
}

} // namespace signet::mod_rewrite
