// -t -D DUMP_CONFIG: the configuration as it was understood, in mod_info's layout: each directive
// with its line above it, Include, Define and the conditions resolved.
#include "base/text.h"
#include "config/known_directives.h"
#include "process/check.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace signet::process {
namespace {

// Apache obeys these while it reads and does not keep them.
constexpr std::array<std::string_view, 4> obeyed_while_reading{"LoadModule", "LoadFile",
                                                               "ServerRoot", "DefaultRuntimeDir"};

bool is_kept(const config::Node& node)
{
    return std::ranges::none_of(obeyed_while_reading,
                                [&](auto name) { return iequals(name, node.name); });
}

// As Apache spells it, however it was written. (The manual has TimeOut.)
std::string_view canonical_name(const config::Node& node)
{
    if (iequals(node.name, "Timeout")) return "Timeout";
    const auto* known = config::find_known_directive(node.name);
    return known ? known->name : std::string_view(node.name);
}

std::string file_name(const config::Position& position)
{
    if (!position.file) return "";
    return position.file->path.starts_with('-') ? "-c/-C directives" : position.file->path;
}

class ConfigDump {
public:
    void add(const std::vector<config::Node>& nodes, size_t depth)
    {
        for (const auto& node : nodes) {
            if (is_kept(node)) add(node, depth);
        }
    }

    std::string take() { return std::move(out_); }

private:
    void add(const config::Node& node, size_t depth)
    {
        const std::string indent(2 * depth, ' ');
        name_file(node.position);
        const uint32_t line = std::max(node.position.line, node.position.end_line);
        std::string number = std::to_string(line);
        if (number.size() < 3) number.insert(0, 3 - number.size(), ' ');
        out_.append(indent).append("# ").append(number).append(":\n").append(indent);
        const auto name = canonical_name(node);
        if (!node.is_section) {
            out_.append(name);
            if (!node.arguments.empty()) out_.append(" ").append(node.arguments);
            out_ += '\n';
            return;
        }
        out_.append("<").append(name);
        if (!node.arguments.empty()) out_.append(" ").append(node.arguments);
        out_ += ">\n";
        add(node.children, depth + 1);
        out_.append(indent).append("</").append(name).append(">\n");
    }

    void name_file(const config::Position& position)
    {
        if (const std::string name = file_name(position); name != file_) {
            file_ = name;
            out_.append("# In file: ").append(name) += '\n';
        }
    }

    std::string out_;
    std::string file_;
};

} // namespace

std::string dump_config(const server::Configuration& configuration)
{
    ConfigDump dump;
    dump.add(configuration.reading.tree.nodes, 0);
    return dump.take();
}

} // namespace signet::process
