// LimitInternalRecursion: how often a request may go on as another, and how deep requests that the
// server makes of itself may nest.
// https://httpd.apache.org/docs/2.4/mod/core.html#limitinternalrecursion
#pragma once

namespace signet::server {

class Request;

// Must be asked before another request is derived from this one. When the answer is true, the error
// log has been told.
[[nodiscard]] bool exceeds_recursion_limit(const Request& request);

} // namespace signet::server
