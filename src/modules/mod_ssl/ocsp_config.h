// SSLOCSPEnable and the other SSLOCSP… directives.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslocspenable
#pragma once
#include "server/module.h"
#include "tls/settings.h"

#include <chrono>
#include <optional>
#include <string>

namespace signet::mod_ssl {

struct Config;

struct OcspConfig {
    std::optional<tls::RevocationCheck> check;
    bool missing_url_is_fine = false; // no_ocsp_for_cert_ok, said beside `check`
    std::optional<bool> overrides, nonce, no_verify;
    std::optional<std::string> default_url, proxy, trusted_file;
    std::optional<std::chrono::seconds> skew, max_age, timeout;
};

[[nodiscard]] OcspConfig merge(const OcspConfig& outer, const OcspConfig& inner);
[[nodiscard]] tls::ResponderSettings responder_settings(const OcspConfig& config);
[[nodiscard]] std::span<const server::Directive<Config>> ocsp_directives();

} // namespace signet::mod_ssl
