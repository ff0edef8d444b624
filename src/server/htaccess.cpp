#include "server/htaccess.h"

#include "base/file.h"
#include "server/configuration.h"
#include "server/error_log.h"
#include "server/interpreter.h"
#include "server/request.h"

#include <cerrno>

namespace signet::server {
namespace {

constexpr size_t max_htaccess = size_t{1} << 20;

// Its content belongs to the configuration generation; the tree holds the names in positions.
struct HtaccessSection : Section {
    HtaccessSection(std::span<const Module> modules, config::Tree parsed)
        : Section(modules)
        , tree(std::move(parsed))
    {
    }
    config::Tree tree;
};

config::ReaderOptions reader_options(const Configuration& configuration)
{
    config::ReaderOptions options = configuration.reader;
    options.server_root = configuration.server_root;
    options.defines = configuration.reading.defines;
    options.variables = configuration.reading.variables;
    options.loaded_modules = configuration.reading.loaded_modules;
    return options;
}

void log_findings(const config::Diagnostics& diagnostics, const Request& request,
                  const std::string& path)
{
    for (const auto& finding : diagnostics.findings()) {
        // Apache's line for what makes the file useless; the catalogue's number for all else.
        const bool fatal = finding.severity <= Severity::error;
        log_event(request,
                  {.severity = fatal ? Severity::alert : finding.severity,
                   .module = "core",
                   .id = fatal ? 0 : finding.id},
                  path, ": ", finding.message);
    }
}

} // namespace

Result<std::shared_ptr<const Section>> load_htaccess(const std::string& path,
                                                     const std::string& directory,
                                                     const HtaccessRules& rules, Request& request)
{
    auto bytes = read_file(path, max_htaccess);
    if (!bytes) {
        if (bytes.error().kind == Error::Kind::not_found) return std::shared_ptr<const Section>();
        const std::string text =
            path + " pcfg_openfile: unable to check htaccess file, ensure it is readable and that '"
            + directory + "' is executable";
        log_event(request, {.severity = Severity::crit,
                            .module = "core",
                            .apache_id = "AH00529",
                            .text = text,
                            .system_error = EACCES});
        return fail(Error::Kind::denied, text);
    }
    // The configuration is immutable while it serves, but for what .htaccess files add: numbers.
    auto& configuration = const_cast<Configuration&>(*request.configuration); // NOLINT
    config::Diagnostics diagnostics;
    auto tree = config::read_text(*bytes, path, reader_options(configuration), diagnostics);
    auto section = std::make_shared<HtaccessSection>(configuration.modules(), std::move(tree));
    section->number = configuration.next_section_number++;
    section->path = directory;
    if (!section->tree.nodes.empty()) section->position = section->tree.nodes.front().position;
    Words::Place place{.level = Level::htaccess,
                       .section = SectionKind::directory,
                       .path = directory,
                       .overrides = rules.overrides,
                       .override_options = rules.override_options,
                       .override_list = rules.override_list};
    Interpreter(configuration, diagnostics).interpret_htaccess(section->tree, *section, place);
    log_findings(diagnostics, request, path);
    if (diagnostics.has_errors() && !rules.nonfatal) return fail("invalid directives in " + path);
    return std::shared_ptr<const Section>(std::move(section));
}

} // namespace signet::server
