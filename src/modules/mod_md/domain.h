// Managed domains as they are worked on: names, settings, and where their certificates go.
#pragma once
#include "modules/mod_md/config.h"
#include "tls/live_credentials.h"

#include <memory>
#include <string>
#include <vector>

namespace signet::server {
class Configuration;
class VirtualHost;
} // namespace signet::server

namespace signet::mod_md {

// One certificate (per kind of key) for all its names. Made in `prepare`, read by the keeper.
struct Domain {
    std::string name;
    std::vector<std::string> names{}; // its own and, with `auto`, those of its virtual hosts
    config::Position position{};

    std::vector<std::string> authorities{};
    std::string contact{}; // "" none
    bool agreed = false, must_staple = false, via_ari = true, profile_mandatory = false;
    bool stapling = false;
    RenewMode mode = RenewMode::automatic;
    RequireHttps require_https = RequireHttps::off;
    Window renew_window{.percent = 33}, warn_window{.percent = 10};
    std::vector<std::string> challenges{}; // allowed here and possible on this server, best first
    std::vector<KeyWish> keys{};
    std::string profile{}, ca_file{}, proxy_ca_file{};
    std::vector<std::string> dns_command{};
    ExternalAccountWish external_account{};
    std::vector<std::string> certificate_files{},
        key_files{}; // MDCertificateFile: not ours to make

    std::vector<const server::VirtualHost*> hosts{}; // that serve TLS with it
    std::shared_ptr<tls::LiveCredentials> live{};

    // MDRenewMode auto: only where a virtual host uses the certificate.
    [[nodiscard]] bool is_driven() const
    {
        if (mode == RenewMode::manual) return false;
        return mode == RenewMode::always || (certificate_files.empty() && !hosts.empty());
    }
};

struct Plan {
    std::shared_ptr<const Said> said;
    std::string store; // absolute
    std::string user_agent;
    std::vector<Domain> domains;

    [[nodiscard]] const Domain* of_host(const server::VirtualHost& host) const;
};

// Who belongs to which domain. A TLS host without certificate that no MDomain names becomes a
// domain of its own, when it says `SSLCertificateFile auto` or a CA is configured. Contradictions
// (one name in two domains, one host in two) are errors.
[[nodiscard]] Result<std::shared_ptr<Plan>> make_plan(std::shared_ptr<const Said> said,
                                                      const server::Configuration& configuration,
                                                      config::Diagnostics& diagnostics);

} // namespace signet::mod_md
