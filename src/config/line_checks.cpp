#include "config/line_checks.h"

#include "config/arity.h"
#include "config/known_modules.h"
#include "config/lost_lines.h"
#include "config/reader_ids.h"

#include <algorithm>

namespace signet::config {
namespace {

using diagnosis::Severity;

// From this many on the line cannot be a comment about directives.
constexpr size_t surely_lost = 8;
constexpr size_t max_listed = 200;

Position position_of(size_t offset, const LineContext& context)
{
    return {.file = context.file,
            .line = context.line.columns.line(offset),
            .column = context.line.columns.column(offset)};
}

std::string tag(const Swallowed& one)
{
    std::string name(one.name);
    if (!one.is_section) return name;
    return one.is_closing ? "</" + name + ">" : "<" + name + ">";
}

std::string list_of(const std::vector<Swallowed>& found, const LineContext& context)
{
    std::string out;
    for (size_t i = 0; i < std::min(found.size(), max_listed); ++i) {
        if (!out.empty()) out += ", ";
        out += std::to_string(position_of(found[i].offset, context).column) + " " + tag(found[i]);
    }
    if (found.size() > max_listed) out += ", …";
    return out;
}

// What would be wrong with a swallowed directive on a line of its own, too: then one pass mends
// all.
void check_swallowed(const Swallowed& one, const LineContext& context)
{
    if (!one.known || one.is_closing) return;
    const Position position = position_of(one.offset, context);
    Node node{.name = std::string(one.name), .arguments = std::string(one.arguments)};
    node.is_section = one.is_section;
    for (auto& word : split_arguments(one.arguments, 0)) {
        node.words.push_back({.text = std::move(word.text), .quoted = word.quoted});
    }
    if (one.is_section) {
        if (one.name == "IfModule" && !node.words.empty() && !node.words[0].text.starts_with('!')) {
            check_module_name(node.words[0].text, false, position, context);
        }
        return;
    }
    const Takes takes = one.name == "Listen" ? Takes::one_or_two : one.known->takes;
    if (auto message = check_arity(node, takes, {})) {
        context.report({.severity = Severity::error,
                        .id = id_swallowed_defect,
                        .position = position,
                        .message = std::move(*message),
                        .line = node.name + " " + node.arguments,
                        .expected = std::string(one.known->syntax)});
    }
}

void report_lost(const std::vector<Swallowed>& found, bool in_comment, const LineContext& context)
{
    const bool sure = found.size() >= surely_lost;
    const std::string where = in_comment
                                  ? "all in a comment, so Apache would ignore them"
                                  : "all on one line, so Apache would take them for arguments";
    context.report(
        {.severity = sure ? Severity::error : Severity::warn,
         .id = id_lost_lines,
         .position = position_of(found.front().offset, context),
         .message = "This looks like a configuration whose line breaks were lost: "
                    + std::to_string(found.size()) + " directives and tags, " + where,
         .expected = "one directive per line",
         .fix = "start a new line at each of these columns: " + list_of(found, context)});
    for (const auto& one : found) check_swallowed(one, context);
}

// The first directive of a physical line that a comment's backslash swallowed.
void check_continued_comment(const LineContext& context)
{
    const auto& line = context.line;
    if (line.end_line <= line.line) return;
    for (size_t i = 1; i < line.text.size(); ++i) {
        if (line.columns.line(i) == line.columns.line(i - 1)) continue;
        size_t offset = i;
        SplitWord word = take_word(line.text, offset);
        std::string_view name = word.text;
        if (name.starts_with('<')) name.remove_prefix(1);
        if (name.starts_with('/')) name.remove_prefix(1);
        if (name.ends_with('>')) name.remove_suffix(1);
        const auto* known = find_known_directive(name);
        if (!known || known->name != name) continue;
        context.report(
            {.severity = Severity::warn,
             .id = id_comment_continues,
             .position = position_of(word.offset, context),
             .message = "The comment above ends in a backslash and swallows " + word.text});
        return;
    }
}

} // namespace

void check_comment(const LineContext& context)
{
    if (const auto found = find_swallowed(context.line.text); !found.empty()) {
        report_lost(found, true, context);
    } else {
        check_continued_comment(context);
    }
}

void check_joined(const LineContext& context)
{
    const auto found = find_swallowed(context.line.text);
    if (found.size() >= surely_lost) report_lost(found, false, context);
}

void check_module_name(const std::string& name, bool is_negated, const Position& position,
                       const LineContext& context)
{
    if (is_module_name(name) || (context.has_module && context.has_module(name))) return;
    const std::string near = nearest_module(name);
    context.report({.severity = Severity::warn,
                    .id = id_unknown_module,
                    .position = position,
                    .message = "<IfModule " + name
                               + ">: no Apache module has this name, so this block is "
                               + (is_negated ? "always used" : "never used"),
                    .line = "<IfModule " + std::string(is_negated ? "!" : "") + name + ">",
                    .expected = "mod_name.c or name_module",
                    .fix = near.empty() ? std::string() : "did you mean <IfModule " + near + ">?"});
}

} // namespace signet::config
