// TLS settings and handshakes: 300–399.
#include "diagnosis/catalogue.h"

namespace signet::diagnosis {
namespace {

constexpr Entry entries[] = {
    {300, Severity::error, "", "SSLProtocol: Illegal protocol",
     "SSLProtocol knows all, SSLv3, TLSv1, TLSv1.1, TLSv1.2 and TLSv1.3, each with + or - before "
     "it or without.",
     "Write `SSLProtocol -all +TLSv1.2 +TLSv1.3`, or leave the line out: that is the default."},
    {301, Severity::warn, "", "SSLProtocol names versions that are not served",
     "SSLv2 and SSLv3 are broken and never served. TLS 1.0 and 1.1 are deprecated by RFC 8996 and "
     "served only with SSLLegacyProtocols on.",
     "Remove them from the line. If old clients must be let in, add SSLLegacyProtocols on for "
     "TLS 1.0 and 1.1."},
    {302, Severity::emerg, "AH02231", "No SSL protocols available",
     "As written, SSLProtocol switches every version off.",
     "Write `SSLProtocol -all +TLSv1.2 +TLSv1.3`."},
    {303, Severity::warn, "AH02532",
     "SSLProtocol: a word without sign discards the words before it",
     "A protocol without + or - replaces the set built so far: `TLSv1.2 TLSv1.3` means TLSv1.3 "
     "only.",
     "Put + before every version: `SSLProtocol -all +TLSv1.2 +TLSv1.3`."},
    {305, Severity::emerg, "AH01898", "Unable to configure permitted SSL ciphers",
     "OpenSSL does not understand the list of SSLCipherSuite.",
     "Try it with `openssl ciphers -v 'LIST'`. TLS 1.3 suites have a line of their own: "
     "SSLCipherSuite TLSv1.3 LIST."},
    {306, Severity::emerg, "AH01898", "Unable to configure permitted SSL ciphers: none is left",
     "After removing what is unsafe or unknown to this OpenSSL (NULL, EXPORT, RC4, anonymous "
     "suites, SSLv2), the list of SSLCipherSuite is empty.",
     "Remove SSLCipherSuite to get Mozilla's intermediate list, or take that list as a start."},
    {308, Severity::emerg, "AH02407", "SSLOpenSSLConfCmd failed",
     "The command or its value is unknown to this OpenSSL (SSL_CONF_cmd(3) lists them).",
     "Correct or remove the line. Curves and Groups may name groups this OpenSSL lacks: those are "
     "left out with a warning."},
    {309, Severity::emerg, "AH02562", "OpenSSL refuses the certificate, key or settings",
     "The certificate is too weak for the security level (RSA below 2048 bits, SHA-1), or an "
     "option contradicts another.",
     "Read OpenSSL's reason. For a weak certificate, get a new one; `@SECLEVEL=1` in "
     "SSLCipherSuite lowers the level at the price of safety."},
    {310, Severity::emerg, "AH02286", "The session ticket key file cannot be used",
     "SSLSessionTicketKeyFile must name a file of exactly 48 (or 80) random bytes.",
     "`openssl rand -out FILE 48 && chmod 600 FILE`. Without the directive signet makes and "
     "rotates its own keys."},
    {311, Severity::emerg, "AH01874", "Could not initialize session cache",
     "The shared memory asked for in SSLSessionCache could not be had, or is smaller than 8192 "
     "bytes.",
     "Give a size such as shmcb:/run/signet/ssl_scache(512000)."},
    {312, Severity::emerg, "", "The program of SSLPassPhraseDialog failed",
     "It could not be started, or printed no pass phrase.",
     "Run it by hand with two arguments, `host:443 RSA`: it must print the pass phrase and a "
     "newline. The path must be absolute and the file executable."},
    {313, Severity::emerg, "", "There is no terminal to ask for a pass phrase on",
     "SSLPassPhraseDialog builtin needs a terminal; started by systemd there is none.",
     "Use SSLPassPhraseDialog exec:/path/to/program, or a key without pass phrase (mode 0600)."},
    {314, Severity::error, "", "An ALPN protocol name is empty or longer than 255 bytes",
     "Protocols names something that cannot be offered.", "Protocols h2 http/1.1"},
    {320, Severity::info, "AH01996", "HTTP spoken on HTTPS port",
     "A client sent a plain HTTP request to a TLS port: a link or a health check says http:// "
     "with the https port.",
     "Correct the URL. The client was answered with status 400 and the right address."},
    {321, Severity::info, "AH02008", "The client does not speak TLS",
     "The first bytes are no TLS: another protocol (SSH, a PROXY header, SSLv2) or a scanner.",
     "If a load balancer sends PROXY headers, switch RemoteIPProxyProtocol on; else ignore it."},
    {322, Severity::info, "AH02008", "Client and server share no protocol version",
     "The client is too old (TLS 1.0 or 1.1 at most) or the virtual host allows only TLS 1.3.",
     "Update the client. SSLProtocol and SSLLegacyProtocols decide what is served."},
    {323, Severity::info, "AH02008", "no shared cipher",
     "None of the client's suites is in SSLCipherSuite, or those that are need another kind of "
     "key: ECDHE-ECDSA suites need an ECDSA certificate, ECDHE-RSA suites an RSA one.",
     "Configure a second certificate of the other kind, or allow a suite the client knows."},
    {324, Severity::info, "AH02008", "Client and server share no key exchange group",
     "The client knows none of X25519, P-256, P-384 or of SSLOpenSSLConfCmd Groups.",
     "Add a group the client knows."},
    {325, Severity::info, "AH02008", "Client and server share no signature algorithm",
     "The client cannot verify signatures of the kind of key this certificate has.",
     "Configure a certificate with another kind of key (ECDSA P-256 and RSA suit everybody)."},
    {326, Severity::info, "AH02008", "The client does not trust our certificate",
     "It sent an alert such as unknown_ca or certificate_expired: self-signed, chain incomplete, "
     "expired, or the client's clock or list of authorities is wrong.",
     "Look at certificate and chain with `openssl s_client -connect HOST:443 -servername HOST`."},
    {327, Severity::info, "AH02006", "SSL handshake stopped: connection was closed",
     "The client went away during the handshake: port scans and browsers that open spare "
     "connections do.",
     "Nothing, unless users complain: then look for a middlebox that interferes."},
    {328, Severity::info, "AH02008", "Malformed handshake message",
     "What the client sent does not follow the TLS specification: scanners and fuzzers do this.",
     "Nothing, unless it comes from a client you know: then update it."},
    {329, Severity::info, "AH02008", "TLS handshake failed", "See OpenSSL's reason in the message.",
     "Repeat it with `openssl s_client -connect HOST:443 -servername HOST -state`."},
    {330, Severity::info, "AH02033", "No virtual host for the client's server name",
     "SSLStrictSNIVHostCheck is on and the client sent no server name, or one that no virtual "
     "host has.",
     "Add a ServerAlias, or switch SSLStrictSNIVHostCheck off."},
    {331, Severity::info, "AH02008", "Inappropriate fallback",
     "The client offered a lower version after a failure (RFC 7507) although both sides know a "
     "higher one: an attack, or a network that breaks handshakes.",
     "Look for the cause of the first failure."},
    {332, Severity::info, "AH01992", "Bad TLS record",
     "A record failed its authentication or is too long: bytes were changed on the way.",
     "Look for faulty hardware or a middlebox, if it happens often."},
    {333, Severity::debug, "", "Connection closed without close_notify",
     "The client closed its TCP connection only. Most do; with HTTP lengths nothing is lost.",
     "Nothing."},
    {334, Severity::info, "AH01992", "The client sent a fatal alert",
     "The client gave up; the alert's name says why.", "Look at the client's own log."},
    {335, Severity::info, "AH02008", "No application protocol in common",
     "The client offers by ALPN only protocols that Protocols does not list (RFC 7301).",
     "Add the protocol: Protocols h2 http/1.1."},
    {336, Severity::info, "AH02042", "Renegotiation by the client refused",
     "Clients may not renegotiate: it costs the server far more than the client.", "Nothing."},
};

} // namespace

std::span<const Entry> tls_entries()
{
    return entries;
}

} // namespace signet::diagnosis
