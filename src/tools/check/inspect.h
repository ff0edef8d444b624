// One run of all rules over a configuration.
#pragma once
#include "config/diagnostics.h"
#include "process/loader.h"
#include "tools/check/inspection.h"
#include "tools/configuration_options.h"

#include <memory>
#include <vector>

namespace signet::tools::check {

struct Inspected {
    std::vector<Finding> findings{}; // the worst first
    bool has_errors = false;         // the server would not start
    // What was read; its lines are what the findings of the server are about.
    std::unique_ptr<config::Reading> reading{};
    config::Diagnostics server{}; // what the server itself says
    // The loader outlives what it loaded.
    std::unique_ptr<process::CommandLine> line{};
    std::unique_ptr<process::Loader> loader{};
    std::shared_ptr<const server::Configuration> configuration{}; // null: it has errors
};

// Fails when the main file cannot be opened.
[[nodiscard]] Result<Inspected> inspect(const ConfigurationOptions& configuration,
                                        const Options& options);

// Every rule, in the order in which they run.
[[nodiscard]] std::vector<Rule> all_rules();

} // namespace signet::tools::check
