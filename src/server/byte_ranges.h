// Answers Range from a body whose size is known: 206 with one part or several, or 416.
// RFC 9110 §14 · https://httpd.apache.org/docs/2.4/mod/core.html#maxranges
#pragma once
#include "http/range.h"
#include "server/phases.h"

#include <functional>
#include <vector>

namespace signet::server {

class Request;
class Response;

// Which ranges of a body of `size` bytes the client gets: Outcome::declined for the whole (`ranges`
// is empty), ok for the ranges given, or 416.
[[nodiscard]] Outcome choose_ranges(const Request& request, Response& response, uint64_t size,
                                    std::vector<http::ByteRange>& ranges);

// Makes the 206: status, fields, and the body by calls of `add(offset, length)` for its parts.
void send_ranges(Request& request, Response& response, uint64_t size,
                 const std::vector<http::ByteRange>& ranges,
                 const std::function<void(uint64_t offset, uint64_t length)>& add);

} // namespace signet::server
