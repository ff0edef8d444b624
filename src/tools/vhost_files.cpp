#include "tools/vhost_files.h"

#include "base/text.h"
#include "modules/mod_ssl/config.h"
#include "pki/subject.h"
#include "tools/configuration_options.h"

#include <algorithm>

namespace signet::tools {
namespace {

std::vector<const server::VirtualHost*> all_vhosts(const server::Configuration& read)
{
    std::vector<const server::VirtualHost*> all;
    for (const auto& vhost : read.vhosts) all.push_back(vhost.get());
    all.push_back(&read.main);
    return all;
}

bool is_called(const server::VirtualHost& vhost, const std::string& name)
{
    const auto same = [&](const std::string& one) { return iequals(one, name); };
    return same(vhost.server_name) || std::ranges::any_of(vhost.aliases, same)
           || std::ranges::any_of(vhost.alias_patterns, same);
}

bool has_port(const server::VirtualHost& vhost, unsigned port)
{
    return std::ranges::any_of(vhost.bound,
                               [&](const auto& address) { return address.port() == port; });
}

} // namespace

Result<ReadConfiguration> read_configuration(const ConfigurationPlace& place)
{
    ReadConfiguration read;
    read.line = std::make_unique<process::CommandLine>();
    set_place(*read.line, place.root, place.file);
    read.loader = std::make_unique<process::Loader>(*read.line);
    config::Diagnostics diagnostics;
    read.configuration = read.loader->read(diagnostics);
    if (!read.configuration)
        return fail(Error::Kind::malformed,
                    read.line->config_path() + " has errors:\n" + diagnostics.report());
    return read;
}

std::vector<std::string> names_of(const server::VirtualHost& vhost)
{
    std::vector<std::string> names = {vhost.server_name};
    for (const auto* list : {&vhost.aliases, &vhost.alias_patterns}) {
        for (const auto& name : *list) {
            // "*.example.com" may stand in a certificate, "www?.example.com" may not.
            if (pki::check_name(name)) names.push_back(name);
        }
    }
    return names;
}

Result<const server::VirtualHost*> find_vhost(const server::Configuration& read,
                                              const std::string& name)
{
    const size_t colon = name.rfind(':');
    const auto port =
        colon == name.npos ? std::nullopt : parse_number<unsigned>(name.substr(colon + 1));
    const std::string host = port ? name.substr(0, colon) : name;
    const server::VirtualHost* found = nullptr;
    std::string known;
    for (const auto* vhost : all_vhosts(read)) {
        known += (known.empty() ? "" : ", ") + vhost->server_name;
        if (!is_called(*vhost, host) || (port && !has_port(*vhost, *port))) continue;
        // Of http and https hosts of one name, the one with a certificate is meant.
        if (!found
            || (files_of(read, *found).certificate.empty()
                && !files_of(read, *vhost).certificate.empty())) {
            found = vhost;
        }
    }
    if (found) return found;
    return fail(Error::Kind::not_found,
                "no virtual host is called " + name + "; there are " + known);
}

VhostFiles files_of(const server::Configuration& read, const server::VirtualHost& vhost)
{
    VhostFiles files{.vhost = &vhost};
    const auto* module = read.find_module("ssl_module");
    if (!module || !vhost.base) return files;
    const auto* config = static_cast<const mod_ssl::Config*>(vhost.base->config(module->index));
    if (!config) return files;
    if (!config->certificates.empty()) files.certificate = config->certificates.front().path;
    if (!config->keys.empty()) files.key = config->keys.front().path;
    if (config->chain) files.chain = config->chain->path;
    return files;
}

} // namespace signet::tools
