#include "tools/check/check.h"

#include "base/file.h"
#include "tools/check/edits.h"
#include "tools/check/inspect.h"
#include "tools/check/log_files.h"
#include "tools/check/migrate.h"
#include "tools/check/recover.h"
#include "tools/check/since.h"
#include "tools/style.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <nlohmann/json.hpp>
#include <set>

namespace signet::tools {
namespace {

using check::Finding, check::Inspected;
using diagnosis::Severity;

constexpr int clean = 0, has_findings = 1, cannot_read = 2;

void print(const std::string& text)
{
    std::fputs(text.c_str(), stdout);
}

int complain(const std::string& text)
{
    std::fprintf(stderr, "signet check: %s\n", text.c_str());
    return cannot_read;
}

std::string_view word_for(Severity severity)
{
    if (severity <= Severity::error) return "error";
    if (severity == Severity::warn) return "warning";
    return severity == Severity::notice ? "notice" : "info";
}

Ink ink_of(Severity severity)
{
    if (severity <= Severity::error) return Ink::red;
    return severity == Severity::warn ? Ink::yellow : Ink::dim;
}

std::string cause_of(const Finding& finding)
{
    const auto* entry = diagnosis::find(finding.id);
    return finding.cause.empty() && entry ? std::string(entry->cause) : finding.cause;
}

std::string fix_of(const Finding& finding)
{
    const auto* entry = diagnosis::find(finding.id);
    return finding.fix.empty() && entry ? std::string(entry->fix) : finding.fix;
}

std::string text_of(const Finding& finding, bool tell_cause, bool colour)
{
    std::string out = inked(Ink::bold, diagnosis::name(finding.id), colour) + "  "
                      + inked(ink_of(finding.severity), word_for(finding.severity), colour);
    const auto* entry = diagnosis::find(finding.id);
    if (entry && !entry->apache.empty() && !finding.evidence.starts_with("AH")) {
        out += "  " + std::string(entry->apache);
    }
    const auto where = finding.where();
    if (!where.empty()) out += "  " + where;
    out += "\n";
    if (!finding.source.empty()) out += "        " + finding.source + "\n";
    out += paragraph("        found:", finding.evidence, 16);
    if (tell_cause) out += paragraph("        cause:", cause_of(finding), 16);
    out += paragraph("        fix:", fix_of(finding), 16);
    return out;
}

// The cause of an id is told once.
std::string text_of(const std::vector<Finding>& findings, bool colour)
{
    std::string out;
    std::set<int> told;
    for (const auto& finding : findings) {
        out += text_of(finding, told.insert(finding.id).second, colour) + "\n";
    }
    return out;
}

nlohmann::json json_of(const Finding& finding)
{
    const auto* entry = diagnosis::find(finding.id);
    nlohmann::json out = {{"id", diagnosis::name(finding.id)},
                          {"severity", word_for(finding.severity)},
                          {"apache", entry ? entry->apache : ""},
                          {"title", entry ? entry->symptom : ""},
                          {"file", finding.file},
                          {"line", finding.line},
                          {"column", finding.column},
                          {"source", finding.source},
                          {"evidence", finding.evidence},
                          {"cause", cause_of(finding)},
                          {"fix", fix_of(finding)},
                          {"edits", nlohmann::json::array()}};
    for (const auto& edit : finding.edits) {
        out["edits"].push_back(
            {{"file", edit.file}, {"first", edit.first}, {"last", edit.last}, {"text", edit.text}});
    }
    return out;
}

void print_json(const nlohmann::json& value)
{
    print(value.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

size_t count(const std::vector<Finding>& findings, std::string_view word)
{
    return static_cast<size_t>(std::ranges::count_if(
        findings, [&](const Finding& one) { return word_for(one.severity) == word; }));
}

std::string summary(const std::vector<Finding>& findings)
{
    std::string text;
    for (const char* word : {"error", "warning", "notice", "info"}) {
        const size_t number = count(findings, word);
        if (number == 0) continue;
        text += (text.empty() ? "" : ", ") + std::to_string(number) + " " + word
                + (number > 1 && word != std::string_view("info") ? "s" : "");
    }
    const auto mendable =
        std::ranges::count_if(findings, [](const Finding& one) { return !one.edits.empty(); });
    if (text.empty()) return "Nothing found.\n";
    text += ".";
    if (mendable) text += " signet check --fix mends " + std::to_string(mendable) + " of them.";
    return text + "\n";
}

int exit_code(const std::vector<Finding>& findings, bool strict)
{
    const auto counts = [&](const Finding& one) {
        return one.severity <= (strict ? Severity::info : Severity::warn);
    };
    return std::ranges::any_of(findings, counts) ? has_findings : clean;
}

Result<check::Options> options_of(const CheckRequest& request)
{
    const time_t now = ::time(nullptr);
    const auto at = parse_moment(request.at, now);
    if (!at) return fail("--at takes a date (2027-01-31) or a distance (+30d)");
    return check::Options{.now = *at, .is_later = !request.at.empty(), .offline = request.offline};
}

// Writes the safe fixes, and takes them back when the server likes the result less.
int mend(const CheckRequest& request, const check::Options& options, const Inspected& before)
{
    std::vector<Finding> wanted = before.findings;
    std::erase_if(wanted, [&](const Finding& one) {
        return !request.only.empty()
               && std::ranges::find(request.only, one.id) == request.only.end();
    });
    const auto by_file = check::collect_edits(wanted);
    std::vector<std::pair<std::string, std::string>> written; // file, old text
    const time_t now = ::time(nullptr);
    for (const auto& [path, edits] : by_file) {
        const auto text = read_file(path);
        if (!text) return complain(text.error().text);
        print(check::diff_of(path, *text, edits, wants_colour()));
        const auto copy = check::rewrite(path, check::edited(*text, edits), now);
        if (!copy) return complain(copy.error().text);
        print("mended " + path + "; as it was: " + *copy + "\n\n");
        written.emplace_back(path, *text);
    }
    if (written.empty()) print("There is nothing that can be mended without asking.\n\n");
    auto after = check::inspect(request.configuration, options);
    if (!after) return complain(after.error().text);
    if (after->server.errors() > before.server.errors()) {
        for (const auto& [path, text] : written) {
            if (auto back = check::rewrite(path, text, now + 1); !back) {
                return complain(back.error().text);
            }
        }
        return complain("the server would not accept the mended files: they are as before");
    }
    if (!request.only.empty()) return clean;
    print(text_of(after->findings, wants_colour()) + summary(after->findings));
    return exit_code(after->findings, request.strict);
}

int recover(const CheckRequest& request)
{
    const auto text = read_file(request.recover);
    if (!text) return complain(text.error().text);
    const auto broken = check::recover_lines(*text);
    if (!request.fix) {
        print(broken);
        return broken == *text || broken == *text + "\n" ? clean : has_findings;
    }
    const auto copy = check::rewrite(request.recover, broken, ::time(nullptr));
    if (!copy) return complain(copy.error().text);
    print("recovered " + request.recover + "; as it was: " + *copy + "\n");
    return clean;
}

int tell_migration(const Inspected& inspected, bool json)
{
    const auto lines = check::migrate(*inspected.reading, inspected.server);
    size_t counts[5] = {};
    nlohmann::json list = nlohmann::json::array();
    for (const auto& line : lines) {
        ++counts[static_cast<size_t>(line.fate)];
        if (json) {
            list.push_back({{"file", line.file},
                            {"line", line.line},
                            {"fate", name(line.fate)},
                            {"text", line.text},
                            {"note", line.note}});
            continue;
        }
        std::string text(name(line.fate));
        text.resize(11, ' ');
        print(text + line.file + ":" + std::to_string(line.line) + ": " + line.text + "\n");
        if (!line.note.empty()) print(paragraph("           ", line.note, 12));
    }
    if (json) {
        print_json(list);
    } else {
        std::string total;
        for (size_t i = 0; i < std::size(counts); ++i) {
            total += (i ? ", " : "") + std::string(name(static_cast<check::Fate>(i))) + " "
                     + std::to_string(counts[i]);
        }
        print(total + "\n");
    }
    return counts[static_cast<size_t>(check::Fate::refused)] ? has_findings : clean;
}

nlohmann::json json_of(const std::string& file, const check::Comparison& comparison)
{
    nlohmann::json out = {{"file", file},
                          {"since", comparison.split},
                          {"is_reload", comparison.is_reload},
                          {"unread", comparison.unread},
                          {"problems", nlohmann::json::array()}};
    for (const auto& [id, problem] : comparison.classes) {
        out["problems"].push_back({{"id", id},
                                   {"level", problem.level},
                                   {"before", problem.before},
                                   {"after", problem.after},
                                   {"example", problem.example}});
    }
    return out;
}

int compare_logs(const CheckRequest& request, const Inspected& inspected)
{
    constexpr size_t most = size_t{16} << 20; // of each log, its end
    const auto window = check::parse_window(request.since);
    if (!window) return complain("--since takes a time: 15m, 2h, 1d");
    if (!inspected.configuration) return complain("the configuration has errors: signet check");
    bool has_new = false;
    nlohmann::json list = nlohmann::json::array();
    for (const auto& file : check::error_log_files(*inspected.configuration)) {
        const auto text = check::read_end(file, most);
        if (!text) return complain(text.error().text);
        const auto comparison = check::compare_log(*text, ::time(nullptr), *window);
        has_new = has_new || check::has_new(comparison);
        if (request.json) {
            list.push_back(json_of(file, comparison));
        } else {
            print(file + "\n" + check::text_of(comparison) + "\n");
        }
    }
    if (request.json) print_json(list);
    return has_new ? has_findings : clean;
}

} // namespace

int run_check(const CheckRequest& request)
{
    if (request.rules) {
        for (const auto& rule : check::all_rules()) {
            print(diagnosis::name(rule.id) + "  " + std::string(rule.title) + "\n");
        }
        return clean;
    }
    if (!request.recover.empty()) return recover(request);
    const auto options = options_of(request);
    if (!options) return complain(options.error().text);
    const auto inspected = check::inspect(request.configuration, *options);
    if (!inspected) {
        return complain(diagnosis::name(175) + " " + inspected.error().text
                        + " (signet check -f FILE)");
    }
    if (!request.since.empty()) return compare_logs(request, *inspected);
    if (request.migrate) return tell_migration(*inspected, request.json);
    if (request.fix) return mend(request, *options, *inspected);
    if (request.json) {
        nlohmann::json list = nlohmann::json::array();
        for (const auto& finding : inspected->findings) list.push_back(json_of(finding));
        print_json(list);
    } else {
        print(text_of(inspected->findings, wants_colour()) + summary(inspected->findings));
    }
    return exit_code(inspected->findings, request.strict);
}

} // namespace signet::tools
