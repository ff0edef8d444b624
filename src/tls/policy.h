// SSLProtocol and SSLCipherSuite: their strings read by Apache's rules, kept safe by ours.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslprotocol · #sslciphersuite
#pragma once
#include "tls/settings.h"

#include <span>
#include <string_view>

namespace signet::tls {

// The ids of this floor's messages (diagnosis/tls_entries.cpp).
enum Id : int {
    protocol_illegal = 300,
    protocol_legacy_removed = 301,
    protocol_none_left = 302,
    protocol_overrides = 303,
    ciphers_invalid = 305,
    ciphers_empty = 306,
    configuration_command = 308,
    context_failed = 309,
    ticket_key_file_bad = 310,
    session_cache_failed = 311,
    pass_phrase_program = 312,
    pass_phrase_no_terminal = 313,
    alpn_invalid = 314,
    handshake_plain_http = 320,
    handshake_not_tls = 321,
    handshake_no_shared_protocol = 322,
    handshake_no_shared_cipher = 323,
    handshake_no_shared_group = 324,
    handshake_no_shared_signature = 325,
    handshake_unknown_certificate = 326, // the client distrusts our certificate
    handshake_closed = 327,
    handshake_malformed = 328,
    handshake_failed = 329,
    handshake_unrecognized_name = 330,
    handshake_fallback = 331,
    record_bad = 332,
    record_truncated = 333,
    peer_alert = 334,
    handshake_no_application_protocol = 335,
    renegotiation_refused = 336,
    handshake_wrong_key_kind = 360, // suites in common need another kind of certificate
    handshake_anonymous_suites = 361,
    handshake_obsolete_suites = 362,
    handshake_security_level = 363,
    peer_unknown_ca = 364,
    peer_certificate_expired = 365,
    peer_bad_certificate = 366,
    peer_certificate_unknown = 367,
    peer_refused_certificate = 368, // revoked, unsupported …
    peer_protocol_version = 369,
    opening_ssh = 370,
    opening_ssl2 = 371,
    opening_proxy_header = 372,
    opening_http2 = 373,
    opening_mail = 374,
    handshake_never_begun = 379, // timeout, and not one byte came
    handshake_timed_out = 380,
    handshake_closed_early = 381, // before the ClientHello was complete
    renegotiation_unsafe = 383,   // RFC 5746
    key_log_open = 384,
    key_log_failed = 385,
    record_flood = 388,
    responder_missing = 820, // SSLOCSPEnable
    responder_silent = 821,
    responder_unusable = 822,
};

// Reads the words of SSLProtocol into a set; warnings and errors (one of them: nothing is left) go
// to `problems`. Rules of DESIGN §9.3: SSLv2 and SSLv3 never, TLS 1.0 and 1.1 only with
// `legacy_allowed` (SSLLegacyProtocols on).
[[nodiscard]] Protocols parse_protocols(std::span<const std::string_view> words,
                                        bool legacy_allowed, pki::Problems& problems);

// The one or two words of SSLCipherSuite: [SSL|TLSv1.3] list.
struct CipherSuites {
    bool is_tls13 = false; // which of Settings' two lists it is for
    std::string list{};    // what OpenSSL is given: without NULL, EXPORT, RC4, anonymous suites
};
[[nodiscard]] CipherSuites parse_cipher_suites(std::span<const std::string_view> words,
                                               pki::Problems& problems);

// The names of the suites a list stands for, in order (for messages and tools).
[[nodiscard]] std::vector<std::string> expand_cipher_list(const std::string& list);

} // namespace signet::tls
