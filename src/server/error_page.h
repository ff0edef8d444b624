// Built-in error pages, word for word Apache's: clients and programs know them.
#pragma once
#include <string>
#include <string_view>

namespace signet::server {

class Request;
class Response;

// Makes response.body Apache's page for its status, with the content type. `second_status`: what
// the ErrorDocument for it failed with, or 0.
void make_error_page(Request& request, Response& response, int second_status = 0);

// "<address>signet Server at host Port 80</address>" by ServerSignature, or empty.
[[nodiscard]] std::string server_signature(const Request& request);

} // namespace signet::server
