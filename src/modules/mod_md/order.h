// One step at a time on the way to a certificate: account, order, proofs, request, chain. Every
// step is written down before the next, so a keeper that is killed goes on where it was.
#pragma once
#include "modules/mod_md/challenge_board.h"
#include "modules/mod_md/domain.h"
#include "modules/mod_md/ledger.h"
#include "modules/mod_md/records.h"
#include "pki/acme/client.h"

#include <chrono>
#include <functional>

namespace signet::mod_md {

// What the steps need around them. All of it outlives an OrderRun.
struct OrderTools {
    const Plan& plan;
    pki::StateStore& store;
    ChallengeBoard& board;
    // An event for MDMessageCmd; false: the program said no.
    std::function<bool(const std::string& event, const std::string& domain)> announce;
    // For the log: what was done, and what was not done as the configuration wishes.
    std::function<void(const Domain&domain, const std::string&what)> tell, warn;
};

struct Progress {
    enum class State : uint8_t {
        waiting,  // run again after `wait`
        obtained, // `set` is in the store
        rehearsed,
        refused, // `refusal` says why; the order is gone
    };
    State state = State::waiting;
    std::chrono::milliseconds wait{0};
    pki::acme::Refusal refusal{};
    SetRecord set{};
};

class OrderRun {
public:
    OrderRun(const Domain& domain, OrderTools tools);
    // Goes on with the domain's order at `authority`, or begins one; `replaces` is the ARI id of
    // the old certificate. Does what can be done without waiting long. An error is the store's.
    [[nodiscard]] Result<Progress> advance(const std::string& authority, bool rehearsal,
                                           const std::string& replaces, time_t now);

private:
    struct Session; // web client, account key and protocol client of one authority
    using Step = Result<std::optional<Progress>>; // nothing: go on with the next step

    [[nodiscard]] Step open_account(Session& session);
    [[nodiscard]] Step begin(Session& session, OrderRecord& record, const std::string& replaces,
                             time_t now);
    [[nodiscard]] Result<std::string> profile_at(const pki::acme::Directory& directory);
    [[nodiscard]] Step prove(Session& session, OrderRecord& record, const pki::acme::Order& order);
    [[nodiscard]] Step prove_one(Session& session, OrderRecord& record,
                                 const pki::acme::Authorization& authorization);
    [[nodiscard]] Result<void> show(OrderRecord& record, const std::string& type,
                                    const std::string& name, const std::string& token,
                                    const std::string& key_authorization);
    [[nodiscard]] Step collect(Session& session, OrderRecord& record, const pki::acme::Order& order,
                               time_t now);
    [[nodiscard]] pki::acme::Refusal why_invalid(Session& session, const pki::acme::Order& order);
    [[nodiscard]] Result<Progress> give_up(OrderRecord& record, pki::acme::Refusal refusal);
    void clear_proofs(const OrderRecord& record);
    [[nodiscard]] Result<void> run_dns_command(const std::string& verb, const std::string& name,
                                               const std::string& proof);

    const Domain& domain_;
    OrderTools tools_;
    Records records_;
    Ledger ledger_;
};

} // namespace signet::mod_md
