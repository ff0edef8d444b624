// .htaccess files with arbitrary bytes, as any user of a shared host may write: read, checked and
// applied to a section under different AllowOverride rules. No input may crash, hang, or grow
// without bounds, and whatever was made of it must merge.
#include "config/reader.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/core_module.h"
#include "server/interpreter.h"
#include "server/scope.h"

#include <cstdint>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static const std::vector<signet::server::Module> modules{signet::server::core_module()};
    static signet::server::Configuration configuration(modules);
    static const signet::server::Scope base(modules, nullptr, configuration.main.section);
    configuration.server_root = "/nonexistent";
    configuration.next_section_number = 1;
    if (size == 0) return 0;

    // The first byte chooses what AllowOverride admits.
    const signet::server::Words::Place place{.level = signet::server::Level::htaccess,
                                             .section = signet::server::SectionKind::directory,
                                             .path = "/srv/www/",
                                             .overrides = data[0]};
    const std::string_view text(reinterpret_cast<const char*>(data + 1), size - 1);
    signet::config::ReaderOptions options;
    options.server_root = configuration.server_root;
    options.has_module = [](std::string_view name) { return name == "core.c"; };
    signet::config::Diagnostics diagnostics;
    const auto tree = signet::config::read_text(text, "/srv/www/.htaccess", options, diagnostics);
    signet::server::Section section(modules);
    signet::server::Interpreter(configuration, diagnostics)
        .interpret_htaccess(tree, section, place);
    const signet::server::Scope merged(modules, &base, section.config);
    (void)merged.core();
    (void)diagnostics.report();
    return 0;
}
