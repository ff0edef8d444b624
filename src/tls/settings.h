// What a virtual host says about its TLS: the mod_ssl directives after merging, as plain data.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html
#pragma once
#include "pki/trust.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace signet::tls {

// The protocol versions of SSLProtocol, as a set.
struct Protocols {
    enum : uint8_t { ssl3 = 1, tls1_0 = 2, tls1_1 = 4, tls1_2 = 8, tls1_3 = 16 };
    static constexpr uint8_t legacy = ssl3 | tls1_0 | tls1_1;
    static constexpr uint8_t modern = tls1_2 | tls1_3;

    uint8_t bits = modern;
    [[nodiscard]] bool has(uint8_t version) const { return (bits & version) != 0; }
    bool operator==(const Protocols&) const = default;
};

// SSLVerifyClient, SSLCARevocationCheck
enum class VerifyClient : uint8_t { none, optional, require, optional_no_ca };
enum class RevocationCheck : uint8_t { none, leaf, chain };

// SSLOCSPEnable and its family: asking the authorities' responders about a client.
struct ResponderSettings {
    RevocationCheck check = RevocationCheck::none; // SSLOCSPEnable off, leaf, on
    bool missing_url_is_fine = false;              // no_ocsp_for_cert_ok
    std::string default_url{};                     // SSLOCSPDefaultResponder
    bool overrides = false;                        // SSLOCSPOverrideResponder
    std::chrono::seconds skew{300};                // SSLOCSPResponseTimeSkew
    std::optional<std::chrono::seconds> max_age{}; // SSLOCSPResponseMaxAge
    std::chrono::seconds timeout{10};              // SSLOCSPResponderTimeout
    bool nonce = true;                             // SSLOCSPUseRequestNonce
    bool verify = true;                            // not SSLOCSPNoverify
    std::string proxy{};                           // SSLOCSPProxyURL
    std::string trusted_file{};                    // SSLOCSPResponderCertificateFile
    bool operator==(const ResponderSettings&) const = default;
    [[nodiscard]] std::string key() const; // as ClientVerification::key()
};

// Whether clients are asked for a certificate, and which ones are good.
struct ClientVerification {
    VerifyClient mode = VerifyClient::none;
    int depth = 1;                 // SSLVerifyDepth
    pki::TrustFiles authorities{}; // SSLCACertificate…
    pki::TrustFiles names_sent{};  // SSLCADNRequest…; empty: the authorities' names
    pki::TrustFiles revocation{};  // SSLCARevocation…
    RevocationCheck check = RevocationCheck::none;
    bool missing_list_is_fine = false; // no_crl_for_cert_ok
    bool may_ask_later = false;        // a directory may demand a certificate
    ResponderSettings responder{};
    bool operator==(const ClientVerification&) const = default;
    // Equal keys: a session made under one may be resumed under the other.
    [[nodiscard]] std::string key() const;
};

// Mozilla's intermediate profile, version 6.0: what is served when nothing is said (DESIGN §9.2).
namespace defaults {
inline constexpr const char* cipher_list =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
inline constexpr const char* cipher_suites =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
inline constexpr const char* groups = "X25519:prime256v1:secp384r1";
} // namespace defaults

struct Settings {
    pki::HostNames host;

    Protocols protocols{};                               // SSLProtocol, after policy.h
    std::string cipher_list = defaults::cipher_list;     // SSLCipherSuite, TLS 1.2 and older
    std::string cipher_suites = defaults::cipher_suites; // SSLCipherSuite TLSv1.3
    bool honor_cipher_order = false;
    // SSLOpenSSLConfCmd in file order. Curves or Groups replaces the default groups.
    std::vector<std::pair<std::string, std::string>> commands{};

    // SSLCertificateFile and SSLCertificateKeyFile in file order; the nth key belongs to the nth
    // certificate, a missing key is looked for in the certificate's file.
    std::vector<std::string> certificate_files{};
    std::vector<std::string> key_files{};
    std::string chain_file{}; // SSLCertificateChainFile, for every certificate that has no chain

    bool session_tickets = true;
    std::string ticket_key_file{}; // SSLSessionTicketKeyFile
    std::chrono::seconds session_timeout{300};
    std::vector<std::string> alpn{"h2", "http/1.1"}; // the server's preference, best first
    bool client_chooses_alpn = false;                // the client's preference decides
    ClientVerification client{};
    bool insecure_renegotiation = false; // SSLInsecureRenegotiation
    uint32_t max_early_data = 0;         // SSLEarlyData: bytes that are taken; 0: none
    // Own record layer for TLS 1.3 (records.h); false leaves records to OpenSSL.
    bool own_records = true;
    // Compression is never offered; SSLCompression on is a warning of the directive.
};

} // namespace signet::tls
