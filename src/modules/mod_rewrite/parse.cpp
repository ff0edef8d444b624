#include "modules/mod_rewrite/parse.h"

#include "base/text.h"
#include "http/status.h"

#include <array>

namespace signet::mod_rewrite {
namespace {

struct Line {
    std::string_view first, second, third;
    bool has_third = false;
};

// The next word of the line. Backslashes stay: one before a space keeps it in the word, and is
// understood by regular expressions and substitutions.
std::string_view take_word(std::string_view& line)
{
    while (!line.empty() && is_space(line.front())) line.remove_prefix(1);
    char quote = '\0';
    if (!line.empty() && (line.front() == '"' || line.front() == '\'')) {
        quote = line.front();
        line.remove_prefix(1);
    }
    size_t end = 0;
    for (; end < line.size(); ++end) {
        if (quote != '\0' ? line[end] == quote : is_space(line[end])) break;
        if (line[end] == '\\' && end + 1 < line.size() && is_space(line[end + 1])) ++end;
    }
    const auto word = line.substr(0, end);
    line.remove_prefix(end);
    return word;
}

// Nothing when there is no second word.
std::optional<Line> take_apart(std::string_view text)
{
    Line line;
    line.first = take_word(text);
    if (text.empty()) return std::nullopt;
    text.remove_prefix(1);
    line.second = take_word(text);
    if (!text.empty()) text.remove_prefix(1);
    line.has_third = !trim(text).empty();
    if (line.has_third) line.third = take_word(text);
    return line;
}

// Calls `set(name, value)` for each flag of "[A,B=value]".
template <class Set> Result<void> parse_flags(std::string_view text, Set set)
{
    if (text.size() < 2 || text.front() != '[' || text.back() != ']')
        return fail("bad flag delimiters");
    text = text.substr(1, text.size() - 2);
    while (true) {
        while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
        if (text.empty()) return {};
        const size_t comma = text.find(',');
        auto flag = text.substr(0, comma);
        while (!flag.empty() && is_space(flag.back())) flag.remove_suffix(1);
        const size_t equals = flag.find('=');
        const auto name = flag.substr(0, equals);
        const auto value = equals == flag.npos ? std::string_view{} : flag.substr(equals + 1);
        if (auto done = set(name, value); !done) return done;
        if (comma == text.npos) return {};
        text.remove_prefix(comma + 1);
    }
}

// As C's atoi: what is no number is 0.
int to_number(std::string_view text)
{
    size_t digits = 0;
    while (digits < text.size() && is_digit(text[digits])) ++digits;
    return parse_number<int>(text.substr(0, digits)).value_or(0);
}

bool is_redirect(int status)
{
    return status == 300 || status == 301 || status == 302 || status == 303 || status == 307
           || status == 308;
}

Result<void> set_redirect(Rule& rule, std::string_view value)
{
    rule.redirects = true;
    if (value.empty()) return {};
    if (iequals(value, "permanent")) {
        rule.status = 301;
    } else if (iequals(value, "temp")) {
        rule.status = 302;
    } else if (iequals(value, "seeother")) {
        rule.status = 303;
    } else if (is_digit(value.front())) {
        rule.status = to_number(value);
        if (!http::is_known_status(rule.status)) {
            return fail("invalid HTTP response code '" + std::string(value) + "' for flag 'R'");
        }
        if (!is_redirect(rule.status)) rule.answers_status = rule.keeps_url = true;
    } else {
        rule.status = 0;
    }
    return {};
}

void forbid(Rule& rule, int status)
{
    rule.answers_status = rule.keeps_url = true;
    rule.status = status;
}

// A flag without side conditions.
struct Flag {
    std::string_view letters, word;
    void (*set)(Rule& rule, std::string_view value);
};

// clang-format off
constexpr Flag flags[] = {
    {"B", "backrefescaping",    [](Rule& r, std::string_view v) { r.escapes_groups = true; if (!v.empty()) r.escaped = v; }},
    {"BNP", "backrefernoplus",  [](Rule& r, std::string_view) { r.space_is_no_plus = true; }},
    {"BCTLS", "BCTLS",          [](Rule& r, std::string_view) { r.escapes_groups = r.escapes_controls_only = true; }},
    {"BNE", "BNE",              [](Rule& r, std::string_view v) { r.not_escaped = v; }},
    {"C", "chain",              [](Rule& r, std::string_view) { r.is_chained = true; }},
    {"CO", "cookie",            [](Rule& r, std::string_view v) { r.cookies.emplace_back(v); }},
    {"DPI", "discardpath",      [](Rule& r, std::string_view) { r.forgets_path_info = true; }},
    {"E", "env",                [](Rule& r, std::string_view v) { r.variables.emplace_back(v); }},
    {"END", "END",              [](Rule& r, std::string_view) { r.ends = true; }},
    {"F", "forbidden",          [](Rule& r, std::string_view) { forbid(r, 403); }},
    {"G", "gone",               [](Rule& r, std::string_view) { forbid(r, 410); }},
    {"H", "handler",            [](Rule& r, std::string_view v) { r.handler = v; }},
    {"L", "last",               [](Rule& r, std::string_view) { r.is_last = true; }},
    {"NE", "noescape",          [](Rule& r, std::string_view) { r.keeps_escapes = true; }},
    {"N", "next",               [](Rule& r, std::string_view v) { r.starts_over = true; if (!v.empty()) r.most_rounds = to_number(v); }},
    {"NS", "nosubreq",          [](Rule& r, std::string_view) { r.not_in_subrequests = true; }},
    {"NC", "nocase",            [](Rule& r, std::string_view) { r.ignores_case = true; }},
    {"P", "proxy",              [](Rule& r, std::string_view) { r.proxies = true; }},
    {"PT", "passthrough",       [](Rule& r, std::string_view) { r.passes_through = true; }},
    {"QSA", "qsappend",         [](Rule& r, std::string_view) { r.appends_query = true; }},
    {"QSD", "qsdiscard",        [](Rule& r, std::string_view) { r.discards_query = true; }},
    {"QSL", "qslast",           [](Rule& r, std::string_view) { r.splits_at_last_mark = true; }},
    {"S", "skip",               [](Rule& r, std::string_view v) { r.skips = to_number(v); }},
    {"T", "type",               [](Rule& r, std::string_view v) { r.media_type = v; }},
    {"UnsafeAllow3F", "UnsafeAllow3F",       [](Rule& r, std::string_view) { r.allows_encoded_mark = true; }},
    {"UnsafePrefixStat", "UnsafePrefixStat", [](Rule& r, std::string_view) { r.allows_any_prefix = true; }},
    {"UNC", "UNC",              [](Rule& r, std::string_view) { r.keeps_leading_slashes = true; }},
};
// clang-format on

Result<void> set_flag(Rule& rule, std::string_view name, std::string_view value)
{
    if (iequals(name, "R") || iequals(name, "redirect")) return set_redirect(rule, value);
    if (iequals(name, "BNE") && value.empty())
        return fail("flag 'BNE' wants a list of characters (i.e. [BNE=...])");
    for (const auto& flag : flags) {
        if (!iequals(name, flag.letters) && !iequals(name, flag.word)) continue;
        flag.set(rule, value);
        return {};
    }
    return fail("unknown flag '" + std::string(name) + "'");
}

Result<void> set_condition_flag(Condition& condition, std::string_view name)
{
    if (iequals(name, "NC") || iequals(name, "nocase")) {
        condition.ignores_case = true;
    } else if (iequals(name, "OR") || iequals(name, "ornext")) {
        condition.or_next = true;
    } else if (iequals(name, "NV") || iequals(name, "novary")) {
        condition.tells_no_vary = true;
    } else {
        return fail("unknown flag '" + std::string(name) + "'");
    }
    return {};
}

// A question mark at the end of the substitution says that there shall be no query.
void read_query_rules(Rule& rule)
{
    if (rule.output.ends_with('?')) {
        if (rule.appends_query) {
            rule.splits_at_last_mark = true;
        } else {
            rule.has_no_query = true;
            rule.output.pop_back();
        }
    } else if (rule.discards_query && rule.output.find('?') == std::string::npos) {
        rule.has_no_query = true;
    }
}

struct Operator {
    std::string_view text;
    Test test;
};
constexpr std::array file_tests{
    Operator{"-f", Test::is_file},       Operator{"-s", Test::has_size},
    Operator{"-l", Test::is_link},       Operator{"-h", Test::is_link},
    Operator{"-L", Test::is_link},       Operator{"-d", Test::is_directory},
    Operator{"-x", Test::is_executable}, Operator{"-U", Test::url_answers},
    Operator{"-F", Test::file_answers},
};
constexpr std::array comparisons{
    Operator{"-lt", Test::number_less},
    Operator{"-le", Test::number_less_or_equal},
    Operator{"-eq", Test::number_equal},
    Operator{"-gt", Test::number_greater},
    Operator{"-ne", Test::number_equal},
    Operator{"-ge", Test::number_greater_or_equal},
    Operator{">=", Test::text_greater_or_equal},
    Operator{">", Test::text_greater},
    Operator{"<=", Test::text_less_or_equal},
    Operator{"<", Test::text_less},
    Operator{"=", Test::text_equal},
};

void read_test(Condition& condition, std::string_view pattern)
{
    condition.pattern = pattern;
    if (iequals(condition.input, "expr")) {
        condition.test = Test::expression;
        return;
    }
    if (pattern.size() < 2) return;
    for (const auto& known : file_tests) {
        if (pattern != known.text) continue;
        condition.test = known.test;
        condition.pattern.clear();
        return;
    }
    for (const auto& known : comparisons) {
        if (!pattern.starts_with(known.text)) continue;
        condition.test = known.test;
        if (known.text == "-ne") condition.negated = !condition.negated;
        condition.pattern = pattern.substr(known.text.size());
        if (known.text == "=" && condition.pattern == "\"\"") condition.pattern.clear();
        return;
    }
}

bool compares_text(Test test)
{
    return test == Test::regex || (test >= Test::text_less && test <= Test::text_greater_or_equal);
}

Result<void> compile_test(Condition& condition, config::ExpressionRules rules)
{
    if (condition.test == Test::expression) {
        auto expression = config::Expression::compile_condition(condition.pattern, rules);
        if (!expression) {
            const bool in_htaccess = rules == config::ExpressionRules::restricted;
            return fail("RewriteCond: cannot compile expression"
                        + std::string(in_htaccess ? " in htaccess context" : "") + " \""
                        + condition.pattern + "\" " + expression.error().text);
        }
        condition.expression = std::move(*expression);
    } else if (condition.test == Test::regex) {
        auto regex =
            config::Regex::compile(condition.pattern, {.ignore_case = condition.ignores_case});
        if (!regex) {
            return fail("RewriteCond: cannot compile regular expression '" + condition.pattern
                        + "'");
        }
        condition.regex = std::move(*regex);
    }
    return {};
}

} // namespace

Result<Rule> parse_rule(std::string_view text)
{
    const auto line = take_apart(trim(text));
    if (!line) return fail("RewriteRule: bad argument line '" + std::string(text) + "'");
    Rule rule;
    if (line->has_third) {
        const auto parsed = parse_flags(
            line->third, [&](auto name, auto value) { return set_flag(rule, name, value); });
        if (!parsed) return fail("RewriteRule: " + parsed.error().text);
    }
    auto pattern = line->first;
    if (pattern.starts_with('!')) {
        rule.negated = true;
        pattern.remove_prefix(1);
    }
    rule.written = pattern;
    auto regex = config::Regex::compile(pattern, {.ignore_case = rule.ignores_case});
    if (!regex) {
        return fail("RewriteRule: cannot compile regular expression '" + std::string(pattern)
                    + "'");
    }
    rule.regex = std::move(*regex);
    rule.output = line->second;
    if (rule.output == "-") rule.keeps_url = true;
    read_query_rules(rule);
    return rule;
}

Result<ParsedCondition> parse_condition(std::string_view text, config::ExpressionRules rules)
{
    const auto line = take_apart(trim(text));
    if (!line) return fail("RewriteCond: bad argument line '" + std::string(text) + "'");
    ParsedCondition parsed;
    Condition& condition = parsed.condition;
    condition.input = line->first;
    condition.written = line->second;
    if (line->has_third) {
        const auto flags_read = parse_flags(
            line->third, [&](auto name, auto) { return set_condition_flag(condition, name); });
        if (!flags_read) return fail("RewriteCond: " + flags_read.error().text);
    }
    auto pattern = line->second;
    if (pattern.starts_with('!')) {
        condition.negated = true;
        pattern.remove_prefix(1);
    }
    read_test(condition, pattern);
    if (condition.ignores_case && !compares_text(condition.test)) {
        condition.ignores_case = false;
        parsed.ignored_case_flag = true;
    }
    if (auto compiled = compile_test(condition, rules); !compiled)
        return std::unexpected(compiled.error());
    return parsed;
}

} // namespace signet::mod_rewrite
