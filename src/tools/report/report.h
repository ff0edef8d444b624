// signet report: one text with all that whoever helps has to know, without secrets.
#pragma once
#include "tools/configuration_options.h"

#include <string>

namespace signet::tools {

struct ReportRequest {
    ConfigurationOptions configuration{};
    std::string output{}; // a file; empty: standard output
    bool with_configuration = false, json = false;
};

// 0: written, 2: not.
[[nodiscard]] int run_report(const ReportRequest& request);

} // namespace signet::tools
