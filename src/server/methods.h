// Requests answered without a file: TRACE, OPTIONS *, and which methods a resource allows.
#pragma once
#include "server/phases.h"

#include <string_view>

namespace signet::server {

class Request;
class Response;

// TRACE and "OPTIONS *"; declines everything else.
[[nodiscard]] Outcome answer_server_wide(Request& request, Response& response);

// OPTIONS for a resource: 200 with Allow.
[[nodiscard]] Outcome answer_options(Request& request, Response& response);

// TraceEnable.
[[nodiscard]] bool allows_trace(const Request& request);

// The Allow field of a static resource, TRACE included when TraceEnable admits it.
[[nodiscard]] std::string_view allowed_methods(const Request& request);

} // namespace signet::server
