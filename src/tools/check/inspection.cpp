#include "tools/check/inspection.h"

#include "base/text.h"

#include <algorithm>

namespace signet::tools::check {
namespace {

using config::Node;

bool is_in_file(const Node& node)
{
    return node.position.file && node.position.line > 0
           && node.position.file->path.starts_with('/');
}

uint32_t last_line(const Node& node)
{
    return std::max(node.position.line, node.position.end_line);
}

std::string indent_of(const Node& node)
{
    return std::string(node.position.column > 1 ? node.position.column - 1 : 0, ' ');
}

} // namespace

std::string Finding::where() const
{
    if (file.empty()) return "";
    std::string text = file;
    if (line) text += ":" + std::to_string(line);
    if (line && column) text += ":" + std::to_string(column);
    return text;
}

Inspection::Inspection(const config::Reading& reading, const server::Configuration* configuration,
                       const config::ReaderOptions& reader, const Options& options)
    : reading_(reading)
    , configuration_(configuration)
    , reader_(reader)
    , options_(options)
{
    if (!configuration) return;
    if (auto identity = process::worker_identity(configuration->process)) {
        worker_ = std::move(*identity);
    }
}

std::string Inspection::path(std::string_view relative) const
{
    if (relative.starts_with('/')) return std::string(relative);
    return reading_.server_root + "/" + std::string(relative);
}

void Inspection::each(std::initializer_list<std::string_view> names,
                      const std::function<void(const Node&, Sections)>& visit) const
{
    walk(nodes(), [&](const Node& node, Sections around) {
        const auto is_named = [&](std::string_view name) { return iequals(node.name, name); };
        if (std::ranges::any_of(names, is_named)) visit(node, around);
    });
}

Finding& Inspection::report(int id, const config::Position& position, std::string evidence)
{
    const auto* entry = diagnosis::find(id);
    Finding finding{.id = id, .evidence = std::move(evidence)};
    if (entry) finding.severity = entry->severity;
    if (position.file) finding.file = position.file->path;
    finding.line = position.line;
    finding.column = position.column;
    findings_.push_back(std::move(finding));
    return findings_.back();
}

Finding& Inspection::report(int id, const Node& node, std::string evidence)
{
    Finding& finding = report(id, node.position, std::move(evidence));
    finding.source = line_of(node);
    return finding;
}

std::vector<Edit> replace(const Node& node, const std::string& line)
{
    if (!is_in_file(node)) return {};
    return {
        {node.position.file->path, node.position.line, last_line(node), indent_of(node) + line}};
}

std::vector<Edit> remove(const Node& node)
{
    if (!is_in_file(node)) return {};
    return {{node.position.file->path, node.position.line, last_line(node), ""}};
}

std::vector<Edit> insert_after(const Node& node, const std::string& line)
{
    if (!is_in_file(node)) return {};
    const uint32_t next = last_line(node) + 1;
    return {{node.position.file->path, next, next - 1, indent_of(node) + line}};
}

std::vector<Edit> insert_before(const Node& node, const std::string& line)
{
    if (!is_in_file(node)) return {};
    const uint32_t at = node.position.line;
    return {{node.position.file->path, at, at - 1, indent_of(node) + line}};
}

} // namespace signet::tools::check
