// What a configuration says about one virtual host's certificate, read as the server reads it.
#pragma once
#include "process/loader.h"
#include "tools/cert.h"

#include <memory>

namespace signet::tools {

// A configuration that was read, and the command line it was read with.
struct ReadConfiguration {
    std::unique_ptr<process::CommandLine> line{};
    std::unique_ptr<process::Loader> loader{};
    std::shared_ptr<server::Configuration> configuration{};
};

struct VhostFiles {
    const server::VirtualHost* vhost = nullptr;
    std::string certificate{}, key{}, chain{}; // empty: not named
};

// Kind::malformed, with the server's own report, when it has errors. Nothing is opened.
[[nodiscard]] Result<ReadConfiguration> read_configuration(const ConfigurationPlace& place);

// ServerName, ServerAlias, ServerAlias with wildcards that a certificate can have.
[[nodiscard]] std::vector<std::string> names_of(const server::VirtualHost& vhost);
// By ServerName or alias; "name:port" chooses among several. Kind::not_found names those there are.
[[nodiscard]] Result<const server::VirtualHost*> find_vhost(const server::Configuration& read,
                                                            const std::string& name);
[[nodiscard]] VhostFiles files_of(const server::Configuration& read,
                                  const server::VirtualHost& vhost);

} // namespace signet::tools
