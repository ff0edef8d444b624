// What -t shows of a configuration: virtual hosts, run settings, modules, files.
#include "base/text.h"
#include "process/check.h"
#include "process/privileges.h"
#include "server/core_config.h"
#include "server/scope.h"

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>
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

} // namespace

std::string dump_vhosts(const server::Configuration& configuration)
{
    struct Place {
        net::Address address;
        std::vector<const VirtualHost*> vhosts;
    };
    // Addresses in the order they were written; those for all interfaces come last.
    std::vector<Place> places;
    for (const auto& vhost : configuration.vhosts) {
        for (const auto& address : vhost->bound) {
            auto found = std::ranges::find(places, address, &Place::address);
            if (found == places.end()) found = places.insert(places.end(), Place{address, {}});
            found->vhosts.push_back(vhost.get());
        }
    }
    std::ranges::stable_partition(places,
                                  [](const Place& place) { return !place.address.is_any(); });
    std::string out = "VirtualHost configuration:\n";
    for (const auto& [address, vhosts] : places) {
        out += padded(address_text(address), 22);
        if (vhosts.size() == 1 && vhosts[0]->aliases.empty() && vhosts[0]->alias_patterns.empty()) {
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
    std::string runtime =
        process.runtime_directory.empty() ? configuration.path("logs") : process.runtime_directory;
    if (!runtime.ends_with('/')) runtime += '/';

    std::string out = "ServerRoot: " + quoted(configuration.server_root);
    if (core.document_root) out += "Main DocumentRoot: " + quoted(*core.document_root);
    out +=
        "Main ErrorLog: " + quoted(core.error_log.value_or(configuration.path("logs/error_log")));
    const auto mutex = process.mutexes.find("default");
    out += "Mutex default: dir=\"" + runtime
           + "\" mechanism=" + (mutex == process.mutexes.end() ? "default" : mutex->second) + " \n";
    for (const auto& [name, mechanism] : process.mutexes) {
        if (name != "default")
            out.append("Mutex ").append(name).append(": ").append(mechanism) += '\n';
    }
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

std::string dump_modules(std::span<const server::Module> modules)
{
    std::string out = "Loaded Modules:\n";
    for (const auto& module : modules) out.append(" ").append(module.name).append(" (static)\n");
    return out;
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
    config::Diagnostics diagnostics;
    const auto configuration = loader.load(true, nullptr, diagnostics);
    std::fputs(loader.report(diagnostics).c_str(), stderr);
    if (!configuration) return 1;
    std::string out;
    if (line.dumps("DUMP_VHOSTS")) out += dump_vhosts(*configuration);
    if (line.dumps("DUMP_RUN_CFG")) out += dump_run_configuration(*configuration);
    if (line.dumps("DUMP_MODULES")) out += dump_modules(loader.modules());
    if (line.dumps("DUMP_INCLUDES")) out += dump_includes(*configuration);
    if (out.empty()) {
        std::fputs("Syntax OK\n", stderr);
    } else {
        std::fputs(out.c_str(), stdout);
    }
    return 0;
}

} // namespace signet::process
