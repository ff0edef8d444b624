// How often orders were begun at a CA, so that a crash loop or a lost state meets our limit before
// the CA's.
#pragma once
#include "pki/state_store.h"

#include <ctime>
#include <string>
#include <vector>

namespace signet::mod_md {

class Ledger {
public:
    // The store outlives it.
    explicit Ledger(pki::StateStore& store)
        : store_(store)
    {
    }
    static constexpr time_t week = 7 * 86400;
    static constexpr time_t hour = 3600;
    // For one set of names and CA no more than this many orders within an hour, and certificates
    // within a week: Let's Encrypt allows five failed proofs and five duplicates.
    static constexpr size_t same_names_limit = 5;

    // Denied when one more order would be too many; the text says when it will not be.
    [[nodiscard]] Result<void> may_begin(const std::string& authority,
                                         const std::vector<std::string>& names, size_t limit,
                                         time_t now) const;
    // An entry of the future is of a clock that was wrong: who knows when it was. It counts as made
    // now, or a clock put back by a year would leave no order for a year.
    [[nodiscard]] Result<void> correct(const std::string& authority, time_t now);
    // Of the last week.
    [[nodiscard]] Result<size_t> count(const std::string& authority, time_t now) const;
    // To be written down before the order is sent; old entries go.
    [[nodiscard]] Result<void> note(const std::string& authority,
                                    const std::vector<std::string>& names, time_t now);
    // The CA refused the order that was noted last: there is none.
    [[nodiscard]] Result<void> strike(const std::string& authority);
    // To be written down before the certificate of an order is asked for; old entries go.
    [[nodiscard]] Result<void> note_certificate(const std::string& authority,
                                                const std::vector<std::string>& names, time_t now);

private:
    [[nodiscard]] Result<void> add(const std::string& prefix, const std::vector<std::string>& names,
                                   time_t now);

    pki::StateStore& store_;
};

} // namespace signet::mod_md
