#include "tools/check/inspect.h"

#include <algorithm>

namespace signet::tools::check {
namespace {

Finding from_server(const config::Finding& said)
{
    Finding finding{.id = said.id, .severity = said.severity};
    if (said.position.file) finding.file = said.position.file->path;
    finding.line = said.position.line;
    finding.column = said.position.column;
    finding.source = said.line;
    finding.evidence = said.message;
    finding.cause = said.expected.empty() ? "" : "expected: " + said.expected;
    finding.fix = said.fix;
    return finding;
}

// What two of them say about one line; the rule's words are the clearer ones.
bool says_the_same(const Finding& server, const Finding& rule)
{
    constexpr std::pair<int, int> pairs[] = {{301, 150}, {721, 161}, {720, 162}, {721, 144},
                                             {721, 142}, {5, 144},   {5, 161},   {5, 142},
                                             {720, 161}, {682, 142}};
    if (server.file != rule.file || server.line != rule.line) return false;
    return std::ranges::find(pairs, std::pair{server.id, rule.id}) != std::end(pairs);
}

} // namespace

std::vector<Rule> all_rules()
{
    std::vector<Rule> all;
    for (const auto part :
         {address_rules(), access_rules(), tls_rules(), file_rules(), habit_rules()}) {
        all.insert(all.end(), part.begin(), part.end());
    }
    return all;
}

Result<Inspected> inspect(const ConfigurationOptions& options_of_reading, const Options& options)
{
    Inspected result;
    result.line = std::make_unique<process::CommandLine>(options_of_reading.command_line());
    result.loader = std::make_unique<process::Loader>(*result.line);
    const auto load = result.loader->options();
    config::Diagnostics ignored;
    auto reading = config::read_configuration(load.path, load.reader, ignored);
    if (!reading) return std::unexpected(reading.error());

    result.reading = std::make_unique<config::Reading>(std::move(*reading));
    result.configuration = result.loader->load(true, nullptr, result.server);
    result.has_errors = !result.configuration || result.server.has_errors();

    Inspection inspection(*result.reading, result.configuration.get(), load.reader, options);
    for (const auto& rule : all_rules()) rule.look(inspection);
    auto& found = inspection.findings();
    for (const auto& said : result.server.findings()) {
        auto finding = from_server(said);
        const auto same = [&](const Finding& rule) { return says_the_same(finding, rule); };
        if (std::ranges::none_of(found, same)) result.findings.push_back(std::move(finding));
    }
    result.findings.insert(result.findings.end(), found.begin(), found.end());
    std::ranges::stable_sort(result.findings, {}, &Finding::severity);
    return result;
}

} // namespace signet::tools::check
