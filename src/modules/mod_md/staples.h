// OCSP staples of managed certificates (MDStapling, SSLUseStapling): the keeper asks the CA's
// responders and gives the workers what they said. Responses outlast a restart in the store.
// https://httpd.apache.org/docs/2.4/mod/mod_md.html#mdstapling
#pragma once
#include "diagnosis/catalogue.h"
#include "modules/mod_md/domain.h"
#include "pki/certificate.h"
#include "pki/ocsp.h"
#include "pki/state_store.h"
#include "server/managed_tls.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace signet::mod_md {

// After so long the other tasks of the keeper have their turn: CAs and responders that take their
// time for many domains shall not meet the task's limit.
inline constexpr std::chrono::seconds longest_turn{60};

class ManagedStaples {
public:
    struct Tools {
        // An event for MDMessageCmd.
        std::function<void(const std::string& event, const std::string& domain)> announce;
        std::function<void(diagnosis::Severity, int id, std::string_view apache_id,
                           const std::string& text)>
            log;
    };
    ManagedStaples(std::shared_ptr<const Plan> plan,
                   std::shared_ptr<const server::ManagedTls> managed, Tools tools);

    // Asks what is due; when it has to run again. Times in seconds since 1970. The store outlives
    // the call; an error is the store's.
    [[nodiscard]] Result<time_t> run(pki::StateStore& store, time_t now);

    // What is known of one certificate.
    struct Known {
        std::string response{}; // DER; empty: none yet
        pki::OcspAnswer answer{};
        time_t obtained = 0;
        time_t due = 0;
        int failures = 0;  // in a row
        bool told = false; // that there is nobody to ask
    };
    // By certificate_fingerprint(); nullptr when nothing was asked yet.
    [[nodiscard]] const Known* find(const std::string& fingerprint) const;
    [[nodiscard]] bool is_stapled(const Domain& domain) const;

private:
    struct Certificate;

    [[nodiscard]] Result<void> attend(const Domain& domain, pki::StateStore& store, time_t now,
                                      time_t& next);
    [[nodiscard]] Result<void> recall(const Certificate& certificate, Known& known,
                                      const pki::StateStore& store, time_t now) const;
    [[nodiscard]] Result<void> ask(const Certificate& certificate, Known& known,
                                   pki::StateStore& store, time_t now);
    void failed(const Certificate& certificate, Known& known, const std::string& why, time_t now);
    [[nodiscard]] Result<void> forget_old(pki::StateStore& store, time_t now);
    [[nodiscard]] time_t due_after(const pki::OcspAnswer& answer, time_t now) const;

    std::shared_ptr<const Plan> plan_;
    std::shared_ptr<const server::ManagedTls> managed_;
    Tools tools_;
    std::map<std::string, Known> known_{};           // by fingerprint
    std::map<std::string, std::string> published_{}; // by domain: the fingerprints with their times
    bool cleaned_ = false;
};

} // namespace signet::mod_md
