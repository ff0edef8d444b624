#include "http/status.h"

#include <algorithm>
#include <array>

namespace signet::http {

namespace {

constexpr std::string_view version = "HTTP/1.1 ";

struct Known {
    int code;
    std::string_view line; // the whole first line; both shorter forms are parts of it
};

constexpr std::array table = {
    Known{100, "HTTP/1.1 100 Continue\r\n"},
    Known{101, "HTTP/1.1 101 Switching Protocols\r\n"},
    Known{102, "HTTP/1.1 102 Processing\r\n"},
    Known{103, "HTTP/1.1 103 Early Hints\r\n"},
    Known{200, "HTTP/1.1 200 OK\r\n"},
    Known{201, "HTTP/1.1 201 Created\r\n"},
    Known{202, "HTTP/1.1 202 Accepted\r\n"},
    Known{203, "HTTP/1.1 203 Non-Authoritative Information\r\n"},
    Known{204, "HTTP/1.1 204 No Content\r\n"},
    Known{205, "HTTP/1.1 205 Reset Content\r\n"},
    Known{206, "HTTP/1.1 206 Partial Content\r\n"},
    Known{207, "HTTP/1.1 207 Multi-Status\r\n"},
    Known{208, "HTTP/1.1 208 Already Reported\r\n"},
    Known{226, "HTTP/1.1 226 IM Used\r\n"},
    Known{300, "HTTP/1.1 300 Multiple Choices\r\n"},
    Known{301, "HTTP/1.1 301 Moved Permanently\r\n"},
    Known{302, "HTTP/1.1 302 Found\r\n"},
    Known{303, "HTTP/1.1 303 See Other\r\n"},
    Known{304, "HTTP/1.1 304 Not Modified\r\n"},
    Known{305, "HTTP/1.1 305 Use Proxy\r\n"},
    Known{307, "HTTP/1.1 307 Temporary Redirect\r\n"},
    Known{308, "HTTP/1.1 308 Permanent Redirect\r\n"},
    Known{400, "HTTP/1.1 400 Bad Request\r\n"},
    Known{401, "HTTP/1.1 401 Unauthorized\r\n"},
    Known{402, "HTTP/1.1 402 Payment Required\r\n"},
    Known{403, "HTTP/1.1 403 Forbidden\r\n"},
    Known{404, "HTTP/1.1 404 Not Found\r\n"},
    Known{405, "HTTP/1.1 405 Method Not Allowed\r\n"},
    Known{406, "HTTP/1.1 406 Not Acceptable\r\n"},
    Known{407, "HTTP/1.1 407 Proxy Authentication Required\r\n"},
    Known{408, "HTTP/1.1 408 Request Timeout\r\n"},
    Known{409, "HTTP/1.1 409 Conflict\r\n"},
    Known{410, "HTTP/1.1 410 Gone\r\n"},
    Known{411, "HTTP/1.1 411 Length Required\r\n"},
    Known{412, "HTTP/1.1 412 Precondition Failed\r\n"},
    Known{413, "HTTP/1.1 413 Request Entity Too Large\r\n"},
    Known{414, "HTTP/1.1 414 Request-URI Too Long\r\n"},
    Known{415, "HTTP/1.1 415 Unsupported Media Type\r\n"},
    Known{416, "HTTP/1.1 416 Requested Range Not Satisfiable\r\n"},
    Known{417, "HTTP/1.1 417 Expectation Failed\r\n"},
    Known{421, "HTTP/1.1 421 Misdirected Request\r\n"},
    Known{422, "HTTP/1.1 422 Unprocessable Entity\r\n"},
    Known{423, "HTTP/1.1 423 Locked\r\n"},
    Known{424, "HTTP/1.1 424 Failed Dependency\r\n"},
    Known{425, "HTTP/1.1 425 Too Early\r\n"},
    Known{426, "HTTP/1.1 426 Upgrade Required\r\n"},
    Known{428, "HTTP/1.1 428 Precondition Required\r\n"},
    Known{429, "HTTP/1.1 429 Too Many Requests\r\n"},
    Known{431, "HTTP/1.1 431 Request Header Fields Too Large\r\n"},
    Known{451, "HTTP/1.1 451 Unavailable For Legal Reasons\r\n"},
    Known{500, "HTTP/1.1 500 Internal Server Error\r\n"},
    Known{501, "HTTP/1.1 501 Not Implemented\r\n"},
    Known{502, "HTTP/1.1 502 Bad Gateway\r\n"},
    Known{503, "HTTP/1.1 503 Service Unavailable\r\n"},
    Known{504, "HTTP/1.1 504 Gateway Timeout\r\n"},
    Known{505, "HTTP/1.1 505 HTTP Version Not Supported\r\n"},
    Known{506, "HTTP/1.1 506 Variant Also Negotiates\r\n"},
    Known{507, "HTTP/1.1 507 Insufficient Storage\r\n"},
    Known{508, "HTTP/1.1 508 Loop Detected\r\n"},
    Known{510, "HTTP/1.1 510 Not Extended\r\n"},
    Known{511, "HTTP/1.1 511 Network Authentication Required\r\n"},
};

const Known* find_known(int status)
{
    const auto* found = std::ranges::lower_bound(table, status, {}, &Known::code);
    return found != table.end() && found->code == status ? found : nullptr;
}

} // namespace

std::string_view prebuilt_status_line(int status)
{
    if (status == 200) return table[4].line;
    const Known* known = find_known(status);
    return known != nullptr ? known->line : prebuilt_status_line(500);
}

std::string_view status_line(int status)
{
    auto line = prebuilt_status_line(status);
    line.remove_prefix(version.size());
    line.remove_suffix(2);
    return line;
}

std::string_view reason_phrase(int status)
{
    return status_line(status).substr(4);
}

bool is_known_status(int status)
{
    return find_known(status) != nullptr;
}

} // namespace signet::http
