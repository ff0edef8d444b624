#include "modules/mod_ssl/old_variables.h"

#include "tls/facts.h"

#include <string_view>

namespace signet::mod_ssl {
namespace {

struct OldName {
    std::string_view old;
    std::string_view now;
};

constexpr OldName of_connection[] = {
    {"SSL_PROTOCOL_VERSION", "SSL_PROTOCOL"},
    {"SSLEAY_VERSION", "SSL_VERSION_LIBRARY"},
    {"SSL_SSLEAY_VERSION", "SSL_VERSION_LIBRARY"},
    {"HTTPS_CIPHER", "SSL_CIPHER"},
    {"HTTPS_EXPORT", "SSL_CIPHER_EXPORT"},
    {"HTTPS_KEYSIZE", "SSL_CIPHER_ALGKEYSIZE"},
    {"HTTPS_SECRETKEYSIZE", "SSL_CIPHER_USEKEYSIZE"},
    {"SSL_EXPORT", "SSL_CIPHER_EXPORT"},
    {"SSL_KEYSIZE", "SSL_CIPHER_ALGKEYSIZE"},
    {"SSL_SECKEYSIZE", "SSL_CIPHER_USEKEYSIZE"},
    {"SSL_SERVER_KEY_SIZE", "SSL_CIPHER_ALGKEYSIZE"},
};

// Behind SSL_SERVER_ and SSL_CLIENT_.
constexpr OldName of_certificate[] = {
    {"CERTIFICATE", "CERT"},
    {"CERT_START", "V_START"},
    {"CERT_END", "V_END"},
    {"CERT_SERIAL", "M_SERIAL"},
    {"SIGNATURE_ALGORITHM", "A_SIG"},
    {"DN", "S_DN"},
    {"CN", "S_DN_CN"},
    {"EMAIL", "S_DN_Email"},
    {"O", "S_DN_O"},
    {"OU", "S_DN_OU"},
    {"C", "S_DN_C"},
    {"SP", "S_DN_SP"},
    {"L", "S_DN_L"},
    {"IDN", "I_DN"},
    {"ICN", "I_DN_CN"},
    {"IEMAIL", "I_DN_Email"},
    {"IO", "I_DN_O"},
    {"IOU", "I_DN_OU"},
    {"IC", "I_DN_C"},
    {"ISP", "I_DN_SP"},
    {"IL", "I_DN_L"},
};

} // namespace

std::vector<std::pair<std::string, std::string>> old_variables(const tls::Stream& stream)
{
    std::vector<std::pair<std::string, std::string>> found;
    const auto add = [&](std::string old, const std::string& now) {
        if (auto value = tls::fact(stream, now); !value.empty())
            found.emplace_back(std::move(old), std::move(value));
    };
    for (const auto& name : of_connection) add(std::string(name.old), std::string(name.now));
    for (const auto* prefix : {"SSL_SERVER_", "SSL_CLIENT_"}) {
        for (const auto& name : of_certificate)
            add(prefix + std::string(name.old), prefix + std::string(name.now));
    }
    return found;
}

} // namespace signet::mod_ssl
