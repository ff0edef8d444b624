// The survey of a server that runs, by connecting to it as clients do.
#pragma once
#include "tools/grade/survey.h"

#include <ctime>

namespace signet::tools::grade {

// `target`: "host:port", "host", "[::1]:443". The host is also the name that is asked for, unless
// `name` says otherwise.
[[nodiscard]] Result<Survey> survey_server(const std::string& target, const std::string& name,
                                           time_t now, X509_STORE* store);

} // namespace signet::tools::grade
