// What mod_ssl's directives say, and how they merge.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html
#pragma once
#include "config/expression.h"
#include "config/source.h"
#include "modules/mod_ssl/cache_setting.h"
#include "modules/mod_ssl/ocsp_config.h"
#include "modules/mod_ssl/proxy_config.h"
#include "modules/mod_ssl/stapling_config.h"
#include "server/module.h"
#include "tls/settings.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace signet::mod_ssl {

// SSLOptions
enum SslOption : uint8_t {
    std_env_vars = 1,
    export_cert_data = 2,
    fake_basic_auth = 4,
    strict_require = 8,
    opt_renegotiate = 16,
    legacy_dn_format = 32,
    compat_env_vars = 64, // of Apache 2.0
};

// SSLVHostSNIPolicy: which requests may come over a connection made for another virtual host.
enum class SniPolicy : uint8_t { strict, secure, authonly, insecure };

// A file named by a directive, and which directive that was.
struct NamedFile {
    std::string path;
    config::Position position{};
};

struct Config {
    // Server level.
    std::optional<bool> engine, honor_cipher_order, session_tickets, insecure_renegotiation,
        legacy_protocols, strict_sni, early_data;
    std::optional<uint32_t> early_data_size; // SSLEarlyDataSize
    std::vector<std::string> protocols;      // the words of SSLProtocol; empty: not given
    config::Position protocols_position{};
    std::optional<std::string> cipher_list, cipher_suites;
    std::vector<std::pair<std::string, std::string>> commands; // SSLOpenSSLConfCmd
    std::vector<NamedFile> certificates, keys;
    std::optional<config::Position> automatic_certificate; // SSLCertificateFile auto, mod_md's task
    std::optional<NamedFile> chain, ticket_key, key_log;
    std::optional<CacheSetting> session_cache;
    std::optional<std::string> pass_phrase_dialog;
    StaplingConfig stapling;
    OcspConfig ocsp; // of client certificates
    ProxyTls proxy;
    std::optional<std::chrono::seconds> session_timeout;

    std::optional<tls::VerifyClient> verify_client;
    std::optional<int> verify_depth;
    std::optional<NamedFile> authorities_file, authorities_path, names_file, names_path,
        revocation_file, revocation_path;
    std::optional<tls::RevocationCheck> revocation_check;
    bool missing_list_is_fine = false;
    std::optional<SniPolicy> sni_policy; // SSLVHostSNIPolicy, of the main server

    // Directory level.
    bool require_ssl = false;
    std::optional<tls::VerifyClient> wanted_verify_client;
    std::optional<int> wanted_verify_depth;
    std::optional<std::string> wanted_cipher_list;
    std::optional<size_t> kept_body_size;                                // SSLRenegBufferSize
    std::string user_name;                                               // SSLUserName: a variable
    std::vector<std::shared_ptr<const config::Expression>> requirements; // SSLRequire
    std::optional<uint8_t> options;                                      // absolute form
    uint8_t options_add = 0, options_remove = 0;                         // + and - forms

    [[nodiscard]] uint8_t effective_options() const
    {
        return static_cast<uint8_t>((options.value_or(0) | options_add) & ~options_remove);
    }
};

// True when it has to look at the connection before a request may go on.
[[nodiscard]] bool wants_client_check(const Config& config);
// SSLVerifyClient, SSLVerifyDepth and SSLCipherSuite of a directory; SSLRequire.
[[nodiscard]] server::Outcome check_client(const Config&, server::Request&, server::Response&);
// What SSLRequire and SSLRequireSSL do with a request that does not fulfil them.
[[nodiscard]] server::Outcome forbid(server::Request& request);
[[nodiscard]] server::Outcome check_requirements(const Config&, server::Request&,
                                                 server::Response&);
// SSLOptions +FakeBasicAuth and +StrictRequire; SSLUserName.
[[nodiscard]] server::Outcome fake_basic_authentication(const Config&, server::Request&,
                                                        server::Response&);
[[nodiscard]] server::Outcome stay_forbidden(const Config&, server::Request&, server::Response&);
[[nodiscard]] server::Outcome name_user(const Config&, server::Request&, server::Response&);

// The directives about client certificates.
[[nodiscard]] std::span<const server::Directive<Config>> client_directives();
void merge_client_settings(Config& merged, const Config& inner);

[[nodiscard]] Config merge(const Config& outer, const Config& inner);
[[nodiscard]] std::span<const server::Directive<Config>> directives();

// What the handshake needs of them.
[[nodiscard]] tls::ClientVerification client_verification(const Config& config,
                                                          const server::VirtualHost& vhost,
                                                          const server::Configuration&);

// Opens certificates and keys of a TLS vhost and gives it its context.
[[nodiscard]] Result<void> prepare(const Config& config, server::VirtualHost& vhost,
                                   server::Configuration& configuration,
                                   config::Diagnostics& diagnostics);

} // namespace signet::mod_ssl
