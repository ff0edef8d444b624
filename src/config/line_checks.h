// Warnings about lines that Apache silently takes for something else than their author meant:
// comments that swallow directives, IfModule names that no module has.
#pragma once
#include "config/diagnostics.h"
#include "config/lexer.h"

#include <functional>
#include <string>
#include <string_view>

namespace signet::config {

using Reporter = std::function<void(Finding)>; // fills in the line; the position when it has none

struct LineContext {
    const SourceFile* file;
    const LogicalLine& line;
    const Reporter& report;
    const std::function<bool(std::string_view)>& has_module;
};

// A comment line.
void check_comment(const LineContext& context);
// Any other line, before it is read.
void check_joined(const LineContext& context);
// The name in <IfModule name>.
void check_module_name(const std::string& name, bool is_negated, const Position& position,
                       const LineContext& context);

} // namespace signet::config
