// The default handler: a file from disk, with validators, ranges and conditions.
#pragma once
#include "server/phases.h"

namespace signet::server {

class Request;
class Response;

// Never declines. RFC 9110 §8.8, §13, §14 ·
// https://httpd.apache.org/docs/2.4/mod/core.html#fileetag
[[nodiscard]] Outcome serve_static_file(Request& request, Response& response);

} // namespace signet::server
