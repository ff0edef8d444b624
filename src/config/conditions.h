// The sections that are decided while reading: IfDefine, IfModule, IfVersion, IfDirective,
// IfSection, IfFile. https://httpd.apache.org/docs/2.4/sections.html
#pragma once
#include "base/result.h"
#include "config/reader.h"
#include "config/variables.h"

#include <optional>
#include <string>
#include <string_view>

namespace signet::config {

struct SectionContext {
    const ReaderOptions& options;
    const Variables& variables;
    const std::string& server_root;
    const std::set<std::string>& loaded_modules;
};

// What an If* section asks: `name` without '<', `arguments` up to and with the '>'.
struct SectionCondition {
    bool holds = false;
    std::string subject; // "mod_ssl.c", without "!"; empty for IfVersion
    bool is_negated = false;
};

[[nodiscard]] bool is_conditional_section(std::string_view name);
// Errors are Apache's messages.
[[nodiscard]] Result<SectionCondition>
test_section(std::string_view name, std::string_view arguments, const SectionContext& context);

} // namespace signet::config
