// What keeps a TLS server from A+ in SSL Labs' rating (signet grade): 480–499.
// https://github.com/ssllabs/research/wiki/SSL-Server-Rating-Guide
#include "diagnosis/tool_entries.h"

namespace signet::diagnosis {
namespace {

constexpr auto notice = Severity::notice;

constexpr Entry entries[] = {
    {480, notice, "", "grade: SSL 3.0 is offered",
     "SSL 3.0 pads in a way that can be guessed (POODLE); no client of today needs it.",
     "SSLProtocol -all +TLSv1.2 +TLSv1.3. signet itself never offers it."},
    {481, notice, "", "grade: TLS 1.0 or 1.1 is offered",
     "Both rest on SHA-1 and MD5 and are deprecated (RFC 8996); SSL Labs caps at B since 2020.",
     "Remove SSLLegacyProtocols on, and name TLSv1.2 and TLSv1.3 in SSLProtocol."},
    {482, notice, "", "grade: TLS 1.2 is not offered",
     "Nothing better than TLS 1.1 is spoken: no AEAD suite, no signature better than SHA-1.",
     "SSLProtocol -all +TLSv1.2 +TLSv1.3, or no SSLProtocol at all."},
    {483, notice, "", "grade: TLS 1.3 is not offered",
     "SSL Labs withholds A from servers without TLS 1.3 (guide 2009r).",
     "Add +TLSv1.3 to SSLProtocol, or remove the directive."},
    {484, notice, "", "grade: suites are offered that protect nothing",
     "Suites below 112 bits, for export, without encryption or without authentication can be "
     "broken while they are used.",
     "SSLPolicy intermediate in place of SSLCipherSuite."},
    {485, notice, "", "grade: RC4 is offered",
     "RC4's key stream has biases that give away cookies (RFC 7465 forbids it).",
     "SSLPolicy intermediate in place of SSLCipherSuite."},
    {486, notice, "", "grade: modern clients get a cipher with blocks of 64 bits",
     "3DES and IDEA leak after some gigabytes (Sweet32).",
     "SSLPolicy intermediate in place of SSLCipherSuite."},
    {487, notice, "", "grade: no forward secrecy with modern clients",
     "With key exchange by RSA, who gets the key later can read what was recorded today.",
     "Put ECDHE suites first (SSLPolicy intermediate), with SSLHonorCipherOrder on if others "
     "stay."},
    {488, notice, "", "grade: modern clients get no AEAD suite",
     "CBC suites have had padding attacks again and again; AES-GCM and ChaCha20-Poly1305 have "
     "none.",
     "SSLPolicy intermediate in place of SSLCipherSuite."},
    {489, notice, "", "grade: the certificate's key or signature is too weak",
     "RSA below 2048 bits, an exponent of 1, or a signature with MD2 or MD5.",
     "Make a new key (ECDSA P-256, or RSA with 2048 bits or more) and have it certified."},
    {490, notice, "", "grade: the certificate chain is incomplete",
     "Browsers may have the intermediate from elsewhere; curl, Java and telephones do not.",
     "Append the intermediate certificate to the file of SSLCertificateFile, leaf first."},
    {491, notice, "", "grade: renegotiation is not secure",
     "Without RFC 5746 somebody in the middle can put a request before that of the client.",
     "SSLInsecureRenegotiation off, or remove the directive."},
    {492, notice, "", "grade: TLS compression is on",
     "Compressed lengths give away secrets (CRIME).", "SSLCompression off."},
    {493, notice, "", "grade: HSTS is missing or too short",
     "Without Strict-Transport-Security a first visit by http can be kept away from https. A+ "
     "needs "
     "a max-age of at least 180 days.",
     "Header always set Strict-Transport-Security \"max-age=63072000\" in the virtual host, once "
     "all "
     "of the site works by https: browsers remember it."},
    {494, notice, "", "grade: the fallback signal is not honoured",
     "A client that retries with an older version marks it (TLS_FALLBACK_SCSV, RFC 7507); a server "
     "that speaks better must refuse.",
     "Update the TLS library; signet always honours it."},
    {495, notice, "", "grade: a SHA-1 signature in the chain",
     "Browsers have refused such certificates since 2017.",
     "Have the certificate issued again; every public authority signs with SHA-256."},
    {496, notice, "", "grade: Diffie-Hellman parameters are too small",
     "Parameters below 2048 bits are within reach of large attackers (Logjam).",
     "Leave DHE suites out (SSLPolicy intermediate), or append ffdhe2048 parameters."},
    {497, notice, "", "grade: TLS 1.3 alone earns A, not A+",
     "A+ asks for the fallback signal, which cannot be tested where there is one version only.",
     "Nothing, if old clients need not be let in. Otherwise SSLPolicy intermediate."},
};

} // namespace

std::span<const Entry> grade_entries()
{
    return entries;
}

} // namespace signet::diagnosis
