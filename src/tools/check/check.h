// signet check: what is wrong, dangerous or out of date about a configuration and everything it
// names, with the line, the cause and a fix.
#pragma once
#include "tools/configuration_options.h"

#include <string>
#include <vector>

namespace signet::tools {

struct CheckRequest {
    ConfigurationOptions configuration{};
    std::string at{};      // a moment: "+30d"
    std::string since{};   // compare the error logs: "15m" before the last reload and after it
    std::string recover{}; // a file whose line breaks were lost
    bool offline = false;
    bool fix = false;
    std::vector<int> only{}; // with fix: the rules to mend, without a word about others; empty: all
    bool json = false;
    bool migrate = false;
    bool rules = false;  // only list them
    bool strict = false; // notices count as findings, too
};

// 0: nothing found, 1: findings, 2: the configuration cannot be read.
[[nodiscard]] int run_check(const CheckRequest& request);

} // namespace signet::tools
