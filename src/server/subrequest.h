// Requests that the server makes of itself: look-ups of other URIs, and internal redirects.
#pragma once
#include "server/exchange.h"
#include "server/phases.h"

#include <string_view>

namespace signet::server {

class Request;
class Response;
class ResponseSink;

// Runs every phase before the handler for another URI, with the parent's client and headers. The
// result lives as long as the parent's exchange; its response->status is 200 when it may be served,
// else the status it would get. An absolute path, or one relative to the parent's URI.
[[nodiscard]] Request* lookup(Request& parent, std::string_view uri);

// The same for a file, which need not belong to any URI: a path, or a name beside the parent's
// file. Its URI is the neighbour of the parent's, or empty.
[[nodiscard]] Request* lookup_file(Request& parent, std::string_view path);
// The same for a name in the parent's directory, which has been found there: it is not translated.
// Of the parent's query nothing is left.
[[nodiscard]] Request* lookup_entry(Request& parent, std::string_view name, bool is_directory);

// The same for a file that could stand for the parent's URI (mod_negotiation): with the parent's
// query and path info.
[[nodiscard]] Request* lookup_variant(Request& parent, std::string_view name);

// What is looked up while this lives is forgotten when it goes: for those who look up many.
class LookUpScope {
public:
    explicit LookUpScope(Request& parent);
    ~LookUpScope();
    LookUpScope(const LookUpScope&) = delete;
    LookUpScope& operator=(const LookUpScope&) = delete;
    // It is needed, after all.
    void keep() { kept_ = true; }

private:
    Exchange& exchange_;
    Exchange::Mark mark_;
    bool kept_ = false;
};

// Writes the content of what was looked up into the parent's response, in this place. From a
// handler that writes, too. Outcome::ok, or the status that it would have got.
[[nodiscard]] Outcome include(Request& looked_up, Response& parent);

// The same into `out`, through the filters of its own. Where its handler redirects, what that leads
// to is written.
[[nodiscard]] Outcome include(Request& looked_up, ResponseSink& out);

// Continues `request` as `looked_up`, whose phases have run: it takes over its URI, file, scope,
// type and handler (Apache's fast redirect). To be called in the fixup phase. Always Outcome::ok.
[[nodiscard]] Outcome redirect_to(Request& request, Response& response, Request& looked_up);

// Answers `request` with what a GET of `uri` would give, all phases anew. From a handler or fixup.
[[nodiscard]] Outcome internal_redirect(Request& request, Response& response, std::string_view uri);

} // namespace signet::server
