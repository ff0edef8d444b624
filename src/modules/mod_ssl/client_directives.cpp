// The directives about client certificates: SSLVerify…, SSLCA…, SSLRequire, SSLUserName.
#include "base/text.h"
#include "modules/mod_ssl/config.h"
#include "server/configuration.h"

#include <sys/stat.h>

namespace signet::mod_ssl {
namespace {

using server::Directive;
using server::Takes;
using server::Words;

constexpr int bad_value = 680;
constexpr int bad_requirement = 655;
constexpr int not_a_number = 665;
constexpr int no_fips = 666;
constexpr int no_engine = 667;
constexpr int no_srp = 668;

std::optional<tls::VerifyClient> mode_of(std::string_view word)
{
    constexpr std::pair<std::string_view, tls::VerifyClient> modes[] = {
        {"none", tls::VerifyClient::none},
        {"off", tls::VerifyClient::none},
        {"optional", tls::VerifyClient::optional},
        {"require", tls::VerifyClient::require},
        {"on", tls::VerifyClient::require},
        {"optional_no_ca", tls::VerifyClient::optional_no_ca}};
    for (const auto& [name, mode] : modes) {
        if (iequals(name, word)) return mode;
    }
    return std::nullopt;
}

Result<void> verify_client(Config& config, const Words& words)
{
    const auto mode = mode_of(words[0]);
    if (!mode) {
        return words.refuse(bad_value, "SSLVerifyClient: Invalid argument '" + words[0] + "'",
                            "none, optional, require or optional_no_ca");
    }
    (words.at_server_level() ? config.verify_client : config.wanted_verify_client) = mode;
    return {};
}

// As atoi(3), with which Apache reads these: what is no number is 0, and we say so.
int number_of(const Words& words)
{
    const auto number = parse_number<int>(words[0]);
    if (!number) {
        words.warn(not_a_number, words.name() + ": '" + words[0] + "' is no number, read as 0",
                   words.name() + " 1");
    }
    return number.value_or(0);
}

Result<void> verify_depth(Config& config, const Words& words)
{
    const int depth = number_of(words);
    if (depth < 0) {
        return words.refuse(bad_value, "SSLVerifyDepth: Invalid argument '" + words[0] + "'",
                            "how many authorities may stand above the client's certificate");
    }
    (words.at_server_level() ? config.verify_depth : config.wanted_verify_depth) = depth;
    return {};
}

template <std::optional<NamedFile> Config::*member, bool is_directory>
Result<void> place(Config& config, const Words& words)
{
    std::string path = words.path(words[0]);
    if (words.configuration().preparing) {
        struct stat about {};
        const bool there = ::stat(path.c_str(), &about) == 0;
        if (is_directory && !(there && S_ISDIR(about.st_mode))) {
            return words.refuse(pki::trust_unreadable,
                                words.name() + ": directory '" + path + "' does not exist",
                                "a directory that root may read");
        }
        if (!is_directory && !(there && S_ISREG(about.st_mode) && about.st_size > 0)) {
            return words.refuse(pki::trust_unreadable,
                                words.name() + ": file '" + path + "' does not exist or is empty",
                                "a PEM file that root may read");
        }
    }
    config.*member = NamedFile{std::move(path), words.position()};
    return {};
}

Result<void> revocation_check(Config& config, const Words& words)
{
    const std::string said = words.size() > 0 ? words[0] : "";
    if (iequals(said, "none")) {
        config.revocation_check = tls::RevocationCheck::none;
    } else if (iequals(said, "leaf")) {
        config.revocation_check = tls::RevocationCheck::leaf;
    } else if (iequals(said, "chain")) {
        config.revocation_check = tls::RevocationCheck::chain;
    } else {
        return words.refuse(bad_value, "SSLCARevocationCheck: Invalid argument '" + said + "'",
                            "chain, leaf or none");
    }
    config.missing_list_is_fine = false;
    for (size_t i = 1; i < words.size(); ++i) {
        if (!iequals(words[i], "no_crl_for_cert_ok")) {
            return words.refuse(bad_value,
                                "SSLCARevocationCheck: Invalid argument '" + words[i] + "'",
                                "no_crl_for_cert_ok, or nothing");
        }
        config.missing_list_is_fine = true;
    }
    return {};
}

Result<void> sni_policy(Config& config, const Words& words)
{
    constexpr std::pair<std::string_view, SniPolicy> policies[] = {
        {"strict", SniPolicy::strict},
        {"secure", SniPolicy::secure},
        {"authonly", SniPolicy::authonly},
        {"insecure", SniPolicy::insecure}};
    for (const auto& [name, policy] : policies) {
        if (!iequals(name, words[0])) continue;
        config.sni_policy = policy;
        return {};
    }
    return words.refuse(bad_value, "Invalid SSLVhostSNIPolicy argument '" + words[0] + "'",
                        "strict, secure, authonly or insecure");
}

Result<void> kept_body_size(Config& config, const Words& words)
{
    const int size = number_of(words);
    if (size < 0) {
        return words.refuse(bad_value, "Invalid size for SSLRenegBufferSize: " + words[0],
                            "a number of bytes");
    }
    config.kept_body_size = static_cast<size_t>(size);
    return {};
}

Result<void> user_name(Config& config, const Words& words)
{
    config.user_name = words[0];
    return {};
}

Result<void> require(Config& config, const Words& words)
{
    auto compiled = config::Expression::compile_condition(
        words.raw(), config::ExpressionRules::ssl_require, words.configuration().regex_options);
    if (!compiled) {
        return words.refuse(bad_requirement, "Cannot parse expression: " + compiled.error().text,
                            "a condition such as %{SSL_CLIENT_S_DN_O} eq \"Example\"");
    }
    config.requirements.push_back(std::make_shared<const config::Expression>(std::move(*compiled)));
    return {};
}

// What OpenSSL 3 does not offer, or nobody should use.
Result<void> fips(Config&, const Words& words)
{
    if (!words.on()) return {};
    return words.refuse(
        no_fips, "SSLFIPS: FIPS mode is not available: signet uses OpenSSL's default provider",
        "Off", "SSLFIPS Off");
}

Result<void> crypto_device(Config&, const Words& words)
{
    if (iequals(words[0], "builtin")) return {};
    return words.refuse(
        no_engine, "SSLCryptoDevice: Invalid argument; must be one of: 'builtin' (none)",
        "builtin: engines are gone from OpenSSL 3's interface", "SSLCryptoDevice builtin");
}

Result<void> srp(Config&, const Words& words)
{
    words.warn(no_srp, words.name() + ": TLS-SRP is not offered, clients need certificates");
    return {};
}

constexpr uint8_t server_only = config::allowed_server;
constexpr uint8_t anywhere = config::allowed_everywhere;
constexpr uint8_t directory_only = config::in_directory | config::in_htaccess;
constexpr uint8_t auth = config::override_auth_config;
constexpr const char* pem = "a file of PEM certificates";
constexpr const char* folder = "a directory of PEM files";

constexpr Directive<Config> table[] = {
    {"SSLVerifyClient", Takes::one, verify_client, anywhere, auth,
     "none, optional, require or optional_no_ca"},
    {"SSLVerifyDepth", Takes::one, verify_depth, anywhere, auth, "a number"},
    {"SSLCACertificateFile", Takes::one, place<&Config::authorities_file, false>, server_only, 0,
     pem},
    {"SSLCACertificatePath", Takes::one, place<&Config::authorities_path, true>, server_only, 0,
     folder},
    {"SSLCADNRequestFile", Takes::one, place<&Config::names_file, false>, server_only, 0, pem},
    {"SSLCADNRequestPath", Takes::one, place<&Config::names_path, true>, server_only, 0, folder},
    {"SSLCARevocationFile", Takes::one, place<&Config::revocation_file, false>, server_only, 0,
     "a file of PEM revocation lists"},
    {"SSLCARevocationPath", Takes::one, place<&Config::revocation_path, true>, server_only, 0,
     folder},
    {"SSLCARevocationCheck", Takes::raw, revocation_check, server_only, 0,
     "chain, leaf or none, and no_crl_for_cert_ok"},
    {"SSLVHostSNIPolicy", Takes::one, sni_policy, config::in_server, 0,
     "strict, secure, authonly or insecure"},
    {"SSLRenegBufferSize", Takes::one, kept_body_size, directory_only, auth, "a number of bytes"},
    {"SSLUserName", Takes::one, user_name, config::in_server | directory_only, auth,
     "a variable, such as SSL_CLIENT_S_DN_CN"},
    {"SSLFIPS", Takes::flag, fips, config::in_server, 0, "On or Off"},
    {"SSLCryptoDevice", Takes::one, crypto_device, config::in_server, 0, "builtin"},
    {"SSLSRPVerifierFile", Takes::one, srp, server_only, 0, "a file of SRP verifiers"},
    {"SSLSRPUnknownUserSeed", Takes::one, srp, server_only, 0, "a secret text"},
    {"SSLRequire", Takes::raw, require, directory_only, auth, "a condition"},
};

template <class T> void take(std::optional<T>& to, const std::optional<T>& from)
{
    if (from) to = from;
}

} // namespace

std::span<const Directive<Config>> client_directives()
{
    return table;
}

void merge_client_settings(Config& merged, const Config& inner)
{
    take(merged.verify_client, inner.verify_client);
    take(merged.verify_depth, inner.verify_depth);
    take(merged.authorities_file, inner.authorities_file);
    take(merged.authorities_path, inner.authorities_path);
    take(merged.names_file, inner.names_file);
    take(merged.names_path, inner.names_path);
    take(merged.revocation_file, inner.revocation_file);
    take(merged.revocation_path, inner.revocation_path);
    if (inner.revocation_check) merged.missing_list_is_fine = inner.missing_list_is_fine;
    take(merged.revocation_check, inner.revocation_check);
    take(merged.wanted_verify_client, inner.wanted_verify_client);
    take(merged.wanted_verify_depth, inner.wanted_verify_depth);
    take(merged.wanted_cipher_list, inner.wanted_cipher_list);
    take(merged.sni_policy, inner.sni_policy);
    take(merged.kept_body_size, inner.kept_body_size);
    if (!inner.user_name.empty()) merged.user_name = inner.user_name;
    merged.requirements.insert(merged.requirements.end(), inner.requirements.begin(),
                               inner.requirements.end());
}

} // namespace signet::mod_ssl
