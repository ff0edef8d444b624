// Parses an HTTP/1 request head.   RFC 9112 §2–5 · HttpProtocolOptions, LimitRequest*
// https://httpd.apache.org/docs/2.4/mod/core.html#httpprotocoloptions
#pragma once
#include "base/arena.h"
#include "http/headers.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::http {

enum class Version : uint8_t { http09, http10, http11, http2 };

// LimitRequestLine, LimitRequestFieldSize, LimitRequestFields, HttpProtocolOptions.
struct HeadLimits {
    size_t line = 8190;
    size_t field_size = 8190;
    size_t fields = 100;      // 0: no limit
    bool strict = true;       // HttpProtocolOptions Strict | Unsafe
    bool allow_http09 = true; // Allow0.9 | Require1.0
    bool registered_methods = false;
    const std::vector<std::string>* extra_methods = nullptr; // RegisterHttpMethod
};

struct RequestHead {
    std::string_view request_line; // as sent, without CRLF
    std::string_view method;
    std::string_view target;
    std::string_view protocol; // "" in HTTP/0.9
    Version version = Version::http11;
    Headers headers; // obs-fold joined, values trimmed
    size_t size = 0; // bytes of the head, the empty line included
};

enum class Parse : uint8_t { complete, incomplete, refused };

// Why a head was refused: the status Apache answers, and its words for the error log and page.
struct Refusal {
    int status = 400;
    std::string_view apache_id; // "AH00566" …, or empty
    std::string_view reason;    // static text
    std::string_view evidence;  // the offending bytes
    std::string_view note{};    // what the error page adds; Apache says little there
};

// Parses what has arrived so far. Views point into `bytes`, which obs-fold joining may overwrite
// (only when complete). Each call starts anew: call again only when a line feed has arrived, or
// when `bytes` outgrew LimitRequestLine. Stops early (refused) as soon as no continuation could be
// valid or a limit is exceeded.
//
// A refused head has been HTTP/0.9 at most in form: it is answered as HTTP/1.0.
[[nodiscard]] Parse parse_request_head(std::span<char> bytes, const HeadLimits& limits,
                                       RequestHead& head, Refusal& refusal);

// The request line with one space between its words (%r): `request_line` itself where that is what
// was sent, else a copy in the arena.
[[nodiscard]] std::string_view tidy_request_line(const RequestHead& head, Arena& arena);

// True for a method of RFC 9110 and WebDAV, or one of RegisterHttpMethod.
[[nodiscard]] bool is_registered_method(std::string_view name, const HeadLimits& limits);

// The fields of a message section up to its empty line: a chunked body's trailers.
// `used` is the section's size when complete.
[[nodiscard]] Parse parse_field_section(std::span<char> bytes, const HeadLimits& limits,
                                        Headers& fields, size_t& used, Refusal& refusal);

} // namespace signet::http
