// Surveys of the TLS virtual hosts of a configuration, without a running server: each one's real
// context answers hellos in memory.
#pragma once
#include "server/configuration.h"
#include "tools/grade/survey.h"

#include <ctime>
#include <vector>

namespace signet::tools::grade {

// `only`: the ServerName that is asked for, or empty for all.
[[nodiscard]] std::vector<Survey> survey_vhosts(const server::Configuration& configuration,
                                                const std::string& only, time_t now,
                                                X509_STORE* store);

// The values of Strict-Transport-Security that the lines of a server (and of its vhost, if any)
// send, and the line that is responsible.
struct HstsLines {
    std::vector<std::string> values{};
    const config::Node* line = nullptr;
};
[[nodiscard]] HstsLines hsts_of(const std::vector<config::Node>& main, const config::Node* vhost);

} // namespace signet::tools::grade
