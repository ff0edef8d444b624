// Mozilla's server-side TLS guideline as data: its profiles by name and version, for SSLPolicy and
// `signet grade --profile`.   https://docs.tlsref.org/server-side-tls.html
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace signet::tls {

struct MozillaProfile {
    std::string_view name;          // "modern", "intermediate", "old"
    std::string_view version;       // of the guideline: "6.0"
    uint8_t protocols;              // Protocols bits
    std::string_view cipher_list;   // TLS 1.2 and older, OpenSSL's names; empty: none
    std::string_view cipher_suites; // TLS 1.3
    std::string_view groups;        // a ? before those that an older OpenSSL does not know
    bool server_order;
    bool wants_ecdsa, wants_rsa; // kinds of certificate
    int rsa_bits;                // at least; 0: no RSA
    int longest_life;            // of a certificate, in days
    long hsts_age;               // seconds
    std::string_view oldest_clients;
};

[[nodiscard]] std::span<const MozillaProfile> mozilla_profiles();
// Without a version the newest that has the name. nullptr: there is none.
[[nodiscard]] const MozillaProfile* find_mozilla_profile(std::string_view name,
                                                         std::string_view version);
// "; did you mean intermediate?" for a name that none has; empty when nothing is near.
[[nodiscard]] std::string profile_suggestion(std::string_view name);

} // namespace signet::tls
