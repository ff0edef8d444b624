#include "process/loader.h"

#include "base/text.h"
#include "config/known_directives.h"
#include "modules/list.h"
#include "server/door.h"
#include "server/interpreter.h"
#include "server/providers.h"

#include <algorithm>

namespace signet::process {
namespace {

bool has_module(std::span<const server::Module> modules, std::string_view name)
{
    const auto is_named = [&](std::string_view known) { return iequals(known, name); };
    return std::ranges::any_of(parts_of_others,
                               [&](const PartOfOther& part) {
                                   return is_named(part.name) || is_named(part.source);
                               })
           || std::ranges::any_of(modules, [&](const server::Module& module) {
                  return is_named(module.name) || is_named(module.source);
              });
}

bool has_directive(std::span<const server::Module> modules, std::string_view name)
{
    if (const auto* known = config::find_known_directive(name);
        known && server::is_built_in(*known)) {
        return true;
    }
    for (const auto& module : modules) {
        for (const auto& directive : module.directives) {
            std::string_view known = directive.name;
            if (directive.is_section) known = known.substr(1, known.size() - 2);
            if (iequals(known, name)) return true;
        }
    }
    return false;
}

} // namespace

struct Loader::Parts {
    std::vector<server::Module> modules = modules::all_modules();
    server::Providers providers = modules::all_providers();
};

Loader::Loader(const CommandLine& line)
    : line_(line)
    , parts_(std::make_unique<Parts>())
{
}

Loader::~Loader() = default;

std::span<const server::Module> Loader::modules() const
{
    return parts_->modules;
}

std::shared_ptr<server::Configuration> Loader::load(bool checking_only,
                                                    const server::Configuration* old,
                                                    config::Diagnostics& diagnostics) const
{
    return load(checking_only, old ? inheritance_of(*old) : Inheritance{}, diagnostics);
}

std::shared_ptr<server::Configuration> Loader::load(Inheritance inheritance,
                                                    config::Diagnostics& diagnostics) const
{
    return load(false, std::move(inheritance), diagnostics);
}

std::shared_ptr<server::Configuration> Loader::load(bool checking_only, Inheritance inheritance,
                                                    config::Diagnostics& diagnostics) const
{
    server::LoadOptions wanted = options();
    wanted.checking_only = checking_only;
    wanted.inherited = std::move(inheritance);
    return server::load_configuration(wanted, parts_->modules, parts_->providers, diagnostics);
}

std::shared_ptr<server::Configuration> Loader::read(config::Diagnostics& diagnostics) const
{
    server::LoadOptions wanted = options();
    wanted.checking_only = true;
    wanted.preparing = false;
    return server::load_configuration(wanted, parts_->modules, parts_->providers, diagnostics);
}

server::LoadOptions Loader::options() const
{
    server::LoadOptions options;
    options.path = line_.config_path();
    options.check_document_roots = line_.check_document_roots;
    options.reader.server_root = line_.server_root;
    options.reader.before = line_.before;
    options.reader.after = line_.after;
    options.reader.defines = line_.defines;
    const auto known = modules();
    options.reader.has_module = [known](std::string_view name) { return has_module(known, name); };
    options.reader.has_directive = [known](std::string_view name) {
        return has_directive(known, name);
    };
    options.reader.must_read = [](std::string_view stem) { return server::may_protect(stem); };
    return options;
}

std::string Loader::report(const config::Diagnostics& diagnostics) const
{
    using diagnosis::Severity;
    const Severity level = line_.start_level.value_or(Severity::debug);
    config::Diagnostics shown;
    for (const auto& finding : diagnostics.findings()) {
        if (finding.severity <= std::max(level, Severity::error)) shown.add(finding);
    }
    return shown.report();
}

} // namespace signet::process
