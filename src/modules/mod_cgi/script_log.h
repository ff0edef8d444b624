// ScriptLog: what a script that failed was asked and what it said, for who debugs it.
#pragma once
#include "modules/mod_cgi/config.h"

#include <string>
#include <string_view>

namespace signet::server {
class Request;
class Response;
} // namespace signet::server

namespace signet::mod_cgi {

// True when there is a log and it is not full.
[[nodiscard]] bool wants_log(const Config& config);

// A script that could not be started, and why.
void log_refusal(const Config& config, const server::Request& request, int status,
                 std::string_view reason);

struct Conversation {
    std::string_view request_body{};
    std::string_view bad_line{}; // of its head
    std::string_view output{};   // what follows that line
    std::string_view errors{};
};
// A script that was started and made no sound answer.
void log_failure(const Config& config, const server::Request& request,
                 const server::Response& response, int status, const Conversation& conversation);

} // namespace signet::mod_cgi
