// What a response head consists of, for every protocol: Date and Server first, then the fields in
// Apache's order.
#pragma once
#include "http/headers.h"

namespace signet::server {

class Request;
class Response;

// Reused between responses. Sessions put their own fields (Connection, Transfer-Encoding) between
// the two lists.
struct HeadFields {
    http::Headers general; // Date, Server, always_headers, headers
    http::Headers content; // Content-Type, Content-Encoding, Content-Language
    void clear()
    {
        general.clear();
        content.clear();
    }
};

// Date and Server.
void add_server_fields(const Request& request, HeadFields& fields);

// Runs the response_head hooks and collects the fields. `body_length`: of a body known whole.
void collect_head(Request& request, Response& response, HeadFields& fields);

// No field carries a control character (but a tab): a line break in a value would let whoever chose
// the value write fields, and whole answers, of their own. Apache: AH02430.
[[nodiscard]] bool is_sound(const HeadFields& fields);
[[nodiscard]] bool is_sound(const http::Headers& fields);

} // namespace signet::server
