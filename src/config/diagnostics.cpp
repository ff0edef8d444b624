#include "config/diagnostics.h"

#include "base/text.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string_view>

namespace signet::config {
namespace {

// A broken file can be wrong a million times; nobody reads more than this.
constexpr size_t max_findings = 2000;
constexpr size_t max_shown_line = 200;

// Control bytes of a hostile or binary file must not reach a terminal.
std::string printable(std::string_view text, size_t limit)
{
    std::string out;
    for (const char c : text.substr(0, limit))
        out += static_cast<unsigned char>(c) < 32 || c == 127 ? ' ' : c;
    if (text.size() > limit) out += " …";
    return out;
}

// A message may span lines (Apache's own do); other control bytes go.
std::string printable_lines(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        out += c != '\n' && (static_cast<unsigned char>(c) < 32 || c == 127) ? ' ' : c;
    }
    return out;
}

bool is_error(const Finding& finding)
{
    return finding.severity <= diagnosis::Severity::error;
}

std::string_view word_for(diagnosis::Severity severity)
{
    switch (severity) {
    case diagnosis::Severity::warn: return "warning: ";
    case diagnosis::Severity::notice: return "notice: ";
    default: return "";
    }
}

// "Syntax error on line 3 of main.conf: Syntax error on line 9 of included.conf: ". A file that
// includes itself is told once.
std::string way_through_includes(const SourceFile* file, uint32_t line)
{
    std::string way;
    std::string last;
    while (file) {
        std::string step =
            "Syntax error on line " + std::to_string(line) + " of " + file->path + ": ";
        if (step != last) way.insert(0, step);
        last = std::move(step);
        line = file->include_line;
        file = file->includer;
    }
    return way;
}

// "AH00526: Syntax error on line 14 of /etc/httpd.conf:", as tools that run `httpd -t` expect it.
std::string headline(const Finding& finding)
{
    const Position& position = finding.position;
    if (!is_error(finding)) return std::string(word_for(finding.severity));
    if (finding.opening >= Opening::none || !position.file || position.line == 0) return "";
    if (position.file->path == "-C" || position.file->path == "-c") {
        return "Syntax error in -C/-c directive:\n";
    }
    const uint32_t line = std::max(position.line, position.end_line);
    if (finding.opening == Opening::reading) {
        return "signet: " + way_through_includes(position.file, line);
    }
    return "AH00526: Syntax error on line " + std::to_string(line) + " of " + position.file->path
           + ":\n";
}

// The cause of an id is told once; each finding has its own fix.
void append(std::string& out, const Finding& finding, bool tell_cause)
{
    const std::string head = headline(finding);
    out += head;
    const auto* entry = diagnosis::find(finding.id);
    const bool names_line = is_error(finding) && !head.empty();
    const bool has_number = finding.message.starts_with("AH") || finding.message.contains(": AH");
    if (entry && !entry->apache.empty() && !names_line && !has_number) {
        out.append(entry->apache).append(": ");
    }
    out += printable_lines(finding.message) + '\n';

    std::string where = finding.position.text();
    if (finding.id != 0 || !where.empty()) {
        out += "  ";
        if (finding.id != 0) out += diagnosis::name(finding.id);
        if (!where.empty()) out += "  " + where + ":";
        if (!finding.line.empty()) out += "  " + printable(finding.line, max_shown_line);
        out += '\n';
    }
    const auto detail = [&](std::string_view label, std::string_view text) {
        if (!text.empty())
            out.append("          ").append(label).append(printable_lines(text)).append("\n");
    };
    detail("cause:    ", entry && tell_cause ? entry->cause : std::string_view());
    detail("expected: ", finding.expected);
    detail("fix:      ", !finding.fix.empty() ? std::string_view(finding.fix)
                         : entry              ? entry->fix
                                              : std::string_view());
}

} // namespace

namespace {

// Takes " (at N)" or " (column N)" off the end of a message: Apache's messages end before it.
std::optional<uint32_t> take_number(std::string& message, std::string_view label)
{
    const size_t at = message.rfind(label);
    if (at == std::string::npos || !message.ends_with(')')) return std::nullopt;
    const std::string_view digits =
        std::string_view(message).substr(at + label.size(), message.size() - at - label.size() - 1);
    const auto number = parse_number<uint32_t>(digits);
    if (number) message.resize(at);
    return number;
}

constexpr std::string_view offset_label = " (at ";
constexpr std::string_view column_label = " (column ";

void move_offset(Finding& finding)
{
    const auto expect = [&](const std::string& text) {
        if (!finding.expected.empty()) finding.expected += "; ";
        finding.expected += text;
    };
    if (const auto column = take_number(finding.message, column_label)) {
        finding.position.column = *column;
    } else if (const auto offset = take_number(finding.message, offset_label)) {
        expect("look at offset " + std::to_string(*offset) + " of the expression");
    }
    constexpr std::string_view why_label = " (why: ";
    const size_t at = finding.message.rfind(why_label);
    if (at == std::string::npos || !finding.message.ends_with(')')) return;
    const size_t start = at + why_label.size();
    expect(finding.message.substr(start, finding.message.size() - start - 1));
    finding.message.resize(at);
}

} // namespace

std::string with_column(std::string_view error, const Node& directive, std::string_view text)
{
    std::string message(error);
    const auto offset = take_number(message, offset_label);
    if (!offset) return message;
    const auto column = [&]() -> size_t {
        for (const auto& word : directive.words) {
            if (word.text.ends_with(text))
                return word.column + word.quoted + word.text.size() - text.size();
        }
        const bool is_all = !directive.words.empty() && directive.arguments.ends_with(text);
        return is_all ? directive.words.front().column + directive.arguments.size() - text.size()
                      : 0;
    }();
    if (column == 0) return std::string(error);
    return message.append(column_label).append(std::to_string(column + *offset)).append(")");
}

void Diagnostics::add(Finding finding)
{
    move_offset(finding);
    if (is_error(finding)) ++errors_;
    if (findings_.size() < max_findings) findings_.push_back(std::move(finding));
}

void Diagnostics::add_once(Finding finding, const std::string& key)
{
    const std::pair<int, std::string> reported{finding.id, key};
    if (std::ranges::find(once_, reported) != once_.end()) return;
    if (once_.size() < max_findings) once_.push_back(reported);
    add(std::move(finding));
}

std::string Diagnostics::report() const
{
    std::string out;
    std::set<int> told;
    for (const bool errors : {true, false}) {
        for (const auto& finding : findings_) {
            if (is_error(finding) == errors) append(out, finding, told.insert(finding.id).second);
        }
        const auto is_check = [](const Finding& one) { return one.opening == Opening::check; };
        if (errors && std::ranges::any_of(findings_, is_check)) {
            out += "AH00014: Configuration check failed\n";
        }
    }
    if (findings_.size() == max_findings) out += "Further findings were left out.\n";
    return out;
}

} // namespace signet::config
