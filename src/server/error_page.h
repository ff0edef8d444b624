// Built-in error pages, word for word Apache's: clients and programs know them.
#pragma once
#include <string>
#include <string_view>

namespace signet::server {

class Request;
class Response;

// Makes response.body Apache's page for its status (also the second one when an ErrorDocument
// failed: `original_status` is then the first), with content type and Allow, Location and the like.
void make_error_page(Request& request, Response& response, int original_status);

// "<address>signet Server at host Port 80</address>" by ServerSignature, or empty.
[[nodiscard]] std::string server_signature(const Request& request);

} // namespace signet::server
