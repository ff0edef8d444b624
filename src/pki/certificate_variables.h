// A certificate as mod_ssl's variables show it: the part of their names after SSL_SERVER_ or
// SSL_CLIENT_.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#envvars
#pragma once
#include "pki/openssl.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace signet::pki {

// How a distinguished name is written.
enum class NameFormat : unsigned char {
    rfc2253, // "CN=Jo,C=DE"
    legacy,  // "/C=DE/CN=Jo", SSLOptions +LegacyDNStringFormat
};
[[nodiscard]] std::string distinguished_name(const X509_NAME* name, NameFormat format);

// "M_SERIAL", "S_DN", "S_DN_CN", "I_DN_OU_1_RAW", "SAN_DNS_0", "V_REMAIN", "CERT" …; empty for what
// the certificate has not, and for a name that nobody knows. `certificate` is not changed.
[[nodiscard]] std::string certificate_variable(X509* certificate, std::string_view name,
                                               NameFormat format = NameFormat::rfc2253);

// Whose certificate it is decides which alternative names are shown.
enum class Side : unsigned char { server, client };

// Names and values that `SSLOptions +StdEnvVars` sets for each component of subject and issuer, and
// for each alternative name: "SSL_CLIENT_S_DN_CN", then "SSL_CLIENT_S_DN_CN_1" for a second one.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> name_variables(X509* certificate,
                                                                              Side side);

} // namespace signet::pki
