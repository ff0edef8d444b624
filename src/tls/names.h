// What versions, suites, groups and signature algorithms are called, by their number on the wire.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace signet::tls {

// "TLSv1.3", "X25519", "ecdsa_secp256r1_sha256", "ECDHE-RSA-AES128-GCM-SHA256"; the number in
// hexadecimal when nobody named it. (RFC 8446 §4.2.3, §4.2.7; IANA's registry)
[[nodiscard]] std::string version_name(uint16_t number);
[[nodiscard]] std::string group_name(uint16_t number);
[[nodiscard]] std::string signature_name(uint16_t number);
[[nodiscard]] std::string suite_name(uint16_t number);
// The number of a group by its name in OpenSSL's lists ("P-256", "prime256v1"); 0: unknown.
[[nodiscard]] uint16_t group_number(std::string_view name);

// Reserved numbers that clients mix in at random (RFC 8701), and signals that are no suites.
[[nodiscard]] bool is_grease(uint16_t number);
[[nodiscard]] bool is_signalling_suite(uint16_t number);

// Why a suite is not served, if it is one of those: "anonymous", "NULL", "export", "RC4", "DES".
[[nodiscard]] std::string_view suite_weakness(uint16_t number);

// "A, B, C and 7 more".
[[nodiscard]] std::string name_list(std::span<const uint16_t> numbers,
                                    std::string (*name)(uint16_t), size_t most = 6);

} // namespace signet::tls
