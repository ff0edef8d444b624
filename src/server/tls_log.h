// What the error log says about the life of a TLS connection: mod_ssl's lines, for LogLevel
// ssl:info and ssl:debug.
#pragma once
#include <string_view>

namespace signet::tls {
class Stream;
}

namespace signet::server {

class VirtualHost;
struct Peer;

// A connection was accepted (AH01964).
void log_tls_accepted(const VirtualHost& vhost, const Peer& peer);
// The handshake is over: who was asked for, what was agreed on (AH02043, AH02041).
void log_tls_established(const VirtualHost& vhost, const Peer& peer, tls::Stream& stream);
// What was found out about the client's certificate since the last call (AH02275, AH02276, AH02037,
// AH02040). The others below and above do so by themselves.
void log_tls_verification(const VirtualHost& vhost, const Peer& peer, tls::Stream& stream);
// The handshake failed (AH02008), and why.
void log_tls_failure(const VirtualHost& vhost, const Peer& peer, tls::Stream& stream);
// Plain HTTP came instead of a handshake (AH01996).
void log_tls_plain_http(const VirtualHost& vhost, const Peer& peer);
// The client went away in the middle of the handshake (AH02006).
void log_tls_stopped(const VirtualHost& vhost, const Peer& peer);
// The end, as it should be (AH02001) or not (AH01998).
void log_tls_closed(const VirtualHost& vhost, const Peer& peer, bool in_order);

} // namespace signet::server
