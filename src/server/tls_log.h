// What the error log says about the life of a TLS connection: mod_ssl's lines, for LogLevel
// ssl:info and ssl:debug.
#pragma once
#include <string_view>

namespace signet::tls {
class Stream;
}

namespace signet::server {

class VirtualHost;
class Worker;
struct HandshakeTimes;
struct Peer;

// A connection was accepted (AH01964).
void log_tls_accepted(const VirtualHost& vhost, const Peer& peer);
// The handshake is over: who was asked for, what was agreed on (AH02043, AH02041).
void log_tls_established(const VirtualHost& vhost, const Peer& peer, tls::Stream& stream);
// What was found out about the client's certificate since the last call (AH02275, AH02276, AH02037,
// AH02040). The others below and above do so by themselves.
void log_tls_verification(const VirtualHost& vhost, const Peer& peer, tls::Stream& stream);
// From LogLevel ssl:trace3 on: the stream tells what it does.
void trace_tls(const VirtualHost& vhost, const Peer& peer, tls::Stream& stream);
// It failed: Apache's lines (AH02008 in the handshake, AH02006 when the client went away, AH01992
// later, and OpenSSL's errors), then ours with cause and fix. A flood is summed up (line_budget.h).
void log_tls_failure(Worker& worker, const VirtualHost& vhost, const Peer& peer,
                     tls::Stream& stream);
// Plain HTTP came instead of a handshake (AH01996).
void log_tls_plain_http(Worker& worker, const VirtualHost& vhost, const Peer& peer);
// Something else than HTTP came to a port without TLS (tls_counters.h has the ids).
void log_misplaced_protocol(Worker& worker, const VirtualHost& vhost, const Peer& peer, int id);
// The client asked to renegotiate, was refused, and the connection is over.
void log_tls_renegotiation(Worker& worker, const VirtualHost& vhost, const Peer& peer,
                           const tls::Stream& stream);
// A handshake that took long, and which of its stages did.
void log_slow_handshake(const VirtualHost& vhost, const Peer& peer, const HandshakeTimes& times);
// The end, as it should be (AH02001) or not (AH01998).
void log_tls_closed(const VirtualHost& vhost, const Peer& peer, bool in_order);

} // namespace signet::server
