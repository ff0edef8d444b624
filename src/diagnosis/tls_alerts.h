// The alerts of TLS, and what it usually means when a client sends one. For the error log and
// `signet explain alert`.   RFC 8446 §6 · RFC 5246 §7.2
#pragma once
#include <span>
#include <string_view>

namespace signet::diagnosis {

struct TlsAlert {
    int number;
    std::string_view name;     // "unknown_ca"
    std::string_view cause;    // why a client sends it to a server
    std::string_view fix;      // what the server's administrator can do
    bool is_about_certificate; // the client refused the certificate it was shown
};

// By number; nullptr: not assigned.
[[nodiscard]] const TlsAlert* find_tls_alert(int number);
// By name, with '_' or spaces; nullptr: unknown.
[[nodiscard]] const TlsAlert* find_tls_alert(std::string_view name);
[[nodiscard]] std::span<const TlsAlert> tls_alerts();

} // namespace signet::diagnosis
