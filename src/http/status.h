// Status codes and their reason phrases, as Apache spells them.   RFC 9110 §15
#pragma once
#include <string_view>

namespace signet::http {

// "404 Not Found". Codes Apache does not know get "500 Internal Server Error", as there.
[[nodiscard]] std::string_view status_line(int status);
// "Not Found".
[[nodiscard]] std::string_view reason_phrase(int status);
// "HTTP/1.1 404 Not Found\r\n", ready to send.
[[nodiscard]] std::string_view prebuilt_status_line(int status);
[[nodiscard]] bool is_known_status(int status);

// Answers that never carry a body, nor a length for one (RFC 9110 §6.4.1).
[[nodiscard]] constexpr bool forbids_body(int status)
{
    return status < 200 || status == 204 || status == 304;
}
// After these Apache closes the connection: the request was not understood well enough to find the
// next one (ap_status_drops_connection).
[[nodiscard]] constexpr bool drops_connection(int status)
{
    return status == 400 || status == 408 || status == 411 || status == 413 || status == 414
           || status == 500 || status == 503 || status == 501;
}

} // namespace signet::http
