// At start: which host uses which managed domain, and with which certificate it begins.
#pragma once
#include "modules/mod_md/config.h"
#include "server/vhost.h"

namespace signet::mod_md {

[[nodiscard]] Result<void> prepare(const Config& config, server::VirtualHost& host,
                                   server::Configuration& configuration,
                                   config::Diagnostics& diagnostics);

} // namespace signet::mod_md
