#include "tools/adopt.h"

#include "base/file.h"
#include "base/text.h"
#include "process/loader.h"
#include "process/pid_file.h"
#include "tools/envvars.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <map>
#include <unistd.h>

namespace signet::tools {
namespace {

using config::Finding;
using diagnosis::Severity;

// The first line tells our note from a file that somebody else wrote.
constexpr std::string_view signature = "# Written by \"signet adopt\"";

void complain(int id, const std::string& text)
{
    std::fprintf(stderr, "signet adopt: %s: %s\n", diagnosis::name(id).c_str(), text.c_str());
}

// Catalogue ids (diagnosis/configuration_entries.cpp).
constexpr int no_configuration = 126;
constexpr int envvars_failed = 127;
constexpr int has_errors = 128;
constexpr int apache_runs = 129;
constexpr int note_unwritable = 130;
constexpr int note_foreign = 131;
constexpr int nothing_adopted = 132;

// The main file's name: Debian's, or upstream's.
std::string main_file(const std::string& folder)
{
    for (const char* name : {"/apache2.conf", "/httpd.conf", "/conf/httpd.conf"}) {
        if (::access((folder + name).c_str(), R_OK) == 0) return folder + name;
    }
    return "";
}

size_t count_directives(const std::vector<config::Node>& nodes)
{
    size_t count = nodes.size();
    for (const auto& node : nodes) count += count_directives(node.children);
    return count;
}

// One line per finding: where, and what.
void list(const char* heading, const config::Diagnostics& diagnostics, auto&& belongs)
{
    bool first = true;
    for (const auto& finding : diagnostics.findings()) {
        if (!belongs(finding)) continue;
        if (first) std::printf("%s:\n", heading);
        first = false;
        std::printf("  %s %s\n          %s\n", diagnosis::name(finding.id).c_str(),
                    finding.message.c_str(), finding.position.text().c_str());
    }
}

void report(const server::Configuration* configuration, const config::Diagnostics& diagnostics)
{
    list("Refused (mend these first)", diagnostics,
         [](const Finding& finding) { return finding.severity <= Severity::error; });
    list("Different under signet", diagnostics,
         [](const Finding& finding) { return finding.severity == Severity::warn; });
    if (!configuration) return;
    std::printf("Kept: %zu directives in %zu files, %zu virtual hosts, %zu addresses\n",
                count_directives(configuration->reading.tree.nodes),
                configuration->reading.included.size(), configuration->vhosts.size(),
                configuration->listeners.size());
}

std::string note_text(const std::string& folder)
{
    return std::string(signature) + "; \"signet adopt --undo\" removes it.\n"
           + "# signetctl (and so signet.service) serves this folder as it is.\nSIGNET_CONFDIR="
           + folder + "\nSIGNET_IS_ADOPTED=yes\n";
}

int write_note(const Adoption& adoption)
{
    if (const auto present = read_file(adoption.note);
        present && !present->starts_with(signature)) {
        complain(note_foreign, adoption.note + " exists and was not written by signet adopt");
        return 1;
    }
    if (auto written = write_file_atomically(adoption.note, note_text(adoption.folder)); !written) {
        complain(note_unwritable, adoption.note + ": " + written.error().text);
        return 1;
    }
    std::printf("Adopted: %s is served by signet from the next start on.\n"
                "  systemctl disable --now apache2 && systemctl enable --now signet\n"
                "Back to Apache:\n"
                "  signet adopt --undo && systemctl disable --now signet && systemctl enable --now "
                "apache2\n",
                adoption.folder.c_str());
    return 0;
}

int undo(const Adoption& adoption)
{
    const auto present = read_file(adoption.note);
    if (!present || !present->starts_with(signature)) {
        complain(nothing_adopted, "there is no " + adoption.note + " of signet adopt");
        return 1;
    }
    if (::unlink(adoption.note.c_str()) != 0) {
        complain(note_unwritable, adoption.note + ": " + std::strerror(errno));
        return 1;
    }
    std::printf("Handed back: signet serves its own /etc/signet again.\n"
                "  systemctl disable --now signet && systemctl enable --now apache2\n");
    return 0;
}

// Both would want the same ports.
bool apache_is_running(const server::Configuration& configuration)
{
    const auto file = process::read_pid_file(configuration.path(configuration.process.pid_file));
    if (file.state != process::PidFile::State::foreign || !file.program.starts_with("apache2")) {
        return false;
    }
    complain(apache_runs, "Apache is running as process " + std::to_string(file.pid));
    return true;
}

} // namespace

int run_adoption(const Adoption& adoption)
{
    if (adoption.undo) return undo(adoption);
    process::CommandLine line;
    line.server_root = adoption.folder;
    line.config_file = main_file(adoption.folder);
    if (line.config_file.empty()) {
        complain(no_configuration, "there is no apache2.conf or httpd.conf in " + adoption.folder);
        return 1;
    }
    if (auto read = read_envvars(adoption.folder + "/envvars"); !read) {
        complain(envvars_failed, read.error().text);
        return 1;
    }
    const process::Loader loader(line);
    config::Diagnostics diagnostics;
    const auto configuration = loader.load(true, nullptr, diagnostics);
    report(configuration.get(), diagnostics);
    if (!configuration) {
        complain(has_errors, line.config_file + " has errors: nothing was changed");
        return 1;
    }
    if (adoption.only_check) return 0;
    if (apache_is_running(*configuration)) return 1;
    return write_note(adoption);
}

} // namespace signet::tools
