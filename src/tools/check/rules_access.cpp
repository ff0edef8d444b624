// Who is let in, and which line decides.
#include "base/text.h"
#include "tools/check/inspection.h"

#include <algorithm>

namespace signet::tools::check {
namespace {

using config::Node;

bool is_old_access(const Node& node)
{
    return iequals(node.name, "Order") || iequals(node.name, "Allow") || iequals(node.name, "Deny")
           || iequals(node.name, "Satisfy");
}

void mixed_access(Inspection& inspection)
{
    walk(inspection.nodes(), [&](const Node& section, Sections) {
        if (!section.is_section) return;
        const Node* old = nullptr;
        const Node* require = nullptr;
        for (const auto& line : section.children) {
            if (is_old_access(line) && !old) old = &line;
            const bool by_host =
                iequals(line.name, "Require") && !line.words.empty()
                && (iequals(line.words[0].text, "all") || iequals(line.words[0].text, "ip")
                    || iequals(line.words[0].text, "host") || iequals(line.words[0].text, "local"));
            if (by_host && !require) require = &line;
        }
        if (!old || !require) return;
        inspection.report(136, *old,
                          line_of(*old) + " and " + line_of(*require) + " stand in one section ("
                              + line_of(section) + "): a client has to satisfy both");
    });
}

// What the lines of one section say in the new way, or nothing when that is not plain.
std::string in_the_new_way(const std::vector<const Node*>& lines)
{
    std::string allow;
    std::string deny;
    for (const auto* line : lines) {
        if (iequals(line->name, "Satisfy")) return "";
        if (line->words.size() < 2) continue;
        auto& list = iequals(line->name, "Allow") ? allow : deny;
        if (!iequals(line->name, "Allow") && !iequals(line->name, "Deny")) continue;
        for (size_t i = 1; i < line->words.size(); ++i) list += " " + line->words[i].text;
    }
    if (iequals(allow, " all") && deny.empty()) return "Require all granted";
    if (allow.empty() && iequals(deny, " all")) return "Require all denied";
    const bool addresses = allow.find_first_not_of(" 0123456789./abcdefABCDEF:") == allow.npos;
    if (iequals(deny, " all") && !allow.empty() && addresses) return "Require ip" + allow;
    return "";
}

void old_access(Inspection& inspection)
{
    walk(inspection.nodes(), [&](const Node& section, Sections) {
        if (!section.is_section) return;
        std::vector<const Node*> lines;
        bool has_require = false;
        for (const auto& line : section.children) {
            if (is_old_access(line)) lines.push_back(&line);
            has_require = has_require || iequals(line.name, "Require");
        }
        if (lines.empty() || has_require) return;
        auto& finding = inspection.report(160, *lines.front(),
                                          line_of(section) + " is guarded in Apache 2.2's way");
        const std::string line = in_the_new_way(lines);
        if (line.empty()) return;
        finding.fix = line;
        // Order may have an effect of its own together with outer sections, so this is no edit.
    });
}

bool is_beginning(std::string_view path, std::string_view of)
{
    if (!of.starts_with(path)) return false;
    return path.ends_with('/') || of.size() == path.size() || of[path.size()] == '/';
}

void shadowed_proxy_pass(Inspection& inspection)
{
    struct Seen {
        const Node* node;
        const Node* section;
    };
    std::vector<Seen> seen;
    inspection.each({"ProxyPass"}, [&](const Node& node, Sections around) {
        if (node.words.size() < 2) return; // in a <Location>
        const Node* section = around.empty() ? nullptr : around.back();
        const std::string& path = node.words[0].text;
        for (const auto& earlier : seen) {
            const std::string& shorter = earlier.node->words[0].text;
            if (earlier.section != section || !is_beginning(shorter, path)) continue;
            auto& finding =
                inspection.report(135, node,
                                  "ProxyPass " + shorter + " (" + earlier.node->position.text()
                                      + ") comes first and takes " + path);
            finding.fix = "put this line before the other one";
            break;
        }
        seen.push_back({&node, section});
    });
}

bool needs_tls(std::span<const Node* const> around, const Node& section)
{
    if (last_of(section.children, "SSLRequireSSL")) return true;
    for (const auto* outer : around) {
        if (last_of(outer->children, "SSLRequireSSL")) return true;
        const Node* engine = last_of(outer->children, "SSLEngine");
        if (engine && !engine->words.empty() && iequals(engine->words[0].text, "on")) return true;
    }
    return false;
}

void basic_without_tls(Inspection& inspection)
{
    inspection.each({"AuthType"}, [&](const Node& node, Sections around) {
        if (node.words.empty() || !iequals(node.words[0].text, "Basic") || around.empty()) return;
        // At server level a section serves all hosts, those of plain HTTP included.
        if (needs_tls(around.first(around.size() - 1), *around.back())) return;
        auto& finding = inspection.report(
            147, node, "passwords for " + line_of(*around.back()) + " may travel unencrypted");
        finding.fix = "SSLRequireSSL in the section, or in a virtual host with SSLEngine on";
    });
}

constexpr Rule table[] = {
    {136, "old and new access control in one section", mixed_access},
    {160, "Order, Allow and Deny", old_access},
    {135, "ProxyPass lines that are never reached", shadowed_proxy_pass},
    {147, "Basic authentication over plain HTTP", basic_without_tls},
};

} // namespace

std::span<const Rule> access_rules()
{
    return table;
}

} // namespace signet::tools::check
