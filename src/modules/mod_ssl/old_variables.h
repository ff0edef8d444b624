// The variables of Apache-SSL, Sioux, Stronghold and mod_ssl 1, for programs that still ask for
// them: SSLOptions +CompatEnvVars.
#pragma once
#include "tls/stream.h"

#include <string>
#include <utility>
#include <vector>

namespace signet::mod_ssl {

[[nodiscard]] std::vector<std::pair<std::string, std::string>>
old_variables(const tls::Stream& stream);

} // namespace signet::mod_ssl
