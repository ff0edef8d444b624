// The keeper's part of mod_md: looks at every managed domain, gets and renews certificates, and
// gives them to the workers without a reload.
#pragma once
#include "modules/mod_md/order.h"
#include "modules/mod_md/staples.h"
#include "modules/mod_md/status_document.h"
#include "server/keeper_task.h"
#include "server/vhost.h"

#include <map>
#include <memory>
#include <optional>
#include <set>

namespace signet::mod_md {

class Renewal final : public server::KeeperTask {
public:
    // What it shares with the workers.
    struct Shared {
        std::shared_ptr<ChallengeBoard> board;
        std::shared_ptr<StatusBoard> status;
        std::shared_ptr<const server::ManagedTls> managed;
    };
    // `main` is whose error log is written to; it outlives the task.
    Renewal(std::shared_ptr<const Plan> plan, Shared shared, const server::VirtualHost& main);

    [[nodiscard]] std::string_view name() const override { return "managed certificates"; }
    [[nodiscard]] std::chrono::seconds limit() const override { return std::chrono::minutes(10); }
    [[nodiscard]] Result<Monotonic::time_point> run(Monotonic::time_point now) override;

private:
    // When a domain has to be looked at again.
    [[nodiscard]] Result<std::chrono::milliseconds> look_at(const Domain& domain, time_t now);
    [[nodiscard]] Result<std::chrono::milliseconds>
    watch(const Domain& domain, StatusRecord& status, const std::optional<pki::Certificate>& stored,
          time_t now);
    [[nodiscard]] Result<std::chrono::milliseconds>
    work_on(const Domain& domain, StatusRecord& status, const std::string& replaces, time_t now);
    [[nodiscard]] Result<std::chrono::milliseconds> failed(const Domain& domain,
                                                           StatusRecord& status,
                                                           const pki::acme::Refusal& refusal,
                                                           time_t now);
    [[nodiscard]] Result<std::chrono::milliseconds>
    obtained(const Domain& domain, StatusRecord& status, const SetRecord& set, time_t now);
    [[nodiscard]] Result<std::chrono::milliseconds>
    wait_or_activate(const Domain& domain, StatusRecord& status, const SetRecord& set,
                     const std::optional<pki::Certificate>& old, time_t now);
    [[nodiscard]] Result<std::chrono::milliseconds>
    activate(const Domain& domain, StatusRecord& status, const SetRecord& set, time_t now);
    [[nodiscard]] bool is_revoked(const SetRecord& set) const;
    [[nodiscard]] Result<void> tell_workers(time_t now);
    // When the certificate should be renewed.
    [[nodiscard]] time_t due_at(const Domain& domain, const pki::Certificate& certificate,
                                StatusRecord& status, const std::string& authority, time_t now);
    void ask_the_authority(const Domain& domain, const pki::Certificate& certificate,
                           StatusRecord& status, const std::string& authority, time_t now);
    // True when it did, and `status` has changed.
    bool warn_of_expiry(const Domain& domain, const pki::Certificate& certificate,
                        StatusRecord& status, time_t now);
    [[nodiscard]] std::string staging_of(const std::string& authority) const;
    [[nodiscard]] OrderTools tools();
    bool announce(const std::string& event, const std::string& domain);
    void log(diagnosis::Severity severity, int id, std::string_view apache_id,
             const std::string& text) const;

    std::shared_ptr<const Plan> plan_;
    std::shared_ptr<ChallengeBoard> board_;
    std::shared_ptr<StatusBoard> status_;
    const server::VirtualHost& main_;
    ManagedStaples staples_;
    std::set<std::string> changed_{};                // domains whose description is old
    std::map<std::string, std::string> described_{}; // JSON by domain
    std::string told_{};                             // what the workers have
    std::optional<pki::StateStore> store_;           // opened by a run: after the fork
    std::map<std::string, Monotonic::time_point> due_{};
};

} // namespace signet::mod_md
