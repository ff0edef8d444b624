// What mod_md's directives say.
// https://httpd.apache.org/docs/2.4/mod/mod_md.html
#pragma once
#include "config/source.h"
#include "server/managed_tls.h"
#include "server/module.h"

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace signet::mod_md {

class ChallengeBoard;
class StatusBoard;
struct Plan;

using Window = server::LifeWindow;

enum class RenewMode : uint8_t { automatic, always, manual };
enum class RequireHttps : uint8_t { off, temporary, permanent };

// MDPrivateKeys: "RSA 3072", "P-256", "secp384r1".
struct KeyWish {
    bool is_rsa = false;
    int bits = 2048;             // of RSA
    std::string curve = "P-256"; // else
    bool operator==(const KeyWish&) const = default;
};

struct ExternalAccountWish {
    std::string key_id, hmac;
};

// What may differ between domains; what a domain does not say, the server says.
struct DomainSettings {
    std::optional<std::vector<std::string>> authorities; // MDCertificateAuthority: URLs
    std::optional<std::string> contact;                  // MDContactEmail
    std::optional<bool> agreed;                          // MDCertificateAgreement
    std::optional<RenewMode> mode;
    std::optional<Window> renew_window, warn_window;
    std::optional<std::vector<std::string>> challenges; // best first
    std::optional<std::vector<KeyWish>> keys;
    std::optional<bool> must_staple, members_automatic, via_ari, stapling, profile_mandatory;
    std::optional<RequireHttps> require_https;
    std::optional<std::string> profile, ca_file, proxy_ca_file;
    std::optional<std::vector<std::string>> dns_command; // the program and its first arguments
    std::optional<ExternalAccountWish> external_account; // an empty key_id: none
    std::vector<std::string> certificate_files, key_files;
};

// MDomain or <MDomainSet>.
struct DomainWish {
    std::string name; // the first one
    std::vector<std::string> names{};
    DomainSettings settings{};
    config::Position position{};
};

struct Said {
    DomainSettings defaults;
    std::vector<DomainWish> domains;
    std::optional<size_t> inside{}; // while a <MDomainSet> is read: which

    std::string store = "md"; // MDStoreDir, below ServerRoot
    std::string proxy{};      // MDHttpProxy
    int http_port = 80,
        https_port = 443; // MDPortMap: where the CA's connections arrive; 0: nowhere
    bool base_server = false, match_all_names = true, server_status = false,
         certificate_status = true;
    bool staple_others = true;
    int dns_version = 1; // MDChallengeDns01Version
    std::chrono::seconds check_interval{12 * 3600}, initial_delay{0}, activation_delay{0};
    std::chrono::seconds retry_delay{30};
    int retry_failover = 13;
    std::vector<std::string> message_command{}, notify_command{};
    // Whose page about a certificate server-status links to: MDCertificateMonitor, or by its older
    // name MDCertificateCheck.
    std::string monitor_name = "crt.sh", monitor_url = "https://crt.sh?q=";
    Window staple_renew{.percent = 33};
    std::chrono::seconds staple_keep{7 * 86400};
    // Orders that signet begins at one CA within a week, at most (ours; MDOrderLimit).
    int order_limit = 20;
    // Where a new set of names is tried first (ours; MDRehearsal): a URL, "off", or "auto": Let's
    // Encrypt's staging server before its real one.
    std::string rehearsal = "auto";

    // What `prepare` made of it, for the hooks.
    std::shared_ptr<const Plan> plan{};
    std::shared_ptr<ChallengeBoard> board{};
    std::shared_ptr<StatusBoard> status{}; // of the domains, from the keeper

    // Where a directive writes to: the section it stands in, or the server's.
    [[nodiscard]] DomainSettings& settings()
    {
        return inside ? domains[*inside].settings : defaults;
    }
};

// Directives of mod_md stand in the main server only, so servers share what was said.
struct Config {
    std::shared_ptr<Said> said;

    [[nodiscard]] Said& write()
    {
        if (!said) said = std::make_shared<Said>();
        return *said;
    }
};

[[nodiscard]] Config merge(const Config& outer, const Config& inner);
[[nodiscard]] std::span<const server::Directive<Config>> directives();

} // namespace signet::mod_md
