// What is remarkable about TLS virtual hosts when the server starts, beside errors: a key log, old
// renegotiation, certificates that clients without SNI would get by mistake, reused serial numbers.
#pragma once
#include "config/diagnostics.h"
#include "server/configuration.h"
#include "tls/key_log.h"

#include <memory>
#include <string>

namespace signet::mod_ssl {

struct Config;

// SSLKeyLogFile, else the environment variable SSLKEYLOGFILE; nullptr: neither. A file that cannot
// be used is an error for the directive, and as in Apache a notice for the variable.
[[nodiscard]] Result<std::shared_ptr<const tls::KeyLog>>
open_key_log(const Config& config, const server::Configuration& configuration,
             config::Diagnostics& diagnostics);

// The generator of random numbers works: an error otherwise, before any key is made.
[[nodiscard]] Result<void> check_random(config::Diagnostics& diagnostics);

// After a virtual host has its context.
void check_started(const Config& config, const server::VirtualHost& vhost,
                   server::Configuration& configuration, config::Diagnostics& diagnostics);

} // namespace signet::mod_ssl
