// From what a script says to the response.
#pragma once
#include "modules/mod_cgi/config.h"
#include "server/phases.h"

namespace signet::server {
class Request;
class Response;
} // namespace signet::server

namespace signet::mod_cgi {

inline constexpr int no_script_head = 675; // "End of script output before headers"

class Script;

// Reads the head and passes the body on as it comes; follows a Location. Waits.
[[nodiscard]] server::Outcome answer(const Config& config, Script& script, server::Request& request,
                                     server::Response& response);

// nph-: the script says everything itself, the status line included.
[[nodiscard]] server::Outcome answer_unparsed(const Config& config, Script& script,
                                              server::Request& request, server::Response& response);

} // namespace signet::mod_cgi
