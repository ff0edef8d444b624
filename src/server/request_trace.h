// What the error log says about every request at LogLevel trace3 and beyond, and about heads that
// are refused: Apache's lines of protocol.c, http_request.c and http_filters.c.
#pragma once
#include "server/error_log.h"

namespace signet::http {
struct Refusal;
struct Framing;
} // namespace signet::http

namespace signet::server {

struct HeadFields;

// "Request received from client: GET / HTTP/1.1" (core:trace5).
void trace_request_line(const Request& request, std::string_view line);
// The fields of an acceptable request (http:trace4).
void trace_request_fields(const Request& request);
// The status (http:trace3) and the fields of the answer (trace4; Date and Server trace5).
void trace_response(const Request& request, int status, const HeadFields& fields);
// A phase ended the request: "auth phase 'check access' gave status 403: /x" (core:trace3).
void trace_phase(const Request& request, std::string_view phase, int status,
                 std::source_location where = std::source_location::current());

// Why a head was refused (core:debug, limits core:info).
void log_refused_head(const Request& request, const http::Refusal& refusal);
// A body whose length cannot be known (core:debug).
void log_refused_framing(const Request& request, const http::Framing& framing);

// Texts of clients in these lines: like the error log's own escapes, and quotes too.
[[nodiscard]] std::string_view escape_item(const Request& request, std::string_view text);

} // namespace signet::server
