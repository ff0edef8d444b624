#include "tools/report/report.h"

#include "base/file.h"
#include "base/text.h"
#include "diagnosis/catalogue.h"
#include "pki/digest.h"
#include "process/check.h"
#include "tools/check/inspect.h"
#include "tools/check/log_files.h"
#include "tools/report/redact.h"

#include <algorithm>
#include <cstdio>
#include <set>
#include <sys/utsname.h>
#include <unistd.h>

namespace signet::tools {
namespace {

constexpr size_t log_lines = 200;
constexpr size_t log_bytes = 64 * 1024; // looked at, from the end

std::string heading(std::string_view text)
{
    return "\n== " + std::string(text) + " ==\n";
}

std::string machine()
{
    utsname about{};
    std::string out = heading("Machine");
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

std::string findings_text(const check::Inspected& inspected)
{
    std::string out = heading("What signet check finds");
    for (const auto& one : inspected.findings) {
        out += diagnosis::name(one.id) + "  " + one.where() + "  "
               + report::redact_line(one.evidence) + "\n";
    }
    return out;
}

std::string configuration_text(const check::Inspected& inspected, bool whole)
{
    std::string out = heading("Configuration");
    std::set<std::string> told;
    for (const auto& file : inspected.reading->files) {
        const auto text = read_file(file);
        if (!text || !told.insert(file).second) continue;
        out += file + "  " + std::to_string(text->size()) + " bytes  sha256 "
               + pki::hex_digest("sha256", *text) + "\n";
        if (whole) out += report::redact(*text) + "\n";
    }
    return out;
}

std::string logs(const check::Inspected& inspected)
{
    std::string out;
    if (!inspected.configuration) return out;
    for (const auto& path : check::error_log_files(*inspected.configuration)) {
        out += heading("The end of " + path) + report::redact(tail_of(path));
    }
    return out;
}

} // namespace

int run_report(const ReportRequest& request)
{
    std::string out = "Problem report of signet. Secrets are taken out; read it before you send "
                      "it.\nAdd: what you did, what you expected, what came instead (curl -v).\n";
    out += heading("Versions and build") + process::compile_settings() + machine();
    auto inspected =
        check::inspect(request.configuration, {.now = ::time(nullptr), .offline = true});
    if (inspected) {
        out += heading("Modules") + process::list_modules(inspected->loader->modules());
        if (inspected->configuration) {
            out += heading("Virtual hosts") + process::dump_vhosts(*inspected->configuration);
        }
        out += configuration_text(*inspected, request.with_configuration);
        out += findings_text(*inspected) + logs(*inspected);
    } else {
        out += heading("Configuration") + inspected.error().text + "\n";
    }
    if (request.output.empty()) {
        std::fputs(out.c_str(), stdout);
        return 0;
    }
    if (auto written = write_file_atomically(request.output, out, 0600); !written) {
        std::fprintf(stderr, "signet report: %s\n", written.error().text.c_str());
        return 2;
    }
    std::printf("%s\n", request.output.c_str());
    return 0;
}

} // namespace signet::tools
