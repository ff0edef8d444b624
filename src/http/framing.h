// How long a request's body is, and when that is a smuggling attempt.   RFC 9112 §6
#pragma once
#include "http/head.h"

#include <cstdint>
#include <string_view>

namespace signet::http {

enum class BodyKind : uint8_t { none, length, chunked };

struct Framing {
    BodyKind kind = BodyKind::none;
    uint64_t length = 0; // when kind is length
    // Both Transfer-Encoding and Content-Length: the length is ignored and must not be shown to
    // handlers, and the connection ends after this answer, as in Apache.
    bool ignores_length = false;
    bool must_close = false;
    int status = 0; // not 0: refuse with this, and close
    std::string_view apache_id{};
    std::string_view reason{};
    std::string_view evidence{}; // the offending value
};

// Apache judges Content-Length first, so that a bad one is refused even beside a good
// Transfer-Encoding. Equal duplicates and lists are refused too, unlike RFC 9110 §8.6 allows.
[[nodiscard]] Framing request_framing(const RequestHead& head);

} // namespace signet::http
