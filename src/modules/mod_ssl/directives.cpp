#include "modules/mod_ssl/config.h"
#include "modules/mod_ssl/early_data.h"

#include "base/text.h"
#include "modules/mod_ssl/problem_report.h"
#include "server/configuration.h"
#include "tls/mozilla_profiles.h"
#include "tls/policy.h"

#include <array>
#include <sys/stat.h>

namespace signet::mod_ssl {
namespace {

using server::Directive;
using server::Takes;
using server::Words;

constexpr int bad_value = 680;
constexpr int ignored_setting = 682;
constexpr int engine_optional = 683;
constexpr int old_variable_names = 684;

Result<void> ssl_engine(Config& config, const Words& words)
{
    if (iequals(words[0], "optional")) {
        return words.refuse(
            engine_optional,
            "SSLEngine optional is not supported: TLS upgrade within HTTP (RFC 2817) "
            "was removed from Apache too",
            "on or off", "SSLEngine on");
    }
    if (!iequals(words[0], "on") && !iequals(words[0], "off")) {
        return words.refuse(bad_value, "Argument must be On, Off, or Optional", "on or off");
    }
    config.engine = iequals(words[0], "on");
    return {};
}

Result<void> ssl_protocol(Config& config, const Words& words)
{
    config.protocols.clear();
    for (size_t i = 0; i < words.size(); ++i) config.protocols.push_back(words[i]);
    config.protocols_position = words.position();
    // SSLLegacyProtocols may follow later: whether legacy versions go is settled in prepare(). Here
    // only the grammar is checked.
    pki::Problems problems;
    const std::vector<std::string_view> views(config.protocols.begin(), config.protocols.end());
    (void)tls::parse_protocols(views, true, problems);
    std::erase_if(problems, [](const pki::Problem& problem) {
        return problem.id == tls::protocol_none_left;
    });
    return report_problems(problems, words);
}

// Stands for the lines that Mozilla's guideline has for the profile: what follows it, or an inner
// virtual host says, wins.   https://docs.tlsref.org/server-side-tls.html
Result<void> ssl_policy(Config& config, const Words& words)
{
    const auto* profile =
        tls::find_mozilla_profile(words[0], words.size() > 1 ? words[1] : std::string());
    if (!profile) {
        const bool is_version = tls::find_mozilla_profile(words[0], {}) != nullptr;
        return words.refuse(bad_value,
                            is_version ? "SSLPolicy: guideline " + words[1] + " has no profile '"
                                             + words[0] + "'"
                                       : "SSLPolicy: there is no profile '" + words[0] + "'"
                                             + tls::profile_suggestion(words[0]),
                            "modern or intermediate of 5.7, 5.8 or 6.0; old of 5.7 or 5.8",
                            "SSLPolicy intermediate");
    }
    using tls::Protocols;
    const auto serves = [&](uint8_t bit) { return (profile->protocols & bit) != 0; };
    config.protocols = {"-all"};
    if (serves(Protocols::tls1_0)) config.protocols.emplace_back("+TLSv1");
    if (serves(Protocols::tls1_1)) config.protocols.emplace_back("+TLSv1.1");
    if (serves(Protocols::tls1_2)) config.protocols.emplace_back("+TLSv1.2");
    if (serves(Protocols::tls1_3)) config.protocols.emplace_back("+TLSv1.3");
    config.protocols_position = words.position();
    config.legacy_protocols = serves(Protocols::legacy);
    // A list has to be there even where no version uses it.
    config.cipher_list = profile->cipher_list.empty() ? std::string(tls::defaults::cipher_list)
                                                      : std::string(profile->cipher_list);
    config.cipher_suites = std::string(profile->cipher_suites);
    config.honor_cipher_order = profile->server_order;
    config.commands.emplace_back("Groups", std::string(profile->groups));
    return {};
}

Result<void> ssl_cipher_suite(Config& config, const Words& words)
{
    pki::Problems problems;
    std::vector<std::string_view> views;
    for (size_t i = 0; i < words.size(); ++i) views.push_back(words[i]);
    auto suites = tls::parse_cipher_suites(views, problems);
    if (!words.at_server_level()) {
        if (suites.is_tls13) {
            return words.refuse(bad_value,
                                "TLSv1.3 ciphers cannot be set inside a directory context",
                                "a list for TLS 1.2: there is no renegotiation in TLS 1.3");
        }
        config.wanted_cipher_list = std::move(suites.list);
        return report_problems(problems, words);
    }
    (suites.is_tls13 ? config.cipher_suites : config.cipher_list) = std::move(suites.list);
    return report_problems(problems, words);
}

// Looked at while the line is read, as Apache does, so that the message names it. A dump does
// without the file: who may read the configuration may not always see the keys.
Result<NamedFile> existing_file(const Words& words, int id)
{
    std::string path = words.path(words[0]);
    if (!words.configuration().preparing) return NamedFile{std::move(path), words.position()};
    struct stat about {};
    if (::stat(path.c_str(), &about) != 0 || !S_ISREG(about.st_mode) || about.st_size == 0) {
        return words.refuse(id, words.name() + ": file '" + path + "' does not exist or is empty",
                            "a PEM file that root may read");
    }
    return NamedFile{std::move(path), words.position()};
}

Result<void> certificate_file(Config& config, const Words& words)
{
    if (iequals(words[0], "auto")) {
        config.certificates.clear();
        config.automatic_certificate = words.position();
        return {};
    }
    config.automatic_certificate.reset();
    auto file = existing_file(words, pki::certificate_unreadable);
    if (!file) return std::unexpected(file.error());
    config.certificates.push_back(std::move(*file));
    return {};
}

Result<void> certificate_key_file(Config& config, const Words& words)
{
    auto file = existing_file(words, pki::key_unreadable);
    if (!file) return std::unexpected(file.error());
    config.keys.push_back(std::move(*file));
    return {};
}

Result<void> certificate_chain_file(Config& config, const Words& words)
{
    auto file = existing_file(words, pki::certificate_unreadable);
    if (!file) return std::unexpected(file.error());
    config.chain = std::move(*file);
    return {};
}

Result<void> openssl_command(Config& config, const Words& words)
{
    config.commands.emplace_back(words[0], words[1]);
    return {};
}

Result<void> session_cache(Config& config, const Words& words)
{
    auto setting = parse_cache_setting(words);
    if (!setting) return std::unexpected(setting.error());
    config.session_cache = std::move(*setting);
    return {};
}

Result<void> session_cache_timeout(Config& config, const Words& words)
{
    const auto seconds = parse_number<long>(words[0]);
    if (!seconds || *seconds < 0) {
        return words.refuse(bad_value, "SSLSessionCacheTimeout: Invalid argument", "seconds",
                            "SSLSessionCacheTimeout 300");
    }
    config.session_timeout = std::chrono::seconds(*seconds);
    return {};
}

Result<void> ticket_key_file(Config& config, const Words& words)
{
    config.ticket_key = NamedFile{words.path(words[0]), words.position()};
    return {};
}

Result<void> key_log_file(Config& config, const Words& words)
{
    config.key_log = NamedFile{words.path(words[0]), words.position()};
    return {};
}

Result<void> early_data_size(Config& config, const Words& words)
{
    const auto bytes = parse_number<uint32_t>(words[0]);
    if (!bytes || *bytes == 0 || *bytes > largest_early_data) {
        return words.refuse(bad_value, "SSLEarlyDataSize: Invalid argument",
                            "1 to " + std::to_string(largest_early_data) + " bytes",
                            "SSLEarlyDataSize 16384");
    }
    config.early_data_size = *bytes;
    return {};
}

Result<void> pass_phrase_dialog(Config& config, const Words& words)
{
    const std::string& text = words[0];
    if (text != "builtin" && !text.starts_with("exec:") && !text.starts_with('|')) {
        return words.refuse(bad_value, "SSLPassPhraseDialog: Invalid argument",
                            "builtin, exec:/program or |/program");
    }
    config.pass_phrase_dialog = text;
    return {};
}

// The operating system's generator is used (getrandom through OpenSSL); sources are checked only.
Result<void> random_seed(Config&, const Words& words)
{
    if (!iequals(words[0], "startup") && !iequals(words[0], "connect")) {
        return words.refuse(bad_value, "SSLRandomSeed: invalid context: `" + words[0] + "'",
                            "startup or connect");
    }
    if (words.size() == 3 && !parse_number<unsigned>(words[2])) {
        return words.refuse(bad_value, "SSLRandomSeed: invalid number of bytes specified",
                            "a number of bytes");
    }
    return {};
}

Result<void> require_ssl(Config& config, const Words&)
{
    config.require_ssl = true;
    return {};
}

Result<void> ssl_options(Config& config, const Words& words)
{
    static constexpr std::pair<std::string_view, SslOption> names[] = {
        {"StdEnvVars", std_env_vars},        {"ExportCertData", export_cert_data},
        {"FakeBasicAuth", fake_basic_auth},  {"StrictRequire", strict_require},
        {"OptRenegotiate", opt_renegotiate}, {"LegacyDNStringFormat", legacy_dn_format},
        {"CompatEnvVars", compat_env_vars},
    };
    bool first = true;
    for (size_t i = 0; i < words.size(); ++i) {
        std::string_view word = words[i];
        const char sign = word.starts_with('+') || word.starts_with('-') ? word[0] : '\0';
        if (sign) word.remove_prefix(1);
        uint8_t bit = 0;
        for (const auto& [name, value] : names) {
            if (iequals(name, word)) bit = value;
        }
        if (!bit) {
            return words.refuse(
                bad_value, "SSLOptions: Illegal option '" + std::string(word) + "'",
                "StdEnvVars, ExportCertData, FakeBasicAuth, StrictRequire, OptRenegotiate or "
                "LegacyDNStringFormat");
        }
        if (bit == compat_env_vars) {
            words.warn(
                old_variable_names,
                "SSLOptions CompatEnvVars is not known to Apache since 2.4: the old names of "
                "variables are set",
                "SSLOptions +StdEnvVars, and the names of today in programs");
        }
        if (sign == '+') {
            config.options_add |= bit;
            config.options_remove = static_cast<uint8_t>(config.options_remove & ~bit);
        } else if (sign == '-') {
            config.options_remove |= bit;
            config.options_add = static_cast<uint8_t>(config.options_add & ~bit);
        } else {
            if (first) config.options_add = config.options_remove = 0;
            config.options = static_cast<uint8_t>((first ? 0 : config.options.value_or(0)) | bit);
            first = false;
        }
    }
    return {};
}

Result<void> compression(Config&, const Words& words)
{
    if (words.on()) {
        words.warn(ignored_setting,
                   "SSLCompression on is ignored: compressed TLS leaks secrets (CRIME)",
                   "SSLCompression off");
    }
    return {};
}

template <std::optional<bool> Config::*member> Result<void> flag(Config& config, const Words& words)
{
    config.*member = words.on();
    return {};
}

constexpr uint8_t server_only = config::allowed_server;
constexpr uint8_t main_only = config::in_server;
constexpr uint8_t anywhere = config::allowed_everywhere;

constexpr Directive<Config> table[] = {
    {"SSLEngine", Takes::one, ssl_engine, server_only, 0, "on or off"},
    {"SSLProtocol", Takes::raw, ssl_protocol, server_only, 0,
     "[+|-]protocol …: TLSv1.2, TLSv1.3, all"},
    {"SSLLegacyProtocols", Takes::flag, flag<&Config::legacy_protocols>, server_only, 0,
     "On or Off: whether SSLProtocol may enable TLS 1.0 and 1.1"},
    {"SSLPolicy", Takes::one_or_two, ssl_policy, server_only, 0,
     "modern, intermediate or old, and the version of Mozilla's guideline"},
    {"SSLCipherSuite", Takes::one_or_two, ssl_cipher_suite, anywhere, config::override_auth_config,
     "[SSL|TLSv1.3] and an OpenSSL cipher list"},
    {"SSLHonorCipherOrder", Takes::flag, flag<&Config::honor_cipher_order>, server_only, 0,
     "On or Off"},
    {"SSLOpenSSLConfCmd", Takes::two, openssl_command, server_only, 0,
     "an OpenSSL configuration command and its value"},
    {"SSLCertificateFile", Takes::one, certificate_file, server_only, 0,
     "a PEM file with the certificate and its chain, or auto"},
    {"SSLCertificateKeyFile", Takes::one, certificate_key_file, server_only, 0,
     "a PEM file with the private key"},
    {"SSLCertificateChainFile", Takes::one, certificate_chain_file, server_only, 0,
     "a PEM file with intermediate certificates"},
    {"SSLSessionCache", Takes::one, session_cache, main_only, 0,
     "none, shmcb:path(bytes), dbm:path, redis:host:port or memcache:host:port"},
    {"SSLSessionCacheTimeout", Takes::one, session_cache_timeout, server_only, 0, "seconds"},
    {"SSLSessionTickets", Takes::flag, flag<&Config::session_tickets>, server_only, 0, "On or Off"},
    {"SSLSessionTicketKeyFile", Takes::one, ticket_key_file, server_only, 0,
     "a file of 48 random bytes"},
    {"SSLEarlyData", Takes::flag, flag<&Config::early_data>, server_only, 0, "On or Off"},
    {"SSLEarlyDataSize", Takes::one, early_data_size, server_only, 0, "bytes"},
    {"SSLKeyLogFile", Takes::one, key_log_file, main_only, 0, "a file of root's"},
    {"SSLPassPhraseDialog", Takes::one, pass_phrase_dialog, main_only, 0,
     "builtin, exec:/program or |/program"},
    {"SSLRandomSeed", Takes::two_or_three, random_seed, main_only, 0,
     "startup or connect, a source, and a number of bytes"},
    {"SSLInsecureRenegotiation", Takes::flag, flag<&Config::insecure_renegotiation>, server_only, 0,
     "On or Off"},
    {"SSLStrictSNIVHostCheck", Takes::flag, flag<&Config::strict_sni>, server_only, 0, "On or Off"},
    {"SSLCompression", Takes::flag, compression, server_only, 0, "On or Off"},
    {"SSLRequireSSL", Takes::none, require_ssl, config::in_directory | config::in_htaccess,
     config::override_auth_config, ""},
    {"SSLOptions", Takes::iterate, ssl_options, anywhere, config::override_options,
     "[+|-]option …"},
};

template <class T> void take(T& to, const T& from)
{
    if (from) to = from;
}
template <class T> void take(std::vector<T>& to, const std::vector<T>& from)
{
    if (!from.empty()) to = from;
}

} // namespace

Config merge(const Config& outer, const Config& inner)
{
    Config merged = outer;
    take(merged.engine, inner.engine);
    take(merged.honor_cipher_order, inner.honor_cipher_order);
    take(merged.session_tickets, inner.session_tickets);
    take(merged.insecure_renegotiation, inner.insecure_renegotiation);
    take(merged.legacy_protocols, inner.legacy_protocols);
    take(merged.strict_sni, inner.strict_sni);
    take(merged.early_data, inner.early_data);
    take(merged.early_data_size, inner.early_data_size);
    if (!inner.protocols.empty()) merged.protocols_position = inner.protocols_position;
    take(merged.protocols, inner.protocols);
    take(merged.cipher_list, inner.cipher_list);
    take(merged.cipher_suites, inner.cipher_suites);
    merged.commands.insert(merged.commands.end(), inner.commands.begin(), inner.commands.end());
    take(merged.certificates, inner.certificates);
    take(merged.keys, inner.keys);
    if (!inner.certificates.empty()) merged.automatic_certificate.reset();
    if (inner.automatic_certificate) {
        merged.automatic_certificate = inner.automatic_certificate;
        merged.certificates.clear();
        merged.keys.clear();
    }
    take(merged.chain, inner.chain);
    take(merged.ticket_key, inner.ticket_key);
    take(merged.key_log, inner.key_log);
    take(merged.session_cache, inner.session_cache);
    take(merged.pass_phrase_dialog, inner.pass_phrase_dialog);
    take(merged.session_timeout, inner.session_timeout);
    merge_client_settings(merged, inner);
    merged.proxy = merge(outer.proxy, inner.proxy);
    merged.stapling = merge(outer.stapling, inner.stapling);
    merged.ocsp = merge(outer.ocsp, inner.ocsp);
    merged.require_ssl = outer.require_ssl || inner.require_ssl;
    if (inner.options) {
        merged.options = inner.options;
        merged.options_add = inner.options_add;
        merged.options_remove = inner.options_remove;
    } else {
        merged.options_add =
            static_cast<uint8_t>((outer.options_add & ~inner.options_remove) | inner.options_add);
        merged.options_remove = static_cast<uint8_t>((outer.options_remove & ~inner.options_add)
                                                     | inner.options_remove);
    }
    return merged;
}

std::span<const Directive<Config>> directives()
{
    static const auto all = [] {
        std::vector<Directive<Config>> joined(std::begin(table), std::end(table));
        const auto client = client_directives();
        joined.insert(joined.end(), client.begin(), client.end());
        for (const auto& more : {stapling_directives(), ocsp_directives(), proxy_directives()})
            joined.insert(joined.end(), more.begin(), more.end());
        return joined;
    }();
    return all;
}

} // namespace signet::mod_ssl
