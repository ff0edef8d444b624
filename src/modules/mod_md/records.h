// What the store holds about a managed domain, as JSON: written by the keeper, read at start and by
// `signet acme status`.
#pragma once
#include "pki/state_store.h"

#include <ctime>
#include <optional>
#include <string>
#include <vector>

namespace signet::mod_md {

// An account at a CA.
struct AccountRecord {
    std::string key;   // DER
    std::string url{}; // empty: not registered yet
};

// A chain with its key.
struct CertificateRecord {
    std::string chain; // PEM, leaf first
    std::string key;   // DER
};

// What is in use, or will be: one certificate per kind of key.
struct SetRecord {
    std::vector<CertificateRecord> certificates{};
    std::string authority{};
    time_t obtained = 0;
    bool must_staple = false; // was asked for
};

// An order that was begun and is not finished. With it a keeper that died goes on where it was.
struct OrderRecord {
    std::string authority{};
    std::string url{}; // empty: the order was not made yet
    bool rehearsal = false;
    std::vector<std::string> names{};
    std::string wish{};                            // kinds of keys, must-staple: when it was begun
    size_t key_index = 0;                          // which of MDPrivateKeys
    std::string key{};                             // DER of the key being certified
    std::vector<CertificateRecord> certificates{}; // finished ones of this renewal
    std::vector<std::string> dns_set{};            // "NAME PROOF": TXT records to tear down
    time_t begun = 0;
};

// What happened last and what comes next.
struct StatusRecord {
    std::string last{}; // for people: "certificate obtained", the CA's words
    time_t last_at = 0;
    time_t next_at = 0;
    std::string next{}; // "renewal", "next attempt"
    int failures = 0;   // in a row
    std::string last_problem{};
    time_t warned_at = 0, errored_at = 0;
    std::string rehearsed{}; // the names that passed a rehearsal, joined
    time_t window_start = 0, window_end = 0, window_checked = 0; // of the CA (ARI)
    std::string serial{}; // of the certificate that it is about
};

// Reads and writes them. An entry that cannot be read counts as missing.
class Records {
public:
    explicit Records(pki::StateStore& store)
        : store_(store)
    {
    }
    [[nodiscard]] Result<std::optional<AccountRecord>> account(const std::string& authority) const;
    [[nodiscard]] Result<std::optional<SetRecord>> certificates(const std::string& domain) const;
    // Those that are not in use yet (MDActivationDelay).
    [[nodiscard]] Result<std::optional<SetRecord>> obtained(const std::string& domain) const;
    [[nodiscard]] Result<std::optional<OrderRecord>> order(const std::string& domain) const;
    [[nodiscard]] Result<StatusRecord> status(const std::string& domain) const;

    [[nodiscard]] Result<void> save(const std::string& authority, const AccountRecord& account);
    [[nodiscard]] Result<void> save(const std::string& domain, const OrderRecord& order);
    [[nodiscard]] Result<void> save(const std::string& domain, const StatusRecord& status);
    [[nodiscard]] Result<void> drop_order(const std::string& domain);
    // The new certificates are obtained and the order is gone, or neither.
    [[nodiscard]] Result<void> finish(const std::string& domain, const SetRecord& set);
    // Those obtained are in use now, in place of the old ones.
    [[nodiscard]] Result<void> activate(const std::string& domain);
    [[nodiscard]] Result<void> drop_obtained(const std::string& domain);

private:
    pki::StateStore& store_;
};

} // namespace signet::mod_md
