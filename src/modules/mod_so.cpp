// mod_so: LoadModule and LoadFile. Modules are compiled in, so LoadModule only says which ones a
// configuration counts on: satisfied when it is there, a warning when it is a module of Apache that
// is not built yet, an error for everything else, with what would be missing and what to use.
// A module that controls access and is not built yet (mod_auth_basic …) counts as
// present for the <IfModule> sections behind its LoadModule, as in Apache: the directives in them
// are read, and refused where signet would serve what they protect (server/door.h).
// https://httpd.apache.org/docs/2.4/mod/mod_so.html
#include "base/text.h"
#include "config/known_modules.h"
#include "modules/list.h"
#include "server/configuration.h"

#include <algorithm>
#include <unistd.h>

namespace signet::mod_so {
namespace {

using server::Words;

// Catalogue ids (diagnosis/module_entries.cpp).
constexpr int not_built_yet = 750;
constexpr int never_here = 752;
constexpr int unknown_module = 753;
constexpr int library_not_loaded = 754;

struct Config {};

Config merge(const Config&, const Config& inner)
{
    return inner;
}

struct Advice {
    std::string_view module; // identifier, or its beginning with a star
    std::string_view missing;
    std::string_view instead;
};

// Made by others, or bound to processes of their own.
constexpr Advice foreign[] = {
    {"security2", "the rules of ModSecurity would not filter requests",
     "put a firewall such as Coraza or a ModSecurity proxy in front"},
    {"security3", "the rules of ModSecurity would not filter requests",
     "put a firewall such as Coraza or a ModSecurity proxy in front"},
    {"php*", "PHP scripts would be sent as text",
     "PHP-FPM: SetHandler \"proxy:unix:/run/php/php-fpm.sock|fcgi://localhost\""},
    {"wsgi", "Python applications would not run", "gunicorn or uwsgi behind ProxyPass"},
    {"perl", "Perl handlers would not run", "a PSGI server (starman) behind ProxyPass"},
    {"python", "Python handlers would not run", "gunicorn or uwsgi behind ProxyPass"},
    {"passenger", "Ruby applications would not run", "puma behind ProxyPass"},
    {"fcgid", "FastCGI programs would not be started",
     "php-fpm or another FastCGI server behind ProxyPass fcgi://"},
    {"fastcgi", "FastCGI programs would not be started",
     "php-fpm or another FastCGI server behind ProxyPass fcgi://"},
    {"jk", "requests would not reach Tomcat",
     "ProxyPass ajp:// or http:// (Tomcat's HTTP connector)"},
    {"pagespeed", "pages would not be rewritten",
     "remove it: the project ended; compress and cache at build time"},
    {"evasive*", "floods from one address would not be refused", "fail2ban, or nftables limits"},
    {"qos", "QS_ limits on clients would not hold", "fail2ban, nftables limits and LimitRequest*"},
    {"bw", "bandwidth would not be limited", "tc, or mod_ratelimit once signet has it"},
    {"cloudflare", "client addresses would be the proxy's", "mod_remoteip once signet has it"},
    {"rpaf", "client addresses would be the proxy's", "mod_remoteip once signet has it"},
    {"auth_openidc", "logins would not be asked for",
     "an authenticating proxy in front (oauth2-proxy, vouch)"},
    {"auth_mellon", "logins would not be asked for", "an authenticating proxy in front"},
    {"auth_kerb", "logins would not be asked for", "an authenticating proxy in front"},
    {"auth_gssapi", "logins would not be asked for", "an authenticating proxy in front"},
    {"auth_cas", "logins would not be asked for", "an authenticating proxy in front"},
    {"auth_mysql", "logins would not be asked for", "an authenticating proxy in front"},
    {"auth_pgsql", "logins would not be asked for", "an authenticating proxy in front"},
    {"auth_tkt", "logins would not be asked for", "an authenticating proxy in front"},
    {"authnz_external", "logins would not be checked", "an authenticating proxy in front"},
    {"shib", "logins would not be asked for", "an authenticating proxy in front"},
    {"geoip", "countries would not be known", "mod_maxminddb's job at a proxy in front"},
    {"maxminddb", "countries would not be known", "a proxy in front that sets a header"},
    {"xsendfile", "X-Sendfile answers would be empty", "let the application send the file"},
    {"dav_svn", "Subversion would not be served", "svnserve, or Apache behind ProxyPass"},
    {"authz_svn", "Subversion's access rules would not hold",
     "svnserve, or Apache behind ProxyPass"},
    {"suphp", "PHP would not run as its owner", "a PHP-FPM pool per user"},
    {"mpm_itk", "vhosts would not run as their own users", "PHP-FPM pools and file permissions"},
    {"ruid2", "vhosts would not run as their own users", "PHP-FPM pools and file permissions"},
};

const Advice* find_advice(std::span<const Advice> table, std::string_view name)
{
    const auto* found =
        std::find_if(table.data(), table.data() + table.size(), [&](const Advice& one) {
            return one.module.ends_with('*')
                       ? name.starts_with(one.module.substr(0, one.module.size() - 1))
                       : name == one.module;
        });
    return found == table.data() + table.size() ? nullptr : found;
}

Result<void> load_module(Config&, const Words& words)
{
    const std::string& identifier = words[0];
    auto& configuration = words.configuration();
    configuration.names_modules = true;
    if (const auto* module = configuration.find_module(identifier)) {
        if (module->loaded) module->loaded(*module, configuration.main.section.at(module->index));
        return {};
    }
    std::string_view name = identifier;
    if (name.ends_with("_module")) name.remove_suffix(7);
    // Processes are signet's own: any of Apache's models is satisfied.
    if (name == "mpm_prefork" || name == "mpm_worker" || name == "mpm_event") return {};
    // Part of signet's core.
    static constexpr std::string_view built_in[] = {
        "http", "core", "log_config", "watchdog", "slotmem_shm", "slotmem_plain", "socache_shmcb"};
    if (std::ranges::find(built_in, name) != std::end(built_in)) return {};
    if (config::is_module_name(identifier) && !find_advice(foreign, name)) {
        // Loading an authentication module protects nothing by itself: the directives that do are
        // refused one by one where signet cannot enforce them (server/door.h).
        words.warn(not_built_yet,
                   identifier
                       + " is not built into signet yet: its directives have no effect, and "
                         "those that protect something are refused");
        return {};
    }
    if (const auto* advice = find_advice(foreign, name)) {
        return words.refuse(
            never_here, identifier + " cannot be loaded: " + std::string(advice->missing),
            "a module that is compiled in (signet -l)", std::string(advice->instead));
    }
    const auto nearest = config::nearest_module(identifier);
    return words.refuse(unknown_module,
                        "cannot load " + identifier + ": signet has no such module and cannot load "
                            + (words.size() > 1 ? words[1] : std::string("shared objects")),
                        "a module that is compiled in (signet -l)",
                        nearest.empty() ? "" : "did you mean " + nearest + "?");
}

Result<void> load_file(Config&, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) {
        // The loader looks a bare name up in folders of its own.
        const std::string path = words.path(words[i]);
        if (!words[i].contains('/') || ::access(path.c_str(), R_OK) == 0) continue;
        return fail("Cannot load " + words[i] + " into server: " + path
                    + ": cannot open shared object file: No such file or directory");
    }
    words.warn(library_not_loaded,
               "LoadFile: nothing is loaded into signet, since no module from outside can use it",
               "delete the line");
    return {};
}

constexpr server::Directive<Config> directives[] = {
    {"LoadModule", server::Takes::two, load_module, config::allowed_server, config::override_none,
     "a module's identifier and the file it would be in"},
    {"LoadFile", server::Takes::iterate, load_file, config::allowed_server, config::override_none,
     "shared objects or libraries"},
};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("so_module", "mod_so.c", directives, {});
}

} // namespace signet::mod_so

namespace signet::modules {

server::Module mod_so()
{
    return mod_so::module();
}

} // namespace signet::modules
