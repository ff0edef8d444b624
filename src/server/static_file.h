// The default handler: a file from disk, with validators, ranges and conditions.
#pragma once
#include "server/phases.h"

namespace signet::server {

struct PathEntry;
class Request;
class Response;

// Never declines. RFC 9110 §8.8, §13, §14 ·
// https://httpd.apache.org/docs/2.4/mod/core.html#fileetag
[[nodiscard]] Outcome serve_static_file(Request& request, Response& response);

// Last-Modified and ETag of the file or directory; kept in its entry.
void set_validators(Request& request, Response& response, PathEntry& entry);

} // namespace signet::server
