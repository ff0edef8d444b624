// Parses an HTTP/1 request head.   RFC 9112 §2–5 · HttpProtocolOptions, LimitRequest*
// https://httpd.apache.org/docs/2.4/mod/core.html#httpprotocoloptions
#pragma once
#include "http/headers.h"

#include <cstdint>
#include <span>
#include <string_view>

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
};

struct RequestHead {
    std::string_view request_line; // as sent, without CRLF (%r)
    std::string_view method;
    std::string_view target;
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
};

// Parses what has arrived so far. Views point into `bytes`, which obs-fold joining may overwrite
// (only when complete). Each call starts anew: call again only when a line feed has arrived, or
// when `bytes` outgrew LimitRequestLine. Spaces in `request_line` are as sent; Apache's %r shows
// one. Stops early (refused) as soon as no continuation could be valid or a limit is exceeded.
[[nodiscard]] Parse parse_request_head(std::span<char> bytes, const HeadLimits& limits,
                                       RequestHead& head, Refusal& refusal);

// The fields of a message section up to its empty line: a chunked body's trailers.
// `used` is the section's size when complete.
[[nodiscard]] Parse parse_field_section(std::span<char> bytes, const HeadLimits& limits,
                                        Headers& fields, size_t& used, Refusal& refusal);

} // namespace signet::http
