// What a certificate authority must never lose: its keys, every certificate it signed, what it
// revoked. One LMDB file; each change is one transaction that is on the disk before anybody sees
// the certificate, so a process killed at any moment loses nothing and repeats no serial number.
#pragma once
#include "base/result.h"

#include <ctime>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

struct MDB_env;
struct MDB_txn;

namespace signet::pki {

// One certificate that was signed.
struct IssuedRecord {
    std::string serial{}; // lower-case hexadecimal
    std::string der{};
    time_t revoked_at = 0; // 0: it is not
    int reason = 0;        // RFC 5280 §5.3.1
};

class AuthorityStore {
public:
    // A transaction that may write. Changes are kept when the function it is given to succeeds.
    class Change {
    public:
        explicit Change(MDB_txn* transaction, unsigned settings, unsigned issued)
            : transaction_(transaction)
            , settings_(settings)
            , issued_(issued)
        {
        }
        [[nodiscard]] Result<std::optional<std::string>> setting(std::string_view name) const;
        [[nodiscard]] Result<void> set(std::string_view name, std::string_view value);
        // Fails when the serial number was used before.
        [[nodiscard]] Result<void> add(const IssuedRecord& record);
        [[nodiscard]] Result<void> replace(const IssuedRecord& record);
        [[nodiscard]] Result<std::optional<IssuedRecord>> find(const std::string& serial) const;
        [[nodiscard]] Result<std::vector<IssuedRecord>> all() const;

    private:
        [[nodiscard]] Result<void> put(const IssuedRecord& record, unsigned flags);
        MDB_txn* transaction_;
        unsigned settings_, issued_;
    };

    // Opens the file `path`; `create` makes it (0600). Kind::not_found when it is not there.
    [[nodiscard]] static Result<AuthorityStore> open(const std::string& path, bool create);

    [[nodiscard]] Result<void> change(const std::function<Result<void>(Change&)>& change);
    [[nodiscard]] Result<void> look(const std::function<Result<void>(Change&)>& look) const;

private:
    struct Close {
        void operator()(MDB_env* environment) const;
    };
    explicit AuthorityStore(MDB_env* environment)
        : environment_(environment)
    {
    }
    [[nodiscard]] Result<void> run(const std::function<Result<void>(Change&)>& work,
                                   unsigned flags) const;

    std::unique_ptr<MDB_env, Close> environment_;
};

} // namespace signet::pki
