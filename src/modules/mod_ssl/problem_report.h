// What opening a key, a certificate or a CRL found, as findings at the directive that names it.
#pragma once
#include "pki/check.h"
#include "server/module.h"

namespace signet::mod_ssl {

// Fails when one of the problems is an error; it has been reported then.
[[nodiscard]] Result<void> report_problems(const pki::Problems& problems,
                                           const server::Words& words);

} // namespace signet::mod_ssl
