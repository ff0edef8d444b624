// signet grade: SSL Labs' letter for virtual hosts or for a server that runs, the rules that hold
// it down, and what real clients get.
#pragma once
#include "tools/configuration_options.h"

#include <string>

namespace signet::tools {

struct GradeRequest {
    ConfigurationOptions configuration{};
    std::string target{};     // host:port; empty: the configuration
    std::string name{};       // a vhost's ServerName; of a target: the server name to ask for
    std::string fail_under{}; // "A+"
    std::string profile{};    // "intermediate", "intermediate:5.7"
    std::string trust{};      // a file of roots, in place of the system's
    std::string at{};         // a moment: "+30d"
    bool fix = false;         // mend the configuration first, as signet check --fix does
    bool strict = false;      // T and M fail, too
    bool json = false;
    bool without_clients = false;
};

// 0: fine, 1: worse than asked for, 2: could not be found out.
[[nodiscard]] int run_grade(const GradeRequest& request);

} // namespace signet::tools
