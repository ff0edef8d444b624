// The client's host name, for rules that name hosts (Require host, Allow from, SetEnvIf
// Remote_Host). Answers are kept in the connection.
#pragma once
#include <string_view>

namespace signet::server {
class Request;
}

namespace signet::server {

// The name its address resolves to, "" when it has none. Waits for the resolver.
[[nodiscard]] std::string_view client_host(server::Request& request);

// The same, but only if the name resolves back to the address: nobody can claim another's name by
// writing into his own reverse zone. "" otherwise.
[[nodiscard]] std::string_view confirmed_client_host(server::Request& request);

// Does the name resolve to the client's address?
[[nodiscard]] bool resolves_to_client(std::string_view host, const server::Request& request);

// "example.org" and ".example.org" cover "www.example.org"; whole labels only, case ignored.
[[nodiscard]] bool in_domain(std::string_view domain, std::string_view host);

} // namespace signet::server
