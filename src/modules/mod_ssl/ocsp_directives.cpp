// SSLOCSPEnable and its family: whether client certificates are asked about, and whom.
#include "base/text.h"
#include "modules/mod_ssl/config.h"
#include "modules/mod_ssl/part_setters.h"

#include <algorithm>

namespace signet::mod_ssl {
namespace {

using server::Directive;
using server::Takes;
using server::Words;
using O = OcspConfig;

constexpr int bad_value = 680;

Result<void> enable(Config& config, const Words& words)
{
    const std::string said = words.size() > 0 ? words[0] : "";
    constexpr std::pair<std::string_view, tls::RevocationCheck> checks[] = {
        {"off", tls::RevocationCheck::none},
        {"leaf", tls::RevocationCheck::leaf},
        {"on", tls::RevocationCheck::chain}};
    const auto* const check =
        std::ranges::find_if(checks, [&](const auto& one) { return iequals(one.first, said); });
    if (check == std::end(checks)) {
        return words.refuse(bad_value, "SSLOCSPEnable: Invalid argument '" + said + "'",
                            "on, leaf or off");
    }
    config.ocsp.check = check->second;
    config.ocsp.missing_url_is_fine = false;
    for (size_t i = 1; i < words.size(); ++i) {
        if (!iequals(words[i], "no_ocsp_for_cert_ok")) {
            return words.refuse(bad_value, "SSLOCSPEnable: Invalid argument '" + words[i] + "'",
                                "no_ocsp_for_cert_ok, or nothing");
        }
        config.ocsp.missing_url_is_fine = true;
    }
    return {};
}

template <auto member> constexpr auto flag = set_flag<&Config::ocsp, member>;
template <auto member> constexpr auto seconds = set_seconds<&Config::ocsp, member>;

template <std::optional<std::string> O::*member>
Result<void> url(Config& config, const Words& words)
{
    if (!istarts_with(words[0], "http://")) {
        return words.refuse(bad_value, words.name() + ": Cannot parse URL " + words[0],
                            "an http:// URL (OCSP responses are signed, so they need no TLS)",
                            words.name() + " http://ocsp.example.com/");
    }
    config.ocsp.*member = words[0];
    return {};
}

Result<void> trusted_file(Config& config, const Words& words)
{
    config.ocsp.trusted_file = words.path(words[0]);
    return {};
}

constexpr uint8_t server_only = config::allowed_server;

constexpr Directive<Config> table[] = {
    {"SSLOCSPEnable", Takes::raw, enable, server_only, 0,
     "on, leaf or off, and no_ocsp_for_cert_ok"},
    {"SSLOCSPDefaultResponder", Takes::one, url<&O::default_url>, server_only, 0,
     "the URL of an OCSP responder"},
    {"SSLOCSPOverrideResponder", Takes::flag, flag<&O::overrides>, server_only, 0, "On or Off"},
    {"SSLOCSPResponseTimeSkew", Takes::one, seconds<&O::skew>, server_only, 0, "seconds"},
    {"SSLOCSPResponseMaxAge", Takes::one, seconds<&O::max_age>, server_only, 0, "seconds"},
    {"SSLOCSPResponderTimeout", Takes::one, seconds<&O::timeout>, server_only, 0, "seconds"},
    {"SSLOCSPUseRequestNonce", Takes::flag, flag<&O::nonce>, server_only, 0, "On or Off"},
    {"SSLOCSPNoverify", Takes::flag, flag<&O::no_verify>, server_only, 0, "On or Off"},
    {"SSLOCSPProxyURL", Takes::one, url<&O::proxy>, server_only, 0, "the URL of a forward proxy"},
    {"SSLOCSPResponderCertificateFile", Takes::one, trusted_file, server_only, 0,
     "a file of PEM certificates"},
};

} // namespace

OcspConfig merge(const OcspConfig& outer, const OcspConfig& inner)
{
    OcspConfig merged = outer;
    const auto take = [](auto& into, const auto& from) {
        if (from) into = from;
    };
    if (inner.check) merged.missing_url_is_fine = inner.missing_url_is_fine;
    take(merged.check, inner.check);
    take(merged.default_url, inner.default_url);
    take(merged.overrides, inner.overrides);
    take(merged.skew, inner.skew);
    take(merged.max_age, inner.max_age);
    take(merged.timeout, inner.timeout);
    take(merged.nonce, inner.nonce);
    take(merged.no_verify, inner.no_verify);
    take(merged.proxy, inner.proxy);
    take(merged.trusted_file, inner.trusted_file);
    return merged;
}

tls::ResponderSettings responder_settings(const OcspConfig& config)
{
    tls::ResponderSettings settings;
    settings.check = config.check.value_or(settings.check);
    settings.missing_url_is_fine = config.missing_url_is_fine;
    settings.default_url = config.default_url.value_or("");
    settings.overrides = config.overrides.value_or(false);
    settings.skew = config.skew.value_or(settings.skew);
    settings.max_age = config.max_age;
    settings.timeout = config.timeout.value_or(settings.timeout);
    settings.nonce = config.nonce.value_or(true);
    settings.verify = !config.no_verify.value_or(false);
    settings.proxy = config.proxy.value_or("");
    settings.trusted_file = config.trusted_file.value_or("");
    return settings;
}

std::span<const Directive<Config>> ocsp_directives()
{
    return table;
}

} // namespace signet::mod_ssl
