#include "tools/report/report.h"

#include "base/file.h"
#include "base/text.h"
#include "diagnosis/catalogue.h"
#include "pki/digest.h"
#include "process/check.h"
#include "tools/answer.h"
#include "tools/check/inspect.h"
#include "tools/check/log_files.h"
#include "tools/console.h"
#include "tools/report/redact.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <sys/utsname.h>
#include <unistd.h>

namespace signet::tools {
namespace {

using pki::Facts;

constexpr size_t log_lines = 200;
constexpr size_t log_bytes = 64 * 1024; // looked at, from the end

std::string machine()
{
    utsname about{};
    std::string out;
    if (::uname(&about) == 0) {
        out += std::string(about.sysname) + " " + about.release + " " + about.machine + "\n";
    }
    if (const auto release = read_file("/etc/os-release", 65536)) {
        for (const auto line : split(*release, '\n')) {
            if (line.starts_with("PRETTY_NAME=")) out += std::string(line.substr(12)) + "\n";
        }
    }
    return out + std::to_string(::sysconf(_SC_NPROCESSORS_ONLN)) + " processors\n";
}

// The last lines of it.
std::string tail_of(const std::string& path)
{
    const auto end = check::read_end(path, log_bytes);
    if (!end) return "(" + end.error().text + ")\n";
    const std::string& text = *end;
    size_t lines = 0;
    size_t begin = text.size();
    while (begin > 0 && lines <= log_lines) {
        if (text[begin - 1] == '\n') ++lines;
        if (lines <= log_lines) --begin;
    }
    return text.substr(begin);
}

Facts findings_of(const check::Inspected& inspected)
{
    auto findings = Facts::array();
    for (const auto& one : inspected.findings) {
        findings.push_back({{"id", diagnosis::name(one.id)},
                            {"where", one.where()},
                            {"evidence", report::redact_line(one.evidence)}});
    }
    return findings;
}

Facts files_of(const check::Inspected& inspected, bool whole)
{
    auto files = Facts::array();
    std::set<std::string> told;
    for (const auto& path : inspected.reading->files) {
        const auto text = read_file(path);
        if (!text || !told.insert(path).second) continue;
        Facts file = {
            {"file", path}, {"bytes", text->size()}, {"sha256", pki::hex_digest("sha256", *text)}};
        if (whole) file["text"] = report::redact(*text);
        files.push_back(std::move(file));
    }
    return files;
}

Facts logs_of(const check::Inspected& inspected)
{
    auto logs = Facts::array();
    if (!inspected.configuration) return logs;
    for (const auto& path : check::error_log_files(*inspected.configuration))
        logs.push_back({{"file", path}, {"end", report::redact(tail_of(path))}});
    return logs;
}

Facts gather(const ReportRequest& request)
{
    Facts facts;
    facts["build"] = process::compile_settings();
    facts["machine"] = machine();
    auto inspected =
        check::inspect(request.configuration, {.now = ::time(nullptr), .offline = true});
    if (!inspected) {
        facts["failure"] = inspected.error().text;
        return facts;
    }
    facts["modules"] = process::list_modules(inspected->loader->modules());
    if (inspected->configuration)
        facts["virtual_hosts"] = process::dump_vhosts(*inspected->configuration);
    facts["files"] = files_of(*inspected, request.with_configuration);
    facts["findings"] = findings_of(*inspected);
    facts["logs"] = logs_of(*inspected);
    return facts;
}

std::string text_of(const Facts& facts)
{
    const auto text = [](const Facts& one, const char* name) {
        return one.value(name, std::string());
    };
    const auto heading = [](const std::string& words) { return "\n== " + words + " ==\n"; };
    std::string out = "Problem report of signet. Secrets are taken out; read it before you send "
                      "it.\nAdd: what you did, what you expected, what came instead (curl -v).\n";
    out += heading("Versions and build") + text(facts, "build");
    out += heading("Machine") + text(facts, "machine");
    if (facts.contains("failure"))
        return out + heading("Configuration") + text(facts, "failure") + "\n";
    out += heading("Modules") + text(facts, "modules");
    if (facts.contains("virtual_hosts"))
        out += heading("Virtual hosts") + text(facts, "virtual_hosts");
    out += heading("Configuration");
    for (const auto& file : facts["files"]) {
        out += text(file, "file") + "  " + std::to_string(file.value("bytes", size_t{0}))
               + " bytes  sha256 " + text(file, "sha256") + "\n";
        if (file.contains("text")) out += text(file, "text") + "\n";
    }
    out += heading("What signet check finds");
    for (const auto& one : facts["findings"])
        out += text(one, "id") + "  " + text(one, "where") + "  " + text(one, "evidence") + "\n";
    for (const auto& log : facts["logs"])
        out += heading("The end of " + text(log, "file")) + text(log, "end");
    return out;
}

} // namespace

int run_report(const ReportRequest& request)
{
    const Facts facts = gather(request);
    const std::string out = request.json ? pki::json_text(facts) : text_of(facts);
    Answer answer("report", request.json);
    if (request.output.empty() || request.output == "-") {
        print(out);
        return exit_done;
    }
    if (auto written = write_file_atomically(request.output, out, 0600); !written) {
        const int code = answer.complain(cannot_write, written.error().text);
        answer.deliver();
        return code;
    }
    answer.facts()["file"] = request.output;
    answer.say(request.output + "\n");
    answer.deliver();
    return exit_done;
}

} // namespace signet::tools
