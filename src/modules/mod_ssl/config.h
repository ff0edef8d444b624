// What mod_ssl's directives say, and how they merge.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html
#pragma once
#include "config/source.h"
#include "modules/mod_ssl/cache_setting.h"
#include "modules/mod_ssl/proxy_config.h"
#include "modules/mod_ssl/stapling_config.h"
#include "server/module.h"
#include "tls/settings.h"

#include <chrono>
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
};

// A file named by a directive, and which directive that was.
struct NamedFile {
    std::string path;
    config::Position position{};
};

struct Config {
    // Server level.
    std::optional<bool> engine, honor_cipher_order, session_tickets, insecure_renegotiation,
        legacy_protocols, strict_sni;
    std::vector<std::string> protocols; // the words of SSLProtocol; empty: not given
    config::Position protocols_position{};
    std::optional<std::string> cipher_list, cipher_suites;
    std::vector<std::pair<std::string, std::string>> commands; // SSLOpenSSLConfCmd
    std::vector<NamedFile> certificates, keys;
    std::optional<NamedFile> chain, ticket_key;
    std::optional<CacheSetting> session_cache;
    std::optional<std::string> pass_phrase_dialog;
    StaplingConfig stapling;
    ProxyTls proxy;
    std::optional<std::chrono::seconds> session_timeout;

    // Directory level.
    bool require_ssl = false;
    std::optional<uint8_t> options;              // absolute form
    uint8_t options_add = 0, options_remove = 0; // + and - forms

    [[nodiscard]] uint8_t effective_options() const
    {
        return static_cast<uint8_t>((options.value_or(0) | options_add) & ~options_remove);
    }
};

[[nodiscard]] Config merge(const Config& outer, const Config& inner);
[[nodiscard]] std::span<const server::Directive<Config>> directives();

// Opens certificates and keys of a TLS vhost and gives it its context.
[[nodiscard]] Result<void> prepare(const Config& config, server::VirtualHost& vhost,
                                   server::Configuration& configuration,
                                   config::Diagnostics& diagnostics);

} // namespace signet::mod_ssl
