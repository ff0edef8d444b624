// Reads what is left of a request's body and drops it, before an answer that does not depend on it.
#pragma once

namespace signet::server {

class Request;
class Response;

// 0, or the status of a body that is not sound: too large, badly chunked, too slow. Waits on the
// request's fiber, after 100 Continue where the client expects it and `response` is a success.
[[nodiscard]] int discard_body(Request& request, Response& response);

} // namespace signet::server
