// Sections while they are read: opening, closing, and those that are decided at once (If*).
#include "config/file_reader.h"

#include "base/text.h"
#include "config/conditions.h"
#include "config/known_directives.h"
#include "config/line_checks.h"
#include "config/reader_ids.h"

#include <algorithm>
#include <ranges>

namespace signet::config {

void Reader::open_section(Source& source, Node node, std::string_view arguments, size_t offset,
                          const LogicalLine& line)
{
    if (source.frames.size() >= max_nesting) {
        report(Severity::error, id_nesting_depth, node.position,
               "More than " + std::to_string(max_nesting)
                   + " sections are open: the rest is not read");
        stopped_ = true;
        return;
    }
    if (node.name.empty()) {
        // "< Directory /x>": Apache opens a section without a name, which nothing can close.
        const SplitWord next = take_word(line.text, offset);
        report(Severity::error, id_space_after_bracket, node.position,
               "Invalid command '<', perhaps misspelled or defined by a module not included in the "
               "server configuration",
               "the name of a section right after <", "<" + next.text + " …");
        if (!find_known_directive(next.text)) return;
        node.name = next.text;
        arguments = std::string_view(line.text).substr(offset);
    }
    // Like Apache: a tag that ends with its name has the bracket for its argument.
    if (arguments.empty()) arguments = ">";
    if (is_conditional_section(node.name)) {
        open_condition(source, std::move(node), arguments, line);
        return;
    }
    const size_t end = arguments.rfind('>');
    if (end == std::string_view::npos) {
        report(Severity::error, id_no_bracket, node.position,
               "<" + node.name + "> directive missing closing '>'",
               "the section's arguments and then >",
               "<" + node.name + " " + std::string(arguments) + ">");
    } else if (!trim(arguments.substr(end + 1)).empty()) {
        report(Severity::warn, id_text_after_bracket, node.position,
               "Text after the > of <" + node.name + "> is ignored", "a line break after >");
    }
    const std::string_view inside = trim(arguments.substr(0, end));
    node.arguments = inside;
    if (!inside.empty()) {
        const size_t stop = static_cast<size_t>(inside.data() - line.text.data()) + inside.size();
        fill_words(node, std::string_view(line.text).substr(0, stop), offset, line);
    }
    source.frames.push_back({Frame::Kind::section, std::move(node)});
}

void Reader::open_condition(Source& source, Node node, std::string_view arguments,
                            const LogicalLine& line)
{
    const auto condition = test_section(
        node.name, arguments, {options_, variables_, reading.server_root, reading.loaded_modules});
    if (!condition) {
        report(Severity::error, id_bad_condition, node.position, condition.error().text);
    } else if (iequals(node.name, "IfModule")) {
        const Reporter reporter = [this](Finding finding) { add(std::move(finding)); };
        check_module_name(condition->subject, condition->is_negated, node.position,
                          {source.file, line, reporter, options_.has_module});
    }
    const bool holds = condition && condition->holds;
    source.frames.push_back({holds ? Frame::Kind::taken : Frame::Kind::skipped, std::move(node)});
}

// Inside of what is not used only the sections are followed, so that their ends are told apart.
void Reader::read_skipped(Source& source, const LogicalLine& line)
{
    if (line.text.front() != '<') return;
    size_t offset = 0;
    const SplitWord first = take_word(line.text, offset);
    const Position start{source.file, line.line, line.columns.column(0), line.end_line};
    if (first.text.starts_with("</")) {
        close_section(source, first.text, offset < line.text.size(), start);
        return;
    }
    if (source.frames.size() >= max_nesting) {
        report(Severity::error, id_nesting_depth, start,
               "Too many sections are open: the rest is not read");
        stopped_ = true;
        return;
    }
    std::string name = first.text.substr(1);
    if (name.ends_with('>')) name.pop_back();
    source.frames.push_back(
        {Frame::Kind::skipped, Node{.name = std::move(name), .position = start}});
}

void Reader::pop(Source& source)
{
    Frame frame = std::move(source.frames.back());
    source.frames.pop_back();
    if (frame.kind == Frame::Kind::section) container(source).push_back(std::move(frame.node));
}

void Reader::close_section(Source& source, std::string_view tag, bool has_more,
                           const Position& position)
{
    const std::string_view name =
        tag.substr(2, tag.ends_with('>') ? tag.size() - 3 : tag.size() - 2);
    auto& frames = source.frames;
    if (frames.empty()) {
        std::string message(tag);
        message.append(" without matching <").append(tag.substr(2)).append(" section");
        report(Severity::error, id_close_without_open, position, std::move(message));
        return;
    }
    const Frame& innermost = frames.back();
    if (!tag.ends_with('>') && innermost.kind != Frame::Kind::skipped) {
        report(Severity::error, id_missing_bracket, position,
               std::string(tag) + "> directive missing closing '>'", "", std::string(tag) + ">");
    }
    // Apache knows the end of an If* that holds only when it stands alone on its line.
    const bool is_taken = innermost.kind == Frame::Kind::taken;
    if (iequals(innermost.node.name, name) && !(is_taken && has_more)) {
        pop(source);
        return;
    }
    std::string opened_at = innermost.node.position.text();
    if (is_taken) {
        // A section may not end inside an If* in which it did not begin.
        report(Severity::error, id_close_without_open, position,
               std::string(tag) + " without matching <" + std::string(tag.substr(2)) + " section",
               "</" + innermost.node.name + "> first (opened at " + opened_at + ")");
    } else {
        std::string bare = "</" + std::string(name);
        report(Severity::error, id_other_close_expected, position,
               "Expected </" + innermost.node.name + "> but saw " + bare + ">",
               "the end of <" + innermost.node.name + ">, opened at " + opened_at);
    }
    // Goes on as if the sections in between had been closed, so that one mistake gives one error.
    const auto matching =
        std::ranges::find_if(std::views::reverse(frames),
                             [&](const Frame& frame) { return iequals(frame.node.name, name); });
    if (matching == std::views::reverse(frames).end()) return;
    const auto keep =
        static_cast<size_t>(std::distance(matching, std::views::reverse(frames).end())) - 1;
    while (frames.size() > keep) pop(source);
}

void Reader::close_all(Source& source)
{
    if (macros_.is_defining()) {
        const Position begun_at = macros_.begun_at();
        report(Severity::error, id_macro, begun_at, macros_.abandon(), "</Macro> in the same file");
    }
    while (!source.frames.empty()) {
        const Node& node = source.frames.back().node;
        const Frame::Kind kind = source.frames.back().kind;
        Position position = node.position;
        position.end_line = 0;
        const std::string tag =
            "<" + node.name + (node.arguments.empty() ? "" : " ") + node.arguments + ">";
        current_line_ = tag;
        if (stopped_) {
            // The end was not looked for.
        } else if (kind == Frame::Kind::section) {
            report(Severity::error, id_not_closed, position,
                   position.file->path + ":" + std::to_string(position.line) + ": <" + node.name
                       + "> was not closed.",
                   "</" + node.name + "> in the same file");
        } else if (kind == Frame::Kind::taken) {
            report(Severity::warn, id_condition_not_closed, position,
                   "<" + node.name + "> was not closed");
        } else if (source.frames.size() < 2
                   || source.frames[source.frames.size() - 2].kind != Frame::Kind::skipped) {
            report(Severity::error, id_not_closed, position,
                   "Expected </" + node.name + "> before end of configuration");
        }
        current_line_ = {};
        pop(source);
    }
}

} // namespace signet::config
