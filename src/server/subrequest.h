// Requests that the server makes of itself: look-ups of other URIs, and internal redirects.
#pragma once
#include "server/phases.h"

#include <string_view>

namespace signet::server {

class Request;
class Response;

// Runs every phase before the handler for another URI, with the parent's client and headers. The
// result lives as long as the parent's exchange; its response->status is 200 when it may be served,
// else the status it would get. An absolute path, or one relative to the parent's URI.
[[nodiscard]] Request* lookup(Request& parent, std::string_view uri);

// The same for a file, absolute or relative to the parent's: nothing is translated, and there is no
// URI where the file is not in the parent's directory.
[[nodiscard]] Request* lookup_file(Request& parent, std::string_view file);

// Continues `request` as `looked_up`, whose phases have run: it takes over its URI, file, scope,
// type and handler (Apache's fast redirect). To be called in the fixup phase. Always Outcome::ok.
[[nodiscard]] Outcome redirect_to(Request& request, Response& response, Request& looked_up);

// Answers `request` with what a GET of `uri` would give, all phases anew. From a handler or fixup.
[[nodiscard]] Outcome internal_redirect(Request& request, Response& response, std::string_view uri);

} // namespace signet::server
