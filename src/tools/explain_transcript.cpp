#include "tools/explain_transcript.h"

#include "base/file.h"
#include "diagnosis/catalogue.h"
#include "tools/answer.h"
#include "tools/console.h"
#include "tools/style.h"
#include "tools/transcript.h"

#include <algorithm>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <unistd.h>

namespace signet::tools {
namespace {

constexpr size_t longest = size_t{4} << 20; // what comes after it is not looked at
constexpr int nothing_recognised = 832;

// The beginning of a file, of any length.
Result<std::string> beginning_of(const std::string& path)
{
    Result<FileDescriptor> opened = FileDescriptor();
    if (path != "-") opened = open_file(path, O_RDONLY);
    if (!opened) return std::unexpected(opened.error());
    const int descriptor = path == "-" ? STDIN_FILENO : opened->get();
    std::string text;
    char buffer[16384];
    while (text.size() < longest) {
        const ssize_t got =
            ::read(descriptor, buffer, std::min(sizeof buffer, longest - text.size()));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return fail_errno(path);
        if (got == 0) break;
        text.append(buffer, static_cast<size_t>(got));
    }
    return text;
}

void tell(const TranscriptFinding& finding, Answer& answer)
{
    const auto* entry = finding.id == 0 ? nullptr : diagnosis::find(finding.id);
    const std::string cause =
        !finding.cause.empty() || !entry ? finding.cause : std::string(entry->cause);
    const std::string fix = !finding.fix.empty() || !entry ? finding.fix : std::string(entry->fix);
    pki::Facts fact;
    std::string title =
        entry ? diagnosis::name(finding.id) + "  " + std::string(entry->symptom) : finding.seen;
    if (entry) fact["id"] = diagnosis::name(finding.id);
    if (entry) fact["message"] = entry->symptom;
    fact["seen"] = finding.seen;
    fact["cause"] = cause;
    if (!fix.empty()) fact["fix"] = fix;
    answer.facts()["findings"].push_back(std::move(fact));
    answer.say("\n" + title + "\n");
    if (entry) answer.say(paragraph("seen:", finding.seen, 10, 80));
    answer.say(paragraph("cause:", cause, 10, 80));
    if (!fix.empty()) answer.say(paragraph("fix:", fix, 10, 80));
}

} // namespace

int explain_transcript(const std::string& path, Answer& answer)
{
    const auto text = beginning_of(path);
    if (!text) return answer.complain(text.error(), cannot_read);
    const auto transcript = read_transcript(*text);
    if (transcript.is_empty()) {
        answer.complain(nothing_recognised,
                        (path == "-" ? "standard input" : path)
                            + ": holds nothing that openssl s_client or curl -v says");
        return exit_no;
    }
    auto& facts = answer.facts();
    facts = pki::Facts::object();
    facts["file"] = path;
    for (const auto& [name, value] : transcript.facts) {
        // Of several connections, or several answers, a program gets a list.
        auto& place = facts["facts"][name];
        if (place.is_null()) place = pki::Facts::array();
        place.push_back(value);
        answer.say(paragraph(name + ":", value, 18, 80));
    }
    facts["findings"] = pki::Facts::array();
    for (const auto& finding : transcript.findings) tell(finding, answer);
    if (transcript.findings.empty()) answer.say("\nNothing in it needs an explanation.\n");
    return exit_done;
}

} // namespace signet::tools
