// The SSLProxy… directives: how this server speaks TLS as a client of the servers behind it. They
// are read, checked and kept here for the proxy modules.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslproxyengine
#pragma once
#include "config/diagnostics.h"
#include "pki/secret.h"
#include "server/module.h"
#include "tls/settings.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace signet::tls {
class ClientContext;
}

namespace signet::mod_ssl {

struct Config;

struct ProxyTls {
    enum class RevocationCheck : uint8_t { none, leaf, chain };
    // A file or directory, and the directive that named it.
    struct Place {
        std::string path{};
        config::Position position{};
    };

    std::optional<bool> engine;                                            // default off
    std::optional<bool> check_peer_cn, check_peer_name, check_peer_expire; // default on
    std::optional<tls::Protocols> protocols;
    config::Position protocols_position{};
    std::optional<std::string> cipher_list, cipher_suites;
    std::optional<tls::VerifyClient> verify; // default none
    std::optional<int> verify_depth;         // default 1
    std::optional<Place> ca_file, ca_path, crl_file, crl_path;
    std::optional<RevocationCheck> crl_check;
    bool crl_may_be_missing = false; // no_crl_for_cert_ok
    std::optional<Place> machine_file, machine_path, machine_chain;
    std::vector<std::shared_ptr<const pki::Secret>> pairs{}; // what the first two hold

    // Made when they are first needed, by each process for itself; by what they are made of.
    using Contexts = std::map<std::string, std::shared_ptr<const tls::ClientContext>>;
    std::shared_ptr<Contexts> contexts{}; // one for the whole server
};

[[nodiscard]] ProxyTls merge(const ProxyTls& outer, const ProxyTls& inner);
[[nodiscard]] std::span<const server::Directive<Config>> proxy_directives();

// With SSLProxyEngine on: opens what the settings name. False: an error was reported. `label` as
// "www.example.com:443".
[[nodiscard]] bool check_proxy_tls(const ProxyTls& settings, const std::string& label,
                                   config::Diagnostics& diagnostics);

} // namespace signet::mod_ssl
