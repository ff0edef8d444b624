// Debian's envvars: a shell script that exports what apache2.conf names as ${APACHE_RUN_DIR} and so
// on. Only a shell understands it, so one is asked.
#pragma once
#include "base/result.h"

#include <string>

namespace signet::tools {

// Runs the script in a shell of its own and takes over what it exports. A file that is not there
// changes nothing.
[[nodiscard]] Result<void> read_envvars(const std::string& path);

} // namespace signet::tools
