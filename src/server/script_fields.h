// What the head of a program's answer means for the response: of CGI, FastCGI and SCGI alike, as
// Apache reads it (ap_scan_script_header).   RFC 3875 §6.3
#pragma once
#include "http/script_head.h"

#include <string_view>

namespace signet::server {

class Request;
class Response;

// For one answer, on its request's fiber.
class ScriptFields {
public:
    // `module` says it in the error log: "cgi".
    ScriptFields(Request& request, Response& response, std::string_view module)
        : request_(request)
        , response_(response)
        , module_(module)
    {
    }

    void take(const http::ScriptHead& head);
    void take_field(std::string_view name, std::string_view value);
    // "404 Not Found", as Status has it.
    void take_status(std::string_view value);
    // 0, or the status that the client's conditions lead to (304, 412).
    [[nodiscard]] int check_conditions() const;
    // Framing is the server's, who sees how much there is.
    void drop_framing();

private:
    void trace(const http::ScriptHead& head) const;
    [[nodiscard]] std::string_view name() const;

    Request& request_;
    Response& response_;
    std::string_view module_;
    bool has_status_ = false;
};

} // namespace signet::server
