// Walking the lines of a configuration: what directives stand where.
#pragma once
#include "config/tree.h"

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::tools {

using Sections = std::span<const config::Node* const>; // around a node, outermost first

// Every node, sections before what is in them.
void walk(const std::vector<config::Node>& nodes,
          const std::function<void(const config::Node&, Sections around)>& visit);

// The last line with this name directly among `nodes` (sections are not entered); nullptr: none.
[[nodiscard]] const config::Node* last_of(const std::vector<config::Node>& nodes,
                                          std::string_view name);

// The <VirtualHost> that begins at the position; nullptr for the main server.
[[nodiscard]] const config::Node* vhost_node(const std::vector<config::Node>& nodes,
                                             const config::Position& position);

// The line as it would be written: "SSLProtocol all -SSLv3", "<VirtualHost *:443>".
[[nodiscard]] std::string line_of(const config::Node& node);

} // namespace signet::tools
