// Fields of one hop, and what a proxy adds to those it passes on.   RFC 9110 §7.6
#pragma once
#include "http/headers.h"
#include "modules/mod_proxy/config.h"

#include <string>
#include <string_view>

namespace signet::server {
class Request;
class Response;
} // namespace signet::server

namespace signet::mod_proxy {

struct Route;

// Not to be passed on: of one hop only, or named by the message's Connection field.
[[nodiscard]] bool is_of_this_hop(const http::Headers& headers, std::string_view name);

// The fields of the client that the backend gets, X-Forwarded-… and Via included; without Host,
// Content-Length and Connection.
[[nodiscard]] http::Headers fields_for_backend(const Config& config,
                                               const server::Request& request);

// The Host field for the backend.
[[nodiscard]] std::string_view host_for_backend(const Config& config, const Route& route,
                                                const server::Request& request);

// ProxyVia: "1.1 www.example.com", or with what the server is.
[[nodiscard]] std::string_view via_of(Via via, const server::Request& request);

// From the backend's fields to the response's.
void take_fields(const Config& config, const http::Headers& fields, server::Request& request,
                 server::Response& response);

// The same for what follows the body of a message with these fields.
void take_trailers(const http::Headers& trailers, const http::Headers& fields,
                   const server::Request& request, server::Response& response);

} // namespace signet::mod_proxy
