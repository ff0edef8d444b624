// Listen and <VirtualHost> must fit together: a virtual host that no listener serves is the usual
// reason of "connection refused", a port for https without TLS the one of connections that hang.
#pragma once

namespace signet::config {
class Diagnostics;
}

namespace signet::server {

class Configuration;

// Warnings only, one for each virtual host and listener. After the modules are prepared.
void check_listeners(const Configuration& configuration, config::Diagnostics& diagnostics);

} // namespace signet::server
