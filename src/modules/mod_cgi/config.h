// What mod_cgi's directives say.
// https://httpd.apache.org/docs/2.4/mod/mod_cgi.html
#pragma once
#include "modules/mod_cgi/missing_variables.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace signet::mod_cgi {

struct Config {
    std::optional<std::string> log;     // ScriptLog; without it scripts are not logged
    std::optional<uint64_t> log_length; // where the log is full
    std::optional<uint64_t> log_buffer; // how much of a request body goes into it
    std::optional<std::chrono::milliseconds> timeout; // 0: Timeout's
    // The main server's, for all. Each worker has its own, since it is a copy of the process.
    std::shared_ptr<MissingVariables> missing_variables = std::make_shared<MissingVariables>();
};

} // namespace signet::mod_cgi
