// What the program is made of: version, build, modules, directives.
#include "base/text.h"
#include "config/known_directives.h"
#include "process/check.h"
#include "process/crash_report.h"
#include "server/banner.h"
#include "server/door.h"
#include "server/interpreter.h"

#include <openssl/crypto.h>
#include <vector>

namespace signet::process {
namespace {

// What -L says of one directive.
struct Listed {
    std::string name, source, help, status;
    uint8_t allowed = 0, overrides = 0;
};

// Apache's words for the same bits.
std::string context_text(const Listed& directive)
{
    const bool outside = (directive.allowed & config::allowed_server) != 0;
    const bool inside = (directive.allowed & config::in_directory) != 0;
    std::string out = "\tAllowed in *.conf ";
    if (outside && inside) {
        out += "anywhere";
    } else {
        out += inside ? "only inside <Directory>, <Files>, <Location>, or <If>"
                      : "only outside <Directory>, <Files>, <Location>, or <If>";
    }
    if ((directive.allowed & config::in_htaccess) == 0) return out + "\n";
    out += " and in .htaccess\n\twhen AllowOverride ";
    if (directive.overrides == config::override_all) return out + "isn't None\n";
    static constexpr std::pair<uint8_t, const char*> names[] = {
        {config::override_auth_config, "AuthConfig"}, {config::override_limit, "Limit"},
        {config::override_options, "Options"},        {config::override_file_info, "FileInfo"},
        {config::override_indexes, "Indexes"},
    };
    std::string classes;
    for (const auto& [bit, name] : names) {
        if (directive.overrides & bit)
            classes += (classes.empty() ? "" : " or ") + std::string(name);
    }
    return out + "includes " + classes + "\n";
}

std::string text_of(const Listed& directive)
{
    return directive.name + " (" + directive.source + ")\n\t" + directive.help + "\n"
           + context_text(directive) + "\tStatus: " + directive.status + "\n";
}

// "mod_ssl" → "mod_ssl.c", "event" → "event.c".
std::string source_of(std::string_view module)
{
    return std::string(module) + ".c";
}

// Whether the directive protects something whatever its words are.
bool is_refused(const config::KnownDirective& known)
{
    const config::Node node{.name = std::string(known.name), .is_section = known.is_section};
    return server::door_opened_by_ignoring(node).has_value();
}

// The directive as the manual has it, which signet does not act on.
Listed unimplemented(const config::KnownDirective& known)
{
    return {.name = (known.is_section ? "<" : "") + std::string(known.name),
            .source = source_of(known.module),
            .help = std::string(known.syntax),
            .status = is_refused(known) ? "refused until it works, since it protects something"
                                        : "accepted, no effect yet",
            .allowed = known.allowed,
            .overrides = known.overrides};
}

} // namespace

std::string version()
{
    return "Server version: Apache/" + std::string(server::apache_version) + " (signet/"
           + std::string(server::signet_version) + ")\nServer built:   " __DATE__ " " __TIME__ "\n";
}

std::string compile_settings()
{
    const std::string loaded = OpenSSL_version(OPENSSL_VERSION_STRING);
    const std::string id = build_id();
    return version() + "Server's Module Magic Number: 20120211:142\nServer loaded:  OpenSSL "
           + loaded
           + "\nCompiled using: OpenSSL " OPENSSL_VERSION_STR ", g++ " __VERSION__
             "\nBuild id:       "
           + (id.empty() ? "none" : id) + "\nArchitecture:   " + std::to_string(8 * sizeof(void*))
           + "-bit\n"
             "Server MPM:     event\n"
             "  threaded:     no\n"
             "    forked:     yes (one worker per core)\n"
             "Server compiled with....\n"
             " -D APR_HAS_SENDFILE\n"
             " -D APR_HAVE_IPV6 (IPv4-mapped addresses enabled)\n"
             " -D APR_HAS_OTHER_CHILD\n"
             " -D AP_HAVE_RELIABLE_PIPED_LOGS\n"
             " -D HTTPD_ROOT=\""
           + default_server_root
           + "\"\n"
             // Where Debian's packages keep it; signet brings none.
             " -D SUEXEC_BIN=\"/usr/lib/apache2/suexec\"\n"
             " -D DEFAULT_PIDLOG=\"logs/httpd.pid\"\n"
             " -D DEFAULT_SCOREBOARD=\"logs/apache_runtime_status\"\n"
             " -D DEFAULT_ERRORLOG=\"logs/error_log\"\n"
             " -D AP_TYPES_CONFIG_FILE=\"conf/mime.types\"\n"
             " -D SERVER_CONFIG_FILE=\""
           + default_config_file + "\"\n";
}

std::string list_modules(std::span<const server::Module> modules)
{
    std::string out = "Compiled in modules:\n";
    for (const auto& module : modules) out.append("  ").append(module.source) += '\n';
    for (const auto& part : parts_of_others) out.append("  ").append(part.source) += '\n';
    return out;
}

std::string list_directives(std::span<const server::Module> modules)
{
    std::string out;
    CaseInsensitiveMap<bool> working;
    for (const auto& module : modules) {
        for (const auto& directive : module.directives) {
            std::string name = directive.name;
            if (directive.is_section) name.pop_back();
            working.emplace(name, true);
            out += text_of({.name = std::move(name),
                            .source = std::string(module.source),
                            .help = directive.help,
                            .status = directive.only_value ? "accepted, no effect yet" : "works",
                            .allowed = directive.allowed,
                            .overrides = directive.overrides});
        }
    }
    for (const auto& known : config::known_directives()) {
        Listed listed = unimplemented(known);
        if (working.contains(listed.name)) continue;
        if (server::is_built_in(known)) listed.status = "works";
        out += text_of(listed);
    }
    return out + text_of(count_coverage(modules));
}

Coverage count_coverage(std::span<const server::Module> modules)
{
    CaseInsensitiveMap<bool> working;
    for (const auto& module : modules) {
        for (const auto& directive : module.directives) {
            if (!directive.only_value) working.emplace(directive.name, true);
        }
    }
    Coverage coverage;
    for (const auto& known : config::known_directives()) {
        const std::string name =
            known.is_section ? "<" + std::string(known.name) + ">" : std::string(known.name);
        const bool acts = working.contains(name);
        if (acts || server::is_built_in(known)) {
            ++coverage.working;
        } else if (is_refused(known)) {
            ++coverage.refused;
        } else {
            ++coverage.without_effect;
        }
    }
    return coverage;
}

std::string text_of(const Coverage& coverage)
{
    return std::to_string(coverage.working + coverage.without_effect + coverage.refused)
           + " directives of Apache 2.4: " + std::to_string(coverage.working) + " work, "
           + std::to_string(coverage.without_effect) + " are accepted without effect, "
           + std::to_string(coverage.refused) + " are refused until they work\n";
}

} // namespace signet::process
