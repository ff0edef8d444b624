#include "config/diagnostics.h"

#include <algorithm>
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

// "AH00526: Syntax error on line 14 of /etc/httpd.conf:", as tools that run `httpd -t` expect it.
std::string headline(const Finding& finding)
{
    const Position& position = finding.position;
    if (!is_error(finding)) return std::string(word_for(finding.severity));
    if (!position.file || position.line == 0) return "";
    if (position.file->path == "-C" || position.file->path == "-c") {
        return "Syntax error in -C/-c directive:\n";
    }
    return "AH00526: Syntax error on line "
           + std::to_string(std::max(position.line, position.end_line)) + " of "
           + position.file->path + ":\n";
}

// The cause of an id is told once; each finding has its own fix.
void append(std::string& out, const Finding& finding, bool tell_cause)
{
    const std::string head = headline(finding);
    out += head;
    const auto* entry = diagnosis::find(finding.id);
    const bool names_line = head.starts_with("AH00526");
    if (entry && !entry->apache.empty() && !names_line && !finding.message.starts_with("AH")) {
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

void Diagnostics::add(Finding finding)
{
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
    }
    if (findings_.size() == max_findings) out += "Further findings were left out.\n";
    return out;
}

} // namespace signet::config
