// OCSP stapling: which certificates are asked about, and the keeper's task that asks.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslusestapling
#pragma once
#include "diagnosis/catalogue.h"
#include "modules/mod_ssl/stapling_config.h"
#include "pki/ocsp.h"
#include "pki/trust.h"
#include "server/keeper_task.h"
#include "tls/credentials.h"
#include "tls/staples.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace signet::server {
class Configuration;
class VirtualHost;
} // namespace signet::server

namespace signet::mod_ssl {

// One certificate with one set of settings: vhosts that share both share the staple.
struct StapledCertificate {
    std::string label; // of the first vhost that shows it: "www.example.com:443"
    const server::VirtualHost* vhost = nullptr;
    pki::Certificate issuer;
    pki::OcspQuestion question;
    std::string url;
    StaplingConfig settings;
    std::string key; // of certificate and settings, hexadecimal
    size_t place = 0;
};

// All of a server's. Filled by the master while it prepares, then only read; the keeper asks.
class Stapling {
public:
    // `former` is what the generation before knew, or nullptr. Good responses are kept in
    // `directory` too, unless it is empty.
    Stapling(std::string directory, const Stapling* former);

    // What a virtual host shows, and the authorities it knows besides its chain.
    struct Host {
        const server::VirtualHost& vhost;
        std::string label;
        pki::TrustFiles authorities;
    };
    // The places of a vhost's certificates, in the order of its credentials. What is known of them
    // from before is there at once.
    [[nodiscard]] std::vector<tls::Staple>
    add(const StaplingConfig& settings, const tls::Credentials& credentials, const Host& host);
    [[nodiscard]] const std::vector<StapledCertificate>& certificates() const { return all_; }
    [[nodiscard]] tls::Staples& staples() const { return *staples_; }
    // Certificates that nobody can be asked about, each a line for the log.
    struct Note {
        const server::VirtualHost* vhost;
        diagnosis::Severity severity;
        const char* apache_id;
        int id;
        std::string text;
    };
    [[nodiscard]] const std::vector<Note>& notes() const { return notes_; }

    // A good response becomes the staple. `now` in seconds since 1970.
    void accept(const StapledCertificate& certificate, std::string response,
                const pki::OcspAnswer& answer, int64_t now) const;
    // Keeps it for the next start. Says why it cannot.
    [[nodiscard]] Result<void> keep(const StapledCertificate& certificate,
                                    std::string_view response) const;

private:
    [[nodiscard]] std::optional<size_t>
    add_one(const StaplingConfig& settings, const tls::Credential& credential, const Host& host);
    void seed(const StapledCertificate& certificate) const;

    std::string directory_;
    std::map<std::string, std::string> remembered_; // responses by key, from before
    std::shared_ptr<tls::Staples> staples_ = std::make_shared<tls::Staples>();
    std::vector<StapledCertificate> all_;
    std::map<std::string, size_t> by_key_; // → index into all_
    std::vector<Note> notes_;
};

// How old a response may be under these settings.
[[nodiscard]] pki::OcspLimits limits_of(const StaplingConfig& settings);

class StapleRefresh final : public server::KeeperTask {
public:
    explicit StapleRefresh(std::shared_ptr<Stapling> stapling)
        : stapling_(std::move(stapling))
    {
    }
    [[nodiscard]] std::string_view name() const override { return "OCSP stapling"; }
    [[nodiscard]] std::chrono::seconds limit() const override;
    [[nodiscard]] Result<Monotonic::time_point> run(Monotonic::time_point now) override;
    // Every certificate has a response, or the responder has been asked in vain.
    [[nodiscard]] bool is_ready() const override;

private:
    // A responder that gave nothing usable is not asked about every other certificate too.
    struct Responder {
        bool failing = false;
        unsigned failures = 0; // one after the other
        int64_t rests_until = 0;
    };

    void refresh(const StapledCertificate& certificate, int64_t now);
    void fail(const StapledCertificate& certificate, Responder& responder, const char* apache_id,
              std::string_view opening, const std::string& why, std::string error_response);
    [[nodiscard]] static int64_t pause_after_failure(const StapledCertificate& certificate,
                                                     const Responder& responder);
    [[nodiscard]] int64_t due(const StapledCertificate& certificate) const;

    std::shared_ptr<Stapling> stapling_;
    std::map<std::string, Responder> responders_;
    bool noted_ = false;
    bool cannot_keep_ = false;
};

} // namespace signet::mod_ssl
