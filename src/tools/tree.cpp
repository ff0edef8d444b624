#include "tools/tree.h"

#include "base/text.h"

namespace signet::tools {
namespace {

using config::Node;

void walk_in(const std::vector<Node>& nodes, std::vector<const Node*>& around,
             const std::function<void(const Node&, Sections)>& visit)
{
    for (const auto& node : nodes) {
        visit(node, around);
        if (!node.is_section) continue;
        around.push_back(&node);
        walk_in(node.children, around, visit);
        around.pop_back();
    }
}

} // namespace

void walk(const std::vector<Node>& nodes, const std::function<void(const Node&, Sections)>& visit)
{
    std::vector<const Node*> around;
    walk_in(nodes, around, visit);
}

const Node* last_of(const std::vector<Node>& nodes, std::string_view name)
{
    const Node* found = nullptr;
    for (const auto& node : nodes) {
        if (!node.is_section && iequals(node.name, name)) found = &node;
    }
    return found;
}

const Node* vhost_node(const std::vector<Node>& nodes, const config::Position& position)
{
    for (const auto& node : nodes) {
        if (node.is_section && iequals(node.name, "VirtualHost")
            && node.position.file == position.file && node.position.line == position.line) {
            return &node;
        }
    }
    return nullptr;
}

std::string line_of(const Node& node)
{
    const std::string text =
        node.arguments.empty() ? node.name : node.name + " " + std::string(trim(node.arguments));
    return node.is_section ? "<" + text + ">" : text;
}

} // namespace signet::tools
