// <VirtualHost addr:port …>: which connections it serves, and by which names.
// https://httpd.apache.org/docs/2.4/vhosts/details.html
#pragma once
#include "config/diagnostics.h"
#include "server/vhost.h"

namespace signet::server {

class Configuration;

// Fills VirtualHost::bound from its addresses; names are resolved. Unresolvable ones are warnings,
// as in Apache (AH00547).
void resolve_vhost_addresses(Configuration& configuration, config::Diagnostics& diagnostics);

} // namespace signet::server
