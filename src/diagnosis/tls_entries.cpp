// TLS settings and handshakes: 300–399, 820–849.
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
     "Clients may not renegotiate: it costs the server far more than the client. Scanners try "
     "whether they may.",
     "Nothing."},
    {340, Severity::warn, "AH02217", "OCSP stapling: the issuer's certificate is missing",
     "The question to a responder names the issuer's key, and the answer is checked with it. The "
     "issuer must stand behind the certificate in SSLCertificateFile, in SSLCertificateChainFile, "
     "or among the authorities of SSLCACertificateFile.",
     "Use the full chain: SSLCertificateFile fullchain.pem. Clients need it too."},
    {341, Severity::info, "AH02218", "OCSP stapling: the certificate names no responder",
     "SSLUseStapling is on, but the certificate has no http:// OCSP address. Let's Encrypt and "
     "others have stopped running responders: their certificates are short-lived instead.",
     "Nothing: everything else works. SSLUseStapling off silences the line; SSLStaplingForceURL "
     "names a responder if there is one."},
    {342, Severity::error, "AH01941", "OCSP stapling: the responder gives no answer",
     "The responder of the certificate could not be reached, was too slow, or reported an error. "
     "Clients get the last good response as long as it is valid; handshakes do not wait.",
     "Try it: `openssl ocsp -issuer chain.pem -cert cert.pem -url URL`. Outgoing HTTP must be "
     "allowed for the server. SSLStaplingResponderTimeout sets the patience."},
    {343, Severity::error, "AH01943", "OCSP stapling: the response cannot be used",
     "The responder's answer is not signed by the certificate's issuer, is about another "
     "certificate, or is not valid now. It is not shown to clients.",
     "Compare with `openssl ocsp -issuer chain.pem -cert cert.pem -url URL -resp_text`. Look at "
     "the clock of this machine, and whether a proxy changes the answers."},
    {344, Severity::error, "AH02969", "OCSP says that the certificate is not good",
     "The certificate was revoked, or its issuer does not know it. Clients will refuse it.",
     "Get a new certificate now, and find out who revoked this one and why."},
    {345, Severity::notice, "", "The OCSP responder answers again",
     "After failures a response was good again.", "Nothing."},
    {346, Severity::info, "", "OCSP responses cannot be kept on disk",
     "The folder ocsp below DefaultRuntimeDir cannot be written by User. Responses are then asked "
     "for anew after each start.",
     "Make the folder writable for User, or set DefaultRuntimeDir to one that is."},
    {347, Severity::error, "", "A kind of session cache that does not exist",
     "SSLSessionCache knows none, shmcb (also shm, shmht), dbm, redis and memcache. distcache "
     "(dc) is gone from Apache too.",
     "One machine: SSLSessionCache shmcb:/run/ssl_scache(512000). Several: SSLSessionCache "
     "redis:host:6379."},
    {348, Severity::warn, "", "The session cache gives no answer in time",
     "Redis, memcached or the dbm file failed, or took longer than a handshake may wait. "
     "Handshakes go on without it: clients make full ones. It is tried again every few seconds.",
     "Look at the cache's own log and at its load. `redis-cli -h HOST ping` must answer within "
     "milliseconds."},
    {349, Severity::notice, "", "The session cache answers again",
     "After failures a look-up succeeded: clients resume their sessions again.", "Nothing."},
    {350, Severity::emerg, "AH01874", "Could not initialize session cache",
     "The servers of redis: or memcache: are not written as host:port, or the folder of dbm: does "
     "not exist.",
     "SSLSessionCache redis:127.0.0.1:6379, or memcache:host:11211,host:11211, or "
     "dbm:/run/signet/ssl_scache."},
    {351, Severity::error, "AH01961", "A backend wants TLS that is not enabled",
     "ProxyPass names https:// or wss://, and SSLProxyEngine is off (the default), so nothing would "
     "be checked. The client gets 500.",
     "SSLProxyEngine on, with SSLProxyVerify require and SSLProxyCACertificateFile for a backend "
     "whose certificate is to be verified."},
    {357, Severity::error, "AH00961", "TLS with a backend failed",
     "The backend speaks no TLS, none that both sides know, or its certificate is not what "
     "SSLProxyVerify, SSLProxyCheckPeerName and SSLProxyCheckPeerExpire ask for. The client gets "
     "500, as from Apache.",
     "Look at it with signet probe HOST:PORT. A private CA goes into SSLProxyCACertificateFile; the "
     "name in ProxyPass must be one of the certificate's."},
    {352, Severity::error, "", "A file or directory of an SSLProxy directive is missing",
     "The path is wrong, relative to another ServerRoot than expected, or the file is empty.",
     "`ls -l PATH`; relative paths begin at ServerRoot."},
    {353, Severity::emerg, "AH02252", "The certificate for servers behind this one cannot be used",
     "SSLProxyMachineCertificateFile must hold a certificate and its key, in PEM, the key without "
     "a "
     "pass phrase.",
     "`cat cert.pem key.pem > both.pem`, mode 0600. `openssl pkey -in key.pem` removes a pass "
     "phrase."},
    {354, Severity::emerg, "AH01895", "The authorities for servers behind this one cannot be used",
     "SSLProxyCACertificateFile holds no PEM certificate.",
     "`openssl x509 -in FILE -noout -subject` must show the authority."},
    {355, Severity::emerg, "AH01899", "Certificate revocation lists cannot be used",
     "SSLProxyCARevocationCheck needs SSLProxyCARevocationFile or -Path with PEM lists.",
     "`openssl crl -in FILE -noout -text` must show the list."},
    {356, Severity::emerg, "AH02231", "SSLProxyProtocol or SSLProxyCipherSuite leaves nothing",
     "As written, no version or no suite is left to speak to the servers behind this one.",
     "Remove the lines: the defaults are good."},
    {360, Severity::info, "AH02008", "No certificate for the suites in common",
     "Up to TLS 1.2 a suite fixes the kind of key: ECDHE-ECDSA suites need an ECDSA certificate, "
     "ECDHE-RSA suites an RSA one, and this virtual host has the other kind.",
     "Configure a second certificate of the other kind beside the first."},
    {361, Severity::info, "AH02008", "The client offers only anonymous suites (ADH)",
     "Anonymous suites prove no identity: anybody could answer in our place. They are never "
     "served.",
     "Let the client use suites with certificates."},
    {362, Severity::info, "AH02008", "The client offers only broken suites",
     "RC4, DES, 3DES, NULL and export suites are gone from OpenSSL as well.", "Update the client."},
    {363, Severity::info, "AH02008", "OpenSSL's security level forbids what the client offers",
     "The client can only verify SHA-1 signatures, or uses keys that are too short for SECLEVEL.",
     "Update the client. `@SECLEVEL=0` in SSLCipherSuite lowers the level at the price of safety."},
    {364, Severity::info, "AH02008", "The client does not know our authority (unknown_ca)",
     "Our certificate is self-signed or of a private authority, or an intermediate is missing.",
     "Append the intermediates to SSLCertificateFile, or give the client the authority."},
    {365, Severity::info, "AH02008", "The client finds our certificate expired",
     "The certificate has expired, or the client's clock is wrong.",
     "`openssl x509 -noout -dates -in CERTIFICATE`, and renew it."},
    {366, Severity::info, "AH02008", "The client refuses our certificate (bad_certificate)",
     "It could not read or verify the certificate, or the name does not fit.",
     "`openssl s_client -connect HOST:443 -servername HOST -verify_hostname HOST`"},
    {367, Severity::info, "AH02008", "The client rejects our certificate (certificate_unknown)",
     "Browsers and Java send this for untrusted and self-signed certificates, wrong names and "
     "pinned keys.",
     "`openssl s_client -connect HOST:443 -servername HOST -verify_hostname HOST`"},
    {368, Severity::info, "AH02008", "The client refuses our certificate",
     "It is revoked, of a kind the client does not support, or its OCSP answer was refused.",
     "`openssl s_client -connect HOST:443 -servername HOST -status`"},
    {369, Severity::info, "AH02008", "The client does not accept the version or strength chosen",
     "It sent protocol_version or insufficient_security.",
     "Compare its versions with SSLProtocol and its suites with SSLCipherSuite."},
    {370, Severity::info, "AH02008", "SSH on a TLS port",
     "The first bytes are SSH's: a client with the wrong port, or a scanner.",
     "Nothing; or correct the port in the client."},
    {371, Severity::info, "AH02008", "SSLv2 hello",
     "The client begins with an SSLv2 hello (RFC 5246 appendix E.2): software of before 2005, or a "
     "scanner looking for DROWN.",
     "Update the client; old Java has -Dhttps.protocols=TLSv1.2."},
    {372, Severity::info, "AH02008", "Unexpected PROXY header",
     "A load balancer sends the PROXY protocol, and this port does not expect it.",
     "RemoteIPProxyProtocol On in this virtual host, or switch it off in the load balancer."},
    {373, Severity::info, "AH02008", "HTTP/2 without TLS on a TLS port",
     "The client sent HTTP/2's preface in the clear: a proxy or gRPC client with h2c to this port.",
     "Use https:// (or a TLS channel) in the client, or a port without TLS."},
    {374, Severity::info, "AH02008", "SMTP on a TLS port",
     "The first bytes are a mail client's HELO or EHLO: a wrong port, or a scanner.",
     "Nothing; or correct the port in the client."},
    {376, Severity::info, "", "ClientHello on HTTP port",
     "A client began a TLS handshake on a port without TLS: a link or a load balancer says https "
     "with the wrong port, or SSLEngine on is missing here.",
     "Correct the URL, or add SSLEngine on with a certificate to the virtual host of this port."},
    {377, Severity::info, "", "Unexpected PROXY header on HTTP port",
     "A load balancer sends the PROXY protocol, and this port does not expect it.",
     "RemoteIPProxyProtocol On in this virtual host, or switch it off in the load balancer."},
    {378, Severity::info, "", "SSH on HTTP port",
     "The first bytes are SSH's: a client with the wrong port, or a scanner.",
     "Nothing; or correct the port in the client."},
    {379, Severity::info, "AH01382", "A TLS connection on which nothing was ever sent",
     "The client connected and was silent until the time limit: a browser's spare connection, a "
     "health check, or a client that waits for the server to speak first.",
     "Nothing. RequestReadTimeout handshake= sets the limit."},
    {380, Severity::info, "AH01382", "TLS handshake not finished in time",
     "The client began and did not go on: a bad network (packets above its size are lost), or a "
     "client that holds connections open on purpose.",
     "If users complain, look for an MTU problem. RequestReadTimeout handshake= sets the limit."},
    {381, Severity::info, "AH02006", "The client closed before its ClientHello was complete",
     "Port scans, TCP health checks and spare connections of browsers do this.",
     "Nothing; let health checks use HTTPS."},
    {382, Severity::warn, "", "SSLInsecureRenegotiation is on",
     "Clients without RFC 5746 (older than 2010) may renegotiate: somebody in between can put a "
     "request of his own before theirs (CVE-2009-3555).",
     "Remove SSLInsecureRenegotiation, and update those clients."},
    {383, Severity::info, "AH02261", "unsafe legacy renegotiation disabled",
     "The client lacks secure renegotiation (RFC 5746, 2010): a scanner, or a program older than "
     "that. A directory demands a certificate or a suite, which takes a renegotiation.",
     "Nothing for a scanner. Update the client, or demand the certificate of the whole virtual "
     "host (SSLVerifyClient beside SSLEngine), which needs no renegotiation. "
     "SSLInsecureRenegotiation on lets it in, and an attacker with it."},
    {384, Severity::warn, "AH10227", "TLS keys are being logged",
     "SSLKeyLogFile (or the environment variable SSLKEYLOGFILE) is set: who has the file can read "
     "every connection that was captured.",
     "Remove it as soon as the fault is found, and delete the file."},
    {385, Severity::emerg, "AH10226", "The key log cannot be opened",
     "It must be a regular file of the user who starts the server, readable by nobody else, in a "
     "directory that exists.",
     "`rm FILE`, or `chown root FILE && chmod 600 FILE`."},
    {386, Severity::info, "", "More failed TLS connections than are logged one by one",
     "A scanner or a broken client connects again and again. All are counted: server-status.",
     "Look at the first ones above; block the client if it does not stop."},
    {387, Severity::error, "AH02032", "One connection, two virtual hosts with different TLS",
     "The request names another virtual host than the handshake, and their TLS settings differ, so "
     "that the client might get what only the other one's protection allows (421).",
     "Make the directives named in the message equal, or give the virtual hosts addresses of "
     "their own; browsers try again with a connection of its own."},
    {388, Severity::info, "AH01992", "Too many TLS records without data",
     "The client sent empty records, KeyUpdates or warnings in a row: an attack on our time.",
     "Nothing: the connection was closed."},
    {389, Severity::warn, "", "Clients without server name get another host's certificate",
     "Several TLS virtual hosts share one address, and their certificates differ. Who sends no "
     "name (SNI) gets the first one's certificate.",
     "Nothing for today's clients. Else: one certificate with all names, an address for each, or "
     "SSLStrictSNIVHostCheck on to refuse such clients."},
    {390, Severity::info, "", "Slow TLS handshake",
     "From the connection to the end of the handshake took more than 5 seconds. Waiting for the "
     "ClientHello: the network or the client. Computing: this machine is busy, or keys are large. "
     "Waiting for the client's answer: the network, or the client checks revocation (OCSP, DNS). "
     "Random numbers never wait here.",
     "See which stage it was; server-status has the distribution of all."},
    {391, Severity::warn, "", "A certificate was made anew under the old serial number",
     "Issuer and serial number are those of another certificate, but the key is different: clients "
     "that remember the old one say `bad data` or sec_error_reused_issuer_and_serial.",
     "Make it again with a new serial number: `openssl req -x509` chooses one at random."},
    {392, Severity::emerg, "", "The random number generator does not work",
     "OpenSSL's generator gave no random bytes, or the same twice: its configuration "
     "(OPENSSL_CONF, "
     "section random) names an algorithm it lacks, or the kernel's getrandom is forbidden. Without "
     "random numbers every key could be guessed. (Temporary 512 bit RSA keys, which old servers "
     "failed to generate for this reason, do not exist any more.)",
     "`openssl rand -hex 8` must work with the same environment; unset OPENSSL_CONF, or mend it."},
    {393, Severity::info, "", "Where a TLS virtual host can be reached",
     "Told at start for each TLS virtual host. https:// without a port means 443: where Listen "
     "names "
     "another, https://www.example.com/ finds a closed port or another host, and only the URL with "
     "the port leads here.",
     "Use a URL that the line names. For one without a port: Listen 443 and <VirtualHost *:443>, "
     "or "
     "let a proxy or firewall pass 443 on to this port."},
    {394, Severity::warn, "", "No Listen directive serves a virtual host",
     "Clients of this virtual host find a closed port (connection refused), because Listen names "
     "other ports or addresses than <VirtualHost>.",
     "Add a Listen line for its port, or correct the address in <VirtualHost>."},
    {395, Severity::warn, "", "A port for https without TLS",
     "Browsers that use https:// hang or report a wrong version number, because HTTP without TLS "
     "is "
     "spoken on this port.",
     "Add SSLEngine on and a certificate to a virtual host of this port."},
    {820, Severity::error, "AH01918",
     "Nobody can be asked whether a client's certificate is revoked",
     "SSLOCSPEnable is on, the certificate names no OCSP responder (http:// in its "
     "AuthorityInfoAccess), and there is no SSLOCSPDefaultResponder.",
     "Set SSLOCSPDefaultResponder to the authority's responder, or let such certificates in: "
     "`SSLOCSPEnable on no_ocsp_for_cert_ok`."},
    {821, Severity::error, "AH01974", "The OCSP responder for client certificates gives no answer",
     "It is down or slow, or a firewall or its name stands between: clients are refused until it "
     "answers.",
     "Try `curl -v URL` from this machine; SSLOCSPProxyURL if there is a proxy, "
     "SSLOCSPResponderTimeout if it is slow."},
    {822, Severity::error, "AH01925", "The OCSP responder's answer about a client cannot be used",
     "It is not signed by the certificate's issuer or somebody the issuer delegated to, or it is "
     "out "
     "of date, or about something else; or the responder reports an error.",
     "Ask it yourself: `openssl ocsp -issuer CA -cert CLIENT -url URL -text`. A responder with a "
     "certificate of its own: SSLOCSPResponderCertificateFile. Without nonce: "
     "SSLOCSPUseRequestNonce off. Wrong clocks: SSLOCSPResponseTimeSkew."},
    {823, Severity::info, "AH02263", "No client certificate, where a directory demands one",
     "Asked by renegotiation or post-handshake authentication, the client answered without a "
     "certificate: a scanner, or a browser whose user has none of the authorities in "
     "SSLCACertificateFile (they are named to it, see SSLCADNRequestFile) or cancelled.",
     "Nothing for a scanner. A user has to import a certificate, with its key, of one of these "
     "authorities. `openssl s_client` shows them: Acceptable client certificate CA names."},
    {824, Severity::info, "AH02261", "The client broke off the renegotiation a directory needs",
     "Asked to renegotiate, it closed the connection, sent an alert or did not answer in time. "
     "Scanners and many programs do not renegotiate.",
     "Nothing for a scanner. For others demand the certificate of the whole virtual host "
     "(SSLVerifyClient beside SSLEngine), or put the protected part under a host name of its "
     "own."},
    {825, Severity::warn, "", "The TLS session cache is too small",
     "Sessions make room for new ones long before SSLSessionCacheTimeout is over: clients that "
     "come back need full handshakes, which cost more, and some old programs report protocol "
     "errors.",
     "Make it larger, SSLSessionCache shmcb:/path(BYTES), or SSLSessionCacheTimeout shorter; "
     "SSLSessionTickets on needs no cache. server-status shows the ages."},
    {826, Severity::warn, "", "A program reads SSL_ variables that are not set for it",
     "They cost time with every request, so mod_ssl sets them only where SSLOptions says so; HTTPS "
     "and SSL_TLS_SNI are always set. Said once for each program and worker.",
     "SSLOptions +StdEnvVars in the <Directory>, <Files> or <Location> of the programs, or beside "
     "SSLEngine; +ExportCertData for SSL_CLIENT_CERT and SSL_SERVER_CERT. Nothing, if the program "
     "does without them."},
    {827, Severity::info, "", "Few TLS clients resume a session",
     "Full handshakes cost far more computing. Sessions are not offered (SSLSessionTickets off and "
     "no SSLSessionCache), end too soon (SSLSessionCacheTimeout), are lost (SG0825), or the "
     "clients are programs that keep none.",
     "SSLSessionTickets on and SSLSessionCache shmcb:/path(512000), which are the defaults; "
     "KeepAlive On. Several machines: one SSLSessionTicketKeyFile for all."},
    {828, Severity::info, "", "Full TLS handshakes cost much computing",
     "The private key is expensive to sign with: RSA 2048 costs three times what ECDSA P-256 does, "
     "RSA 4096 ten times.",
     "Use an ECDSA certificate, beside the RSA one if old clients need that: `signet cert key "
     "--type ecdsa-p256`. Let clients resume: SSLSessionTickets on."},
    {829, Severity::info, "", "TLS clients take long until their ClientHello is there",
     "The network is slow or loses packets, or browsers open connections in advance and use them "
     "later.",
     "Nothing, if they are browsers. RequestReadTimeout handshake= limits the wait."},
    {835, Severity::info, "", "TLS early data was refused",
     "The client sent its request with its first packet (SSLEarlyData), but its ticket was used "
     "before (somebody plays a recording again, or a client uses tickets twice), is too old, or "
     "the "
     "session cache that has to be asked gives no answer.",
     "Nothing: the handshake goes on, the client sends its request again after it. If it is said "
     "of "
     "every client, compare the clocks of clients and servers and look for SG0348."},
    {836, Severity::info, "", "A request in early data was answered with 425 Too Early",
     "SSLVerifyClient in a directory asks for the client's certificate, which is not possible "
     "before "
     "the handshake is over.",
     "Nothing: browsers send the request again. For programs that do not, serve the directory from "
     "a virtual host with SSLEarlyData off."},
    {837, Severity::emerg, "", "SSLEarlyData cannot be had together with SSLVerifyClient",
     "Early data can be recorded and sent again by anybody. With client certificates it would run "
     "in "
     "the name of the client who sent it first.",
     "SSLEarlyData off in this virtual host, or SSLVerifyClient in the directories that need it."},
    {838, Severity::warn, "", "SSLEarlyData on has no effect",
     "Early data needs TLS 1.3 and a session that the client can resume: by a ticket, or from "
     "SSLSessionCache.",
     "Allow TLSv1.3 in SSLProtocol, and leave SSLSessionTickets on or set SSLSessionCache."},
    {839, Severity::warn, "", "Early data can be played again on other servers",
     "Whoever has the key of SSLSessionTicketKeyFile opens the same tickets. Each server notes "
     "which "
     "ones were used for early data, but for itself alone.",
     "Let all of them ask one store: SSLSessionCache redis:host:port. With one server only, leave "
     "SSLSessionTicketKeyFile out."},
};

} // namespace

std::span<const Entry> tls_entries()
{
    return entries;
}

} // namespace signet::diagnosis
