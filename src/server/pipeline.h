// The path of a request through the phases, from a parsed head to a complete response.
#pragma once
#include "server/phases.h"

namespace signet::server {

class Exchange;
class Request;
class Response;

// Everything between head and response, on the request's fiber: phases, handler, error documents,
// internal redirects. Afterwards exchange.final holds the response to send (or already sent, when
// it was written piece by piece).
void run_pipeline(Exchange& exchange);

// For a head that is not to be served at all (malformed, too large, timed out): makes the error
// response of that status, without running handlers.
void refuse_request(Exchange& exchange, int status);

// The phases up to the handler; Outcome::ok, or the status the request gets.
[[nodiscard]] Outcome run_phases(Request& request, Response& response);

// The handler: the first that does not decline, in the end the one for files.
[[nodiscard]] Outcome run_handler(Request& request, Response& response);

// The response has been sent, or the connection lost: log hooks; scopes are unpinned.
void finish_exchange(Exchange& exchange);

} // namespace signet::server
