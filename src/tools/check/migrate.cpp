#include "tools/check/migrate.h"

#include "base/file.h"
#include "base/text.h"
#include "tools/tree.h"

#include <algorithm>
#include <map>
#include <set>

namespace signet::tools::check {
namespace {

// Catalogue ids: which findings mean that a line does nothing, or is read as another one.
constexpr int no_effect[] = {5, 682, 721, 722};
constexpr int renamed[] = {720, 723};

// Directives that are obeyed while the text is read, and leave nothing behind.
constexpr std::string_view obeyed[] = {
    "Include", "IncludeOptional", "Define", "UnDefine", "ServerRoot", "<If", "</If",  "LoadModule",
    "Use",     "UndefMacro",      "<Macro", "</Macro",  "<Virtual",   "</",  "Error", "LoadFile"};

using Key = std::pair<std::string, uint32_t>;

Fate fate_of(const config::Finding& finding)
{
    if (finding.severity <= diagnosis::Severity::error) return Fate::refused;
    if (std::ranges::find(no_effect, finding.id) != std::end(no_effect)) return Fate::ignored;
    if (std::ranges::find(renamed, finding.id) != std::end(renamed)) return Fate::translated;
    return Fate::kept;
}

struct Verdict {
    Fate fate = Fate::kept;
    std::string note;
};

std::map<Key, Verdict> verdicts_of(const config::Diagnostics& diagnostics)
{
    std::map<Key, Verdict> verdicts;
    for (const auto& finding : diagnostics.findings()) {
        if (!finding.position.file) continue;
        auto& verdict = verdicts[{finding.position.file->path, finding.position.line}];
        // The worst that was said about a line counts: refused before ignored before translated.
        const Fate fate = fate_of(finding);
        const bool is_worse = fate == Fate::refused || verdict.fate == Fate::kept;
        if (!is_worse) continue;
        verdict = {fate, diagnosis::name(finding.id) + " " + finding.message};
    }
    return verdicts;
}

bool is_obeyed(std::string_view line)
{
    return std::ranges::any_of(obeyed, [&](auto begin) { return istarts_with(line, begin); });
}

} // namespace

std::string_view name(Fate fate)
{
    constexpr std::string_view names[] = {"kept", "translated", "ignored", "refused", "skipped"};
    return names[static_cast<size_t>(fate)];
}

std::vector<MigratedLine> migrate(const config::Reading& reading,
                                  const config::Diagnostics& findings)
{
    std::set<Key> in_tree;
    walk(reading.tree.nodes, [&](const config::Node& node, Sections) {
        if (node.position.file) in_tree.insert({node.position.file->path, node.position.line});
    });
    const auto verdicts = verdicts_of(findings);
    std::vector<MigratedLine> lines;
    std::set<std::string> seen;
    for (const auto& file : reading.files) {
        const auto text = seen.insert(file).second ? read_file(file) : Result<std::string>("");
        if (!text) continue;
        uint32_t number = 0;
        bool continues = false;
        for (const auto raw : split(*text, '\n')) {
            ++number;
            const bool is_rest = continues;
            continues = raw.ends_with('\\');
            const auto line = trim(raw);
            if (is_rest || line.empty() || line.starts_with('#')) continue;
            MigratedLine result{.file = file, .line = number, .text = std::string(line)};
            const auto verdict = verdicts.find({file, number});
            if (verdict != verdicts.end()) {
                result.fate = verdict->second.fate;
                result.note = verdict->second.note;
            } else if (!in_tree.contains({file, number}) && !is_obeyed(line)) {
                result.fate = Fate::skipped;
                result.note = "the condition around it does not hold";
            }
            lines.push_back(std::move(result));
        }
    }
    return lines;
}

} // namespace signet::tools::check
