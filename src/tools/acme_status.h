// `signet acme status`: what happened last with each managed domain, what comes next and when.
#pragma once
#include "base/result.h"

#include <string>

namespace signet::tools {

struct AcmeQuestion {
    std::string server_root; // -d, or empty: the usual one
    std::string config_file; // -f, likewise
    bool json = false;
};

// For people, or as JSON.
[[nodiscard]] Result<std::string> acme_status(const AcmeQuestion& question);

} // namespace signet::tools
