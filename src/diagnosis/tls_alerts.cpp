#include "diagnosis/tls_alerts.h"

#include <algorithm>

namespace signet::diagnosis {
namespace {

constexpr TlsAlert alerts[] = {
    {0, "close_notify", "the orderly end of a connection", "nothing", false},
    {10, "unexpected_message",
     "a message came that does not belong there: a faulty client, or a middlebox between",
     "repeat it without the middlebox; update the client", false},
    {20, "bad_record_mac", "bytes were changed on the way, or the two sides use different keys",
     "look for a middlebox or faulty hardware", false},
    {21, "decryption_failed", "an old client could not decrypt a record", "update the client",
     false},
    {22, "record_overflow", "a record was longer than allowed", "look for a middlebox", false},
    {30, "decompression_failure", "TLS compression, which is never offered", "update the client",
     false},
    {40, "handshake_failure",
     "the client found nothing it accepts, or gave up when its renegotiation was refused",
     "compare what it offers with SSLProtocol and SSLCipherSuite; its own log says more", false},
    {41, "no_certificate", "an SSLv3 client has no certificate to show", "update the client",
     false},
    {42, "bad_certificate",
     "the client could not read or verify our certificate: a wrong chain, a signature or key it "
     "refuses, or a name that does not fit",
     "openssl s_client -connect HOST:443 -servername HOST -verify_hostname HOST", true},
    {43, "unsupported_certificate",
     "the client does not support this kind of certificate or key, or its usage forbids serving",
     "show a certificate for server authentication with an RSA or ECDSA P-256 key", true},
    {44, "certificate_revoked", "the authority revoked our certificate",
     "get a new certificate with a new key", true},
    {45, "certificate_expired", "our certificate has expired, or the client's clock is wrong",
     "openssl x509 -noout -dates -in CERTIFICATE; renew it", true},
    {46, "certificate_unknown",
     "the client rejects our certificate for a reason it does not name: browsers and Java send "
     "this for untrusted and self-signed certificates, wrong names and pinned keys",
     "openssl s_client -connect HOST:443 -servername HOST -verify_hostname HOST", true},
    {47, "illegal_parameter", "a value in the handshake contradicts another",
     "update the client; look for a middlebox", false},
    {48, "unknown_ca",
     "the client does not know the authority that signed our certificate: it is self-signed or of "
     "a private authority, or an intermediate certificate is missing",
     "append the intermediates to SSLCertificateFile, or give the client the authority's "
     "certificate",
     true},
    {49, "access_denied", "the certificate was valid, but the client's policy forbids it",
     "ask who runs the client", true},
    {50, "decode_error", "the client could not read a message", "look for a middlebox", false},
    {51, "decrypt_error",
     "a signature or Finished message did not verify: certificate and key differ, or bytes changed",
     "openssl s_client -connect HOST:443 -servername HOST", false},
    {60, "export_restriction", "an export client of the nineties", "update the client", false},
    {70, "protocol_version",
     "the client does not accept the version that was chosen: it is too old, or it refuses old "
     "ones",
     "compare its versions with SSLProtocol", false},
    {71, "insufficient_security", "the client wants stronger suites than were offered",
     "remove old suites from SSLCipherSuite", false},
    {80, "internal_error", "the client failed for a reason of its own", "look at the client's log",
     false},
    {86, "inappropriate_fallback",
     "the client was asked for a lower version although both know a "
     "higher one",
     "look for the cause of its first failure", false},
    {90, "user_canceled", "the user interrupted the handshake", "nothing", false},
    {100, "no_renegotiation", "the client refuses to renegotiate",
     "ask for client certificates for the whole virtual host instead of a directory", false},
    {109, "missing_extension", "the client misses an extension it needs",
     "look for a middlebox; update the client", false},
    {110, "unsupported_extension", "the client got an extension it had not asked for",
     "look for a middlebox", false},
    {111, "certificate_unobtainable", "a client certificate URL could not be fetched", "nothing",
     false},
    {112, "unrecognized_name", "the client asked for a name that is not served here",
     "add a ServerAlias", false},
    {113, "bad_certificate_status_response", "the stapled OCSP answer was refused",
     "check the responder: openssl s_client -connect HOST:443 -status", true},
    {114, "bad_certificate_hash_value", "a client certificate does not have its announced hash",
     "nothing", false},
    {115, "unknown_psk_identity", "a pre-shared key is unknown", "nothing", false},
    {116, "certificate_required", "a certificate was demanded and none was shown",
     "give the client a certificate", false},
    {120, "no_application_protocol", "no ALPN protocol in common", "compare with Protocols", false},
};

bool is_same(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, [](char x, char y) {
        const auto plain = [](char c) {
            if (c >= 'A' && c <= 'Z') return static_cast<char>(c - 'A' + 'a');
            return c == ' ' || c == '-' ? '_' : c;
        };
        return plain(x) == plain(y);
    });
}

} // namespace

const TlsAlert* find_tls_alert(int number)
{
    const auto found = std::ranges::find(alerts, number, &TlsAlert::number);
    return found == std::end(alerts) ? nullptr : found;
}

const TlsAlert* find_tls_alert(std::string_view name)
{
    const auto found =
        std::ranges::find_if(alerts, [&](const TlsAlert& one) { return is_same(one.name, name); });
    return found == std::end(alerts) ? nullptr : found;
}

std::span<const TlsAlert> tls_alerts()
{
    return alerts;
}

} // namespace signet::diagnosis
