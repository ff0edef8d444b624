// The answer to a plain GET of a small file, kept beside the file's bytes. Where no hook of the
// scope looks at the request, every such request gets the same fields and the same bytes; only Date
// is new. Phases, hooks and the putting together of a head are then done once per file.
#pragma once
#include "base/arena.h"
#include "server/response_head.h"

#include <memory>
#include <string>
#include <string_view>

namespace signet::server {

class Request;
class Response;
class Scope;

// Owned by a PathEntry, and gone with it: whatever changes the file, its sections or its .htaccess
// files makes the entry stale. Immutable, but for the head with its date.
struct KeptAnswer {
    const Scope* scope = nullptr;      // it was made under; the entry's own, so it stays
    HeadFields fields;                 // without Date and Server
    std::string general_lines;         // the same as HTTP/1 writes them: "ETag: …\r\n"
    std::string content_lines_and_end; // and the empty line
    // What the hooks left behind, for the log.
    http::Headers headers;
    http::Headers always_headers;
    std::string_view content_type{};
    std::string_view charset{};
    std::string_view handler{};

    Arena texts;

    // The whole head as HTTP/1.1 sends it where nothing is said about the connection; its Date is
    // of that second.
    mutable std::string head;
    mutable int64_t head_second = -1;
};

// True when nothing in the request asks for more than the file: a GET without a body, conditions,
// ranges, or an environment set by an earlier phase.
[[nodiscard]] bool is_plain(const Request& request);

// The kept answer for a plain request whose file and scope are known, or null.
[[nodiscard]] const KeptAnswer* kept_answer(const Request& request);

// Fills request and response as all phases would have done.
void repeat_answer(const KeptAnswer& kept, Request& request, Response& response);

// Keeps the answer, if it is one that any plain request for the file would get. `fields` are those
// of its complete head.
void keep_answer(const Request& request, const Response& response, const HeadFields& fields);

} // namespace signet::server
