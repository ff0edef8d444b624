// Lines of former times that do nothing, do too much, or have a better form today.
#include "base/file.h"
#include "base/text.h"
#include "tools/check/inspection.h"

#include <algorithm>

namespace signet::tools::check {
namespace {

using config::Node;

void default_type(Inspection& inspection)
{
    inspection.each({"DefaultType"}, [&](const Node& node, Sections) {
        if (node.words.empty() || iequals(node.words[0].text, "none")) return;
        inspection.report(142, node, line_of(node) + " is ignored since Apache 2.4").edits =
            remove(node);
    });
}

void old_explorer(Inspection& inspection)
{
    inspection.each({"SetEnvIf", "SetEnvIfNoCase", "BrowserMatch", "BrowserMatchNoCase"},
                    [&](const Node& node, Sections) {
                        const bool is_browser = istarts_with(node.name, "Browser");
                        const size_t at = is_browser ? 0 : 1;
                        if (node.words.size() <= at) return;
                        const std::string& pattern = node.words[at].text;
                        if (pattern.find("MSIE") == pattern.npos) return;
                        // "MSIE [2-5]\." is meant for those that needed it.
                        if (pattern.find("MSIE [") != pattern.npos) return;
                        auto& finding = inspection.report(143, node,
                                                          "\"" + pattern
                                                              + "\" fits every Internet "
                                                                "Explorer");
                        finding.edits = remove(node);
                    });
}

template <int id> void useless(Inspection& inspection, std::string_view name)
{
    inspection.each({name}, [&](const Node& node, Sections) {
        inspection.report(id, node, line_of(node) + " does nothing").edits = remove(node);
    });
}

void name_virtual_host(Inspection& inspection)
{
    useless<144>(inspection, "NameVirtualHost");
}

void mutex(Inspection& inspection)
{
    useless<161>(inspection, "SSLMutex");
}

void random_seed(Inspection& inspection)
{
    inspection.each({"SSLRandomSeed"}, [&](const Node& node, Sections) {
        const bool blocks = node.arguments.find("/dev/random") != std::string::npos;
        inspection
            .report(153, node,
                    blocks ? "/dev/random once blocked connections for half a minute"
                           : line_of(node) + " does nothing")
            .edits = remove(node);
    });
}

void long_keep_alive(Inspection& inspection)
{
    inspection.each({"KeepAliveTimeout"}, [&](const Node& node, Sections) {
        if (node.words.empty()) return;
        const auto seconds = parse_number<unsigned>(node.words[0].text);
        if (!seconds || *seconds < 30) return;
        inspection.report(146, node, "idle connections are held for " + node.words[0].text + " s")
            .fix = "KeepAliveTimeout 5";
    });
}

void new_names(Inspection& inspection)
{
    constexpr std::pair<std::string_view, std::string_view> names[] = {
        {"MaxClients", "MaxRequestWorkers"}, {"MaxRequestsPerChild", "MaxConnectionsPerChild"}};
    for (const auto& [old, now] : names) {
        inspection.each({old}, [&, now = now](const Node& node, Sections) {
            auto& finding =
                inspection.report(162, node, node.name + " is called " + std::string(now));
            finding.fix = std::string(now) + " " + node.arguments;
            finding.edits = replace(node, finding.fix);
        });
    }
}

void chain_file(Inspection& inspection)
{
    inspection.each({"SSLCertificateChainFile"}, [&](const Node& node, Sections) {
        inspection.report(159, node, line_of(node) + " still works");
    });
}

void hostname_lookups(Inspection& inspection)
{
    inspection.each({"HostnameLookups"}, [&](const Node& node, Sections) {
        if (!node.words.empty() && !iequals(node.words[0].text, "off")) {
            inspection.report(163, node, "the DNS is asked for every new client");
        }
    });
}

void standard_variables(Inspection& inspection)
{
    inspection.each({"SSLOptions"}, [&](const Node& node, Sections around) {
        if (node.arguments.find("+StdEnvVars") == std::string::npos) return;
        const bool narrow = std::ranges::any_of(around, [](const Node* section) {
            return istarts_with(section->name, "Files") || istarts_with(section->name, "Location")
                   || (iequals(section->name, "Directory") && !section->words.empty()
                       && section->words[0].text != "/");
        });
        if (!narrow) inspection.report(172, node, "all requests get them");
    });
}

void core_dumps(Inspection& inspection)
{
    inspection.each({"CoreDumpDirectory"}, [&](const Node& node, Sections) {
        inspection.report(169, node, "a crash writes memory, keys included, to this folder");
    });
}

void talkative_log(Inspection& inspection)
{
    inspection.each({"LogLevel"}, [&](const Node& node, Sections) {
        for (const auto& word : node.words) {
            const std::string_view level = word.text;
            if (!iequals(level, "debug") && !istarts_with(level, "trace")) continue;
            inspection.report(176, node, "everything is logged at " + word.text);
            return;
        }
    });
}

// <IfDefine NAME> blocks that this command line skips leave no lines in the tree: look at the text.
void hidden_tls(Inspection& inspection)
{
    for (const auto& file : inspection.reading().files) {
        const auto text = read_file(file);
        if (!text) continue;
        std::vector<std::pair<std::string, uint32_t>> open; // name, line
        uint32_t number = 0;
        std::vector<uint32_t> told;
        for (const auto raw : split(*text, '\n')) {
            ++number;
            const auto line = trim(raw);
            if (istarts_with(line, "<IfDefine ")) {
                std::string name(trim(line.substr(10, line.find('>') - 10)));
                open.emplace_back(name, number);
            } else if (istarts_with(line, "</IfDefine") && !open.empty()) {
                open.pop_back();
            }
            if (open.empty()) continue;
            const auto& [name, at] = open.back();
            const auto& defines = inspection.reading().defines;
            const bool skipped =
                name.starts_with('!') ? defines.contains(name.substr(1)) : !defines.contains(name);
            const auto words = split_words(line);
            const bool tls = words.size() > 1
                             && ((iequals(words[0], "SSLEngine") && iequals(words[1], "on"))
                                 || (iequals(words[0], "Listen") && words[1].ends_with("443")));
            if (!tls || !skipped || std::ranges::find(told, at) != told.end()) continue;
            told.push_back(at);
            auto& finding =
                inspection.report(145, config::Position{},
                                  "\"" + std::string(line) + "\" (line " + std::to_string(number)
                                      + ") is skipped: " + name + " is not defined");
            finding.file = file;
            finding.line = at;
            finding.column = 1;
            finding.source = "<IfDefine " + name + ">";
        }
    }
}

constexpr Rule table[] = {
    {142, "DefaultType", default_type},
    {143, "rules for old Internet Explorers", old_explorer},
    {144, "NameVirtualHost", name_virtual_host},
    {145, "IfDefine blocks that hide TLS", hidden_tls},
    {146, "long KeepAliveTimeout", long_keep_alive},
    {153, "SSLRandomSeed", random_seed},
    {159, "SSLCertificateChainFile", chain_file},
    {161, "SSLMutex", mutex},
    {162, "names of Apache 2.2", new_names},
    {163, "HostnameLookups", hostname_lookups},
    {169, "core dumps", core_dumps},
    {172, "StdEnvVars for everything", standard_variables},
    {176, "talkative logs", talkative_log},
};

} // namespace

std::span<const Rule> habit_rules()
{
    return table;
}

} // namespace signet::tools::check
