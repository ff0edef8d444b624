// The second line of a 421: which virtual hosts the handshake and the request are for, where they
// stand in the configuration, and which directives differ.   RFC 9110 §15.5.20
#pragma once
#include <string>

namespace signet::server {
class Request;
}

namespace signet::mod_ssl {

// "handshake for a.example (FILE:LINE), request for b.example (FILE:LINE): SSLProtocol (TLSv1.2
// here, TLSv1.3 there), SSLVerifyClient (…) differ; cause: …; fix: …"
[[nodiscard]] std::string describe_misdirected(const server::Request& request);

inline constexpr int misdirected_request = 387;

} // namespace signet::mod_ssl
