// The error logs of a configuration, as far as they are files.
#pragma once
#include "base/result.h"

#include <string>
#include <vector>

namespace signet::server {
class Configuration;
}

namespace signet::tools::check {

// Each once, the main server's first.
[[nodiscard]] std::vector<std::string> error_log_files(const server::Configuration& configuration);

// The last `bytes` of a file that may be large.
[[nodiscard]] Result<std::string> read_end(const std::string& path, size_t bytes);

} // namespace signet::tools::check
