// The client's host name, for logs, variables and rules that name hosts. Looked up on a helper
// thread while the request's fiber waits; the answers are kept in the connection.
#pragma once
#include <string_view>

namespace signet::server {

class Request;

// The name its address has, where HostnameLookups wants names; else, and when it has none, "".
// Where nothing may wait (a log's condition) only what is known already.
[[nodiscard]] std::string_view client_host(const Request& request);

// The name, whatever HostnameLookups says, but only if it resolves back to the address: nobody can
// claim another's name by writing into his own reverse zone. "" otherwise.
[[nodiscard]] std::string_view confirmed_client_host(const Request& request);

// Does the name resolve to the client's address now?
[[nodiscard]] bool resolves_to_client(std::string_view host, const Request& request);

// "example.org" and ".example.org" cover "www.example.org"; whole labels only, case ignored.
[[nodiscard]] bool in_domain(std::string_view domain, std::string_view host);

} // namespace signet::server
