#include "config/macros.h"

#include "base/text.h"
#include "config/reader_ids.h"

#include <algorithm>
#include <cstdlib>

namespace signet::config {
namespace {

constexpr std::string_view prefixes = "$%@";
constexpr char quoted_prefix = '@';

uint32_t line_of(const Position& position)
{
    return std::max(position.line, position.end_line);
}

// "on line 3 of "/etc/httpd.conf""
std::string place_of(const Position& position)
{
    return "on line " + std::to_string(line_of(position)) + " of \""
           + (position.file ? position.file->path : std::string()) + "\"";
}

bool has_prefix(std::string_view word)
{
    return !word.empty() && prefixes.contains(word.front());
}

// The next parameter that the text names from `from` on: the first, and the longest of those that
// begin at the same place.
struct Found {
    size_t at = std::string_view::npos;
    size_t parameter = 0;
};

Found find_parameter(std::string_view text, size_t from, const std::vector<std::string>& parameters)
{
    Found found;
    for (size_t i = 0; i < parameters.size(); ++i) {
        const size_t at = text.find(parameters[i], from);
        if (at == text.npos || at > found.at) continue;
        const bool nearer = found.at == text.npos || at < found.at;
        if (nearer || parameters[i].size() > parameters[found.parameter].size()) found = {at, i};
    }
    return found;
}

// What stands for a parameter: as one word when its name asks for quotes.
std::string replacement(std::string_view parameter, const std::string& value)
{
    if (!parameter.starts_with(quoted_prefix)) return value;
    std::string quoted = "\"";
    for (const char c : value) {
        if (c == '"' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + '"';
}

} // namespace

std::string Macros::Macro::text() const
{
    return "macro '" + name + "' (defined " + place_of(position) + ")";
}

void Macros::warn(const Position& position, int id, std::string message, std::string fix) const
{
    report_({.severity = diagnosis::Severity::warn,
             .id = id,
             .position = position,
             .message = std::move(message),
             .fix = std::move(fix)});
}

Result<void> Macros::begin(std::string_view arguments, const Position& position)
{
    auto& definition = open_.emplace(Definition{});
    definition.macro.position = position;
    definition.broken = true;
    const size_t end = arguments.rfind('>');
    if (end == arguments.npos) return fail("<Macro> directive missing closing '>'");
    const auto behind = arguments.substr(end + 1);
    if (!trim(behind).empty()) {
        warn(position, id_macro_trailing_text,
             "AH02989: AH02801: non blank chars found after <Macro closing '>' on line "
                 + std::to_string(line_of(position)) + " of " + position.file->path + ": "
                 + std::string(behind));
    }
    const auto inside = trim(arguments.substr(0, end));
    if (inside.empty()) return fail("<Macro macro definition: empty name");
    auto words = split_arguments(inside, 0);
    if (words.empty() || words[0].text.empty())
        return fail("<Macro macro definition: name not found");
    Macro& macro = definition.macro;
    macro.name = lowercase(words[0].text);
    for (size_t i = 1; i < words.size(); ++i) macro.parameters.push_back(std::move(words[i].text));
    if (const auto old = macros_.find(macro.name); old != macros_.end()) {
        warn(position, id_macro_redefined,
             "AH02802: macro '" + macro.name + "' multiply defined: defined "
                 + place_of(old->second.position) + ", redefined " + place_of(position));
    }
    if (has_prefix(macro.name)) {
        warn(position, id_macro_name,
             "AH02803: " + macro.text() + " better prefix a macro name with any of '"
                 + std::string(prefixes) + "'",
             "begin only parameters with one of these");
    }
    auto checked = check_parameters(macro);
    definition.broken = !checked;
    return checked;
}

Result<void> Macros::check_parameters(const Macro& macro) const
{
    const auto& names = macro.parameters;
    const auto numbered = [&](size_t i) { return "#" + std::to_string(i + 1); };
    for (size_t i = 0; i < names.size(); ++i) {
        if (names[i].empty()) {
            return fail(macro.text() + ": empty argument " + numbered(i) + " name");
        }
        const std::string which =
            macro.text() + " argument name '" + names[i] + "' (" + numbered(i) + ")";
        if (!has_prefix(names[i])) {
            warn(macro.position, id_macro_parameter,
                 "AH02796: " + which
                     + " without expected prefix, better prefix argument names with one of '"
                     + std::string(prefixes) + "'.");
        } else if (names[i].starts_with("${")) {
            warn(macro.position, id_macro_parameter,
                 "AH02805: " + which
                     + " clashes with 'Define' syntax '${...}', better use '$(...)'.");
        }
    }
    for (size_t i = 0; i < names.size(); ++i) {
        for (size_t k = i + 1; k < names.size(); ++k) {
            if (names[i] == names[k]) {
                return fail("argument name conflict in " + macro.text() + ": argument '" + names[i]
                            + "': " + numbered(i) + " and " + numbered(k)
                            + ", change argument names!");
            }
            if (!names[i].starts_with(names[k]) && !names[k].starts_with(names[i])) continue;
            warn(macro.position, id_macro_parameter,
                 "AH02797: " + macro.text() + ": argument name prefix conflict (" + names[i] + " "
                     + numbered(i) + " and " + names[k] + " " + numbered(k)
                     + "), be careful about your macro definition!");
        }
    }
    return {};
}

// One line of the definition, which may be its last.
void Macros::add(const LogicalLine& line, const SourceFile& file)
{
    if (line.text.starts_with('#')) return;
    Definition& definition = *open_;
    size_t offset = 0;
    const auto first = take_word(line.text, offset).text;
    const Position position{&file, line.line, 1, line.end_line};
    if (first.starts_with("</")) {
        if (--definition.sections < 0 && !ignores_bad_nesting && !definition.broken) {
            warn(position, id_macro_nesting,
                 "AH02793: bad (negative) nesting on line "
                     + std::to_string(line_of(position) - line_of(definition.macro.position))
                     + " of " + definition.macro.text());
        }
    } else if (first.starts_with('<')) {
        ++definition.sections;
    }
    if (iequals(first, "</Macro>")) {
        if (--definition.macros == 0) {
            if (const auto behind = line.text.substr(line.text.rfind('>') + 1);
                !trim(behind).empty()) {
                warn(position, id_macro_trailing_text,
                     "AH02989: AH02794: non blank chars found after directive closing on line "
                         + std::to_string(line_of(position)) + " of " + file.path + ": " + behind);
            }
            finish();
            return;
        }
    } else if (iequals(first, "<Macro")) {
        ++definition.macros;
    }
    definition.macro.lines.push_back(line.text);
}

void Macros::finish()
{
    Definition definition = std::move(*open_);
    open_.reset();
    if (definition.broken) return;
    Macro& macro = definition.macro;
    if (definition.sections != 0 && !ignores_bad_nesting) {
        const std::string sign = definition.sections > 0 ? "+" : "";
        warn(macro.position, id_macro_nesting,
             "AH02795: bad cumulated nesting (" + sign + std::to_string(definition.sections)
                 + ") in " + macro.text());
    }
    check_contents(macro);
    any_defined_ = true;
    macros_.insert_or_assign(macro.name, std::move(macro));
}

void Macros::check_contents(const Macro& macro) const
{
    if (macro.lines.empty()) {
        warn(macro.position, id_macro_unused, "AH02799: " + macro.text() + ": empty contents!");
        return;
    }
    std::vector<bool> used(macro.parameters.size());
    for (const std::string_view line : macro.lines) {
        auto found = find_parameter(line, 0, macro.parameters);
        while (found.at != line.npos) {
            used[found.parameter] = true;
            found = find_parameter(line, found.at + macro.parameters[found.parameter].size(),
                                   macro.parameters);
        }
    }
    for (size_t i = 0; i < used.size(); ++i) {
        if (used[i]) continue;
        warn(macro.position, id_macro_unused,
             "AH02800: " + macro.text() + ": argument '" + macro.parameters[i] + "' (#"
                 + std::to_string(i + 1) + ") never used");
    }
}

// (Apache's log shows the line break between the two parts of the message this way, too.)
std::string Macros::abandon()
{
    const auto definition = std::exchange(open_, std::nullopt);
    if (definition->broken) return "expected token not found: </Macro>";
    return definition->macro.text() + "\\n\\tcontents error: expected token not found: </Macro>";
}

Result<Macros::Expansion> Macros::use(const std::vector<Argument>& words, const Position& position,
                                      std::span<const std::string> expanding) const
{
    if (!any_defined_) return fail("no macro defined before Use");
    if (words.empty() || words[0].text.empty()) return fail("no macro name specified with Use");
    const std::string name = lowercase(words[0].text);
    const auto found = macros_.find(name);
    if (found == macros_.end()) return fail("macro '" + name + "' undefined");
    if (std::ranges::find(expanding, name) != expanding.end()) {
        return fail("recursive use of macro '" + name + "' is invalid");
    }
    const Macro& macro = found->second;
    const size_t given = words.size() - 1;
    if (given != macro.parameters.size()) {
        return fail(macro.text() + " used with " + std::to_string(given) + " arguments instead of "
                    + std::to_string(macro.parameters.size()));
    }
    Expansion expansion{
        .macro = name, .name = macro.text() + " used " + place_of(position), .lines = {}};
    std::vector<std::string> values;
    for (size_t i = 0; i < given; ++i) {
        const auto& value = words[i + 1].text;
        if (value.empty() && !ignores_empty_arguments) {
            warn(position, id_macro_empty_argument,
                 "AH02798: " + expansion.name + ": empty argument #" + std::to_string(i + 1));
        }
        values.push_back(replacement(macro.parameters[i], value));
    }
    size_t size = 0;
    for (const std::string_view line : macro.lines) {
        std::string& out = expansion.lines.emplace_back();
        size_t at = 0;
        for (auto next = find_parameter(line, 0, macro.parameters); next.at != line.npos;
             next = find_parameter(line, at, macro.parameters)) {
            out.append(line.substr(at, next.at - at)).append(values[next.parameter]);
            at = next.at + macro.parameters[next.parameter].size();
        }
        out.append(line.substr(at));
        size += out.size();
        if (size > max_line_bytes) {
            return fail(expansion.name
                        + " error while substituting: cannot substitute, buffer "
                          "size too small");
        }
    }
    return expansion;
}

Result<void> Macros::undefine(std::string_view name)
{
    if (!any_defined_) return fail("no macro defined before UndefMacro");
    const auto found = macros_.find(lowercase(name));
    if (found == macros_.end()) {
        return fail("cannot remove undefined macro '" + lowercase(name) + "'");
    }
    macros_.erase(found);
    return {};
}

} // namespace signet::config
