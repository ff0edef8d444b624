// What goes back to the client. Filled by handlers and hooks, sent by the session.
#pragma once
#include "base/result.h"
#include "http/headers.h"
#include "server/body.h"

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace signet::server {

class FilterChain;
class Tunnel;
class Request;
struct KeptAnswer;
class Response;

// A resource that the client will need with what it asked for (RFC 9113 §8.4).
struct PushedResource {
    std::string_view path; // and query
    bool critical = false; // wanted before the response itself
    bool head_only = false;
};

// Where a response that is produced piece by piece goes: implemented by the sessions.
class ResponseSink {
public:
    virtual ~ResponseSink() = default;
    // Sends the head if it is not out yet, then the bytes. Waits on the request's fiber while the
    // connection's out chain is above high water. Fails with Error::cancelled when the client left.
    [[nodiscard]] virtual Result<void> write(std::string_view bytes) = 0;
    // Sends an interim response (100, 103).
    [[nodiscard]] virtual Result<void> interim(int status, const http::Headers& headers) = 0;
    // For a fiber that waits for other things, too: true when write() takes `piece_for_room` bytes
    // without waiting. Else its next Fiber::suspend() ends (perhaps too early) when there is room.
    static constexpr size_t piece_for_room = size_t{16} * 1024;
    [[nodiscard]] virtual bool has_room() { return true; }
    // After that suspend(): forgets what has_room() and RequestBody::read_now() wait for.
    virtual void end_waits() {}
    // Promises the resource to a client that takes pushes, once per connection.
    virtual void push(const PushedResource&) {}
};

// Changes body bytes on their way out (deflate, include). Owned by the response's FilterChain.
// `finish` is called once, at the end of the body.
class BodyFilter {
public:
    virtual ~BodyFilter() = default;
    // Before the first byte: looks at the head, and changes it. False: has nothing to do here.
    // `first`: what it will be given is the response's own body, changed by nobody.
    [[nodiscard]] virtual bool begin(Request& request, Response& response, bool first) = 0;
    [[nodiscard]] virtual Result<void> write(std::string_view bytes, ResponseSink& next) = 0;
    [[nodiscard]] virtual Result<void> finish(ResponseSink& next) = 0;
};

// Owned by the exchange; lives until the response is sent and logged. Texts live in the request's
// arena, in configuration, or are static.
class Response {
public:
    Response();
    ~Response();
    Response(const Response&) = delete;
    Response& operator=(const Response&) = delete;

    int status = 200;
    std::string_view reason{};    // overrides the standard phrase when not empty
    http::Headers headers;        // dropped when an error document replaces the response
    http::Headers always_headers; // kept (Apache's err_headers_out)

    // Becomes Content-Type (with charset where AddDefaultCharset says so).
    std::string_view content_type{};
    std::string_view charset{};
    std::vector<std::string_view> content_encodings;
    std::vector<std::string_view> content_languages;

    Body body;                 // for a body that is known when the handler returns
    bool body_is_known = true; // false after the first write()
    // The server's own answer for a status (error page, redirect) instead of a handler's:
    // `Header` without "always" leaves it alone, except when the status is 304.
    bool is_error_page = false;
    // Its length is not told (Apache: a filter refused, when the length could not be known any
    // more): chunked where the connection goes on, else up to the end of the connection.
    bool hides_length = false;
    // The log says that nothing was sent: an ErrorDocument failed, and another request's page was
    // sent.
    bool counts_nothing = false;
    // It could not be brought to its end: the connection (of HTTP/2: the stream) ends without the
    // sign of a complete body.
    bool breaks_off = false;
    // Another server's: its Date and Server fields take the place of ours.
    bool is_proxied = false;
    bool no_cache = false;
    bool no_etag = false;
    // Its content is another each time: a file's conditions (If-Modified-Since …) do not apply.
    bool ignores_conditions = false;
    bool ignores_ranges = false; // what is sent is not what the file contains
    // The answer that this one repeats; its fields are the head's. Owned by the path entry.
    const KeptAnswer* kept = nullptr;

    // Fields after the body. They go to HTTP/2 clients, and in HTTP/1.1 behind a chunked body to
    // those that say TE: trailers; else they are dropped (RFC 9110 §6.5.1). They may be set as long
    // as the handler runs. Header does not apply to them.
    http::Headers trailers;

    // Status 101: what the connection becomes when the head is out. There is no body then.
    std::unique_ptr<Tunnel> tunnel;

    // For a body that is produced piece by piece: see ResponseSink.
    [[nodiscard]] Result<void> write(std::string_view bytes);
    void set_sink(ResponseSink& sink) { sink_ = &sink; }
    [[nodiscard]] ResponseSink* sink() const { return sink_; }
    // What the body passes before it gets there; nullptr: nothing.
    std::unique_ptr<FilterChain> filters;

    // A field from headers, else from always_headers.
    [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;

    // For the access log.
    uint64_t bytes_sent = 0; // body bytes given to the connection
    bool head_sent = false;

    void reset();

private:
    ResponseSink* sink_ = nullptr;
};

} // namespace signet::server
