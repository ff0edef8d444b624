// What -t shows of a configuration: virtual hosts, run settings, modules, files.
#include "base/text.h"
#include "process/check.h"
#include "process/privileges.h"
#include "server/core_config.h"
#include "server/scope.h"

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <ranges>
#include <unistd.h>

namespace signet::process {
namespace {

using server::VirtualHost;

// "a.example (/etc/httpd.conf:16)"
std::string name_and_place(const VirtualHost& vhost)
{
    const auto& position = vhost.position;
    return vhost.server_name + " (" + (position.file ? position.file->path : "") + ":"
           + std::to_string(position.line) + ")";
}

std::string address_text(const net::Address& address)
{
    const std::string host = address.is_any()  ? "*"
                             : address.is_v6() ? "[" + address.ip() + "]"
                                               : address.ip();
    return host + ":" + (address.port() == 0 ? "*" : std::to_string(address.port()));
}

std::string padded(std::string text, size_t width)
{
    if (text.size() < width) text.append(width - text.size(), ' ');
    return text + " ";
}

// What LoadModule lines name, in their order.
std::vector<std::string> loaded_modules(const server::Configuration& configuration)
{
    std::vector<std::string> loaded;
    for (const auto& node : configuration.reading.tree.nodes) {
        if (!iequals(node.name, "LoadModule") || node.words.empty()) continue;
        const std::string& name = node.words.front().text;
        if (std::ranges::find(loaded, name) == loaded.end()) loaded.push_back(name);
    }
    return loaded;
}

std::string names_at(const std::vector<const VirtualHost*>& vhosts, uint16_t port)
{
    const std::string indent(9, ' ');
    std::string out = indent + "default server " + name_and_place(*vhosts.front()) + "\n";
    for (const VirtualHost* vhost : vhosts) {
        out += indent + "port " + (port == 0 ? "*" : std::to_string(port)) + " namevhost "
               + name_and_place(*vhost) + "\n";
        for (const auto& alias : vhost->aliases)
            out += std::string(17, ' ') + "alias " + alias + "\n";
        for (const auto& alias : vhost->alias_patterns) {
            out += std::string(17, ' ') + "wild alias " + alias + "\n";
        }
    }
    return out;
}

struct Place {
    net::Address address;
    std::vector<const VirtualHost*> vhosts;
};

// Apache keeps addresses in a table of 256 by their last four bytes and prints them in that order.
unsigned table_row(const net::Address& address)
{
    uint32_t key = 0;
    std::memcpy(&key, address.bytes() + 12, sizeof key);
    key ^= key >> 16;
    return ((key >> 8) ^ key) & 0xff;
}

// Apache goes through the vhosts from the last to the first and puts each new address in front:
// the one whose last vhost comes first is first. Wildcards follow all others.
std::vector<Place> places_of(const server::Configuration& configuration)
{
    std::vector<Place> places;
    for (const auto& vhost : std::views::reverse(configuration.vhosts)) {
        for (const auto& address : vhost->bound) {
            auto found = std::ranges::find(places, address, &Place::address);
            if (found == places.end()) found = places.insert(places.begin(), Place{address, {}});
            found->vhosts.insert(found->vhosts.begin(), vhost.get());
        }
    }
    std::ranges::stable_sort(places, {}, [](const Place& place) {
        return place.address.is_any() ? 256 : table_row(place.address);
    });
    return places;
}

// Apache's modules announce their locks when they are loaded.
struct Locks {
    std::string_view module, lock;
};
constexpr Locks announced[] = {
    {"ssl_module", "ssl-cache"},
    {"ssl_module", "ssl-stapling"},
    {"ssl_module", "ssl-stapling-refresh"},
    {"rewrite_module", "rewrite-map"},
    {"proxy_module", "proxy"},
    {"auth_digest_module", "authdigest-client"},
    {"auth_digest_module", "authdigest-opaque"},
    {"authn_socache_module", "authn-socache"},
    {"cache_socache_module", "cache-socache"},
};

std::string mechanism_name(std::string_view written)
{
    written = written.substr(0, written.find(':'));
    if (iequals(written, "file")) return "fcntl";
    if (iequals(written, "sem")) return "posixsem";
    return lowercase(written);
}

// "fcntl:/run/locks" → where the lock's file is.
std::string lock_directory(const server::Configuration& configuration, std::string_view written)
{
    const size_t colon = written.find(':');
    return colon == written.npos ? "" : configuration.path(written.substr(colon + 1));
}

std::string dump_locks(const server::Configuration& configuration)
{
    const auto& process = configuration.process;
    std::string runtime =
        process.runtime_directory.empty() ? configuration.path("logs") : process.runtime_directory;
    if (!runtime.ends_with('/')) runtime += '/';
    std::string out;
    for (const auto& [name, lock] : process.mutexes) {
        out += "Mutex " + name + ": dir=\"" + lock_directory(configuration, lock.mechanism)
               + "\" mechanism=" + mechanism_name(lock.mechanism)
               + (lock.omit_pid ? " [OmitPid]\n" : " \n");
    }
    if (!process.mutexes.contains("default")) {
        out += "Mutex default: dir=\"" + runtime + "\" mechanism=default \n";
    }
    const auto use_default = [&](std::string_view name) {
        if (process.mutexes.contains(std::string(name))) return;
        out.append("Mutex ").append(name).append(": using_defaults\n");
    };
    use_default("watchdog-callback");
    const auto loaded = loaded_modules(configuration);
    for (const auto& [module, lock] : announced) {
        if (std::ranges::find(loaded, module) != loaded.end()) use_default(lock);
    }
    return out;
}

} // namespace

std::string dump_vhosts(const server::Configuration& configuration)
{
    std::string out = "VirtualHost configuration:\n";
    for (const auto& [address, vhosts] : places_of(configuration)) {
        out += padded(address_text(address), 22);
        if (vhosts.size() == 1) {
            out += name_and_place(*vhosts[0]) + "\n";
        } else {
            out += "is a NameVirtualHost\n" + names_at(vhosts, address.port());
        }
    }
    return out;
}

std::string dump_run_configuration(const server::Configuration& configuration)
{
    const auto& process = configuration.process;
    const auto& core = configuration.main.base->core();
    const auto quoted = [](const std::string& text) { return "\"" + text + "\"\n"; };
    std::string out = "ServerRoot: " + quoted(configuration.server_root);
    if (core.document_root) out += "Main DocumentRoot: " + quoted(*core.document_root);
    out +=
        "Main ErrorLog: " + quoted(core.error_log.value_or(configuration.path("logs/error_log")));
    out += dump_locks(configuration);
    out += "PidFile: " + quoted(configuration.path(process.pid_file));
    const auto& variables = configuration.reading.variables;
    for (const auto& name : configuration.reading.defines) {
        if (!variables.contains(name)) out += "Define: " + name + "\n";
    }
    for (const auto& [name, value] : variables)
        out.append("Define: ").append(name).append("=").append(value) += '\n';
    if (const auto identity = worker_identity(process)) {
        const char* unused = ::geteuid() == 0 ? "\n" : " not_used\n";
        out += "User: name=\"" + identity->user_name + "\" id=" + std::to_string(identity->user)
               + unused;
        out += "Group: name=\"" + identity->group_name + "\" id=" + std::to_string(identity->group)
               + unused;
    }
    return out;
}

std::string dump_modules(const server::Configuration& configuration)
{
    std::string compiled_in, loaded;
    const auto named = loaded_modules(configuration);
    for (const auto& module : configuration.modules()) {
        if (std::ranges::find(named, module.name) == named.end())
            compiled_in.append(" ").append(module.name).append(" (static)\n");
    }
    for (const auto& part : parts_of_others)
        compiled_in.append(" ").append(part.name).append(" (static)\n");
    for (const auto& name : named) {
        if (configuration.find_module(name)) loaded += " " + name + " (shared)\n";
    }
    return "Loaded Modules:\n" + compiled_in + loaded;
}

std::string dump_includes(const server::Configuration& configuration)
{
    std::string out = "Included configuration files:\n";
    for (const auto& file : configuration.reading.included) {
        out += std::string(2 * (file.depth + 1), ' ');
        out += "(" + (file.line == 0 ? "*" : std::to_string(file.line)) + ") " + file.path + "\n";
    }
    return out;
}

int check(const CommandLine& line, const Loader& loader)
{
    struct Dump {
        const char* name;
        std::string (*text)(const server::Configuration&);
    };
    // In the order in which Apache prints them.
    static constexpr Dump dumps[] = {{"DUMP_INCLUDES", dump_includes},
                                     {"DUMP_VHOSTS", dump_vhosts},
                                     {"DUMP_CONFIG", dump_config},
                                     {"DUMP_RUN_CFG", dump_run_configuration},
                                     {"DUMP_MODULES", dump_modules}};
    std::vector<const Dump*> wanted;
    for (const auto& dump : dumps) {
        if (line.dumps(dump.name)) wanted.push_back(&dump);
    }
    // DUMP_CONFIG is mod_info's in Apache, which checks nevertheless.
    const bool checking =
        std::ranges::all_of(wanted, [](const Dump* dump) { return dump->text == dump_config; });
    config::Diagnostics diagnostics;
    const auto configuration =
        checking ? loader.load(true, nullptr, diagnostics) : loader.read(diagnostics);
    std::fputs(loader.report(diagnostics).c_str(), stderr);
    if (!configuration) return 1;
    for (const auto* dump : wanted) std::fputs(dump->text(*configuration).c_str(), stdout);
    if (checking) std::fputs("Syntax OK\n", stderr);
    return 0;
}

} // namespace signet::process
