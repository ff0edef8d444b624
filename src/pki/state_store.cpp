#include "pki/state_store.h"

#include <cerrno>
#include <lmdb.h>
#include <sys/stat.h>

namespace signet::pki {
namespace {

constexpr size_t map_size = size_t{256} << 20; // address space, not memory

std::unexpected<Error> fail_lmdb(std::string_view what, int code)
{
    return fail(code == EACCES ? Error::Kind::denied : Error::Kind::failed,
                std::string(what) + ": " + mdb_strerror(code));
}

MDB_val value_of(std::string_view text)
{
    return {.mv_size = text.size(), .mv_data = const_cast<char*>(text.data())};
}

std::string_view text_of(const MDB_val& value)
{
    return {static_cast<const char*>(value.mv_data), value.mv_size};
}

// Aborted unless it was committed.
class Transaction {
public:
    Transaction(MDB_env* environment, unsigned flags)
        : code_(mdb_txn_begin(environment, nullptr, flags, &transaction_))
    {
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction()
    {
        if (transaction_) mdb_txn_abort(transaction_);
    }
    [[nodiscard]] int code() const { return code_; }
    [[nodiscard]] MDB_txn* get() const { return transaction_; }
    [[nodiscard]] int commit() { return mdb_txn_commit(std::exchange(transaction_, nullptr)); }

private:
    MDB_txn* transaction_ = nullptr;
    int code_;
};

} // namespace

struct StateStore::Environment {
    struct Close {
        void operator()(MDB_env* environment) const { mdb_env_close(environment); }
    };
    std::unique_ptr<MDB_env, Close> handle;
    MDB_dbi table = 0;
};

StateStore::StateStore(std::unique_ptr<Environment> environment)
    : environment_(std::move(environment))
{
}
StateStore::StateStore(StateStore&&) noexcept = default;
StateStore& StateStore::operator=(StateStore&&) noexcept = default;
StateStore::~StateStore() = default;

Result<StateStore> StateStore::open(const std::string& directory)
{
    if (::mkdir(directory.c_str(), 0700) != 0 && errno != EEXIST) return fail_errno(directory);
    auto environment = std::make_unique<Environment>();
    MDB_env* handle = nullptr;
    if (const int code = mdb_env_create(&handle); code != 0) return fail_lmdb("LMDB", code);
    environment->handle.reset(handle);
    mdb_env_set_mapsize(handle, map_size);
    // Reading slots are of transactions, not of threads: a process that died leaves none behind.
    if (const int code = mdb_env_open(handle, directory.c_str(), MDB_NOTLS, 0600); code != 0)
        return fail_lmdb(directory, code);
    int dead = 0;
    mdb_reader_check(handle, &dead);
    Transaction transaction(handle, 0);
    if (transaction.code() != 0) return fail_lmdb(directory, transaction.code());
    int code = mdb_dbi_open(transaction.get(), nullptr, 0, &environment->table);
    if (code == 0) code = transaction.commit();
    if (code != 0) return fail_lmdb(directory, code);
    return StateStore(std::move(environment));
}

Result<std::optional<std::string>> StateStore::get(std::string_view key) const
{
    const Transaction transaction(environment_->handle.get(), MDB_RDONLY);
    if (transaction.code() != 0) return fail_lmdb("cannot read the state", transaction.code());
    MDB_val name = value_of(key), value{};
    const int code = mdb_get(transaction.get(), environment_->table, &name, &value);
    if (code == MDB_NOTFOUND) return std::nullopt;
    if (code != 0) return fail_lmdb(key, code);
    return std::string(text_of(value));
}

Result<StateStore::Entries> StateStore::list(std::string_view prefix) const
{
    const Transaction transaction(environment_->handle.get(), MDB_RDONLY);
    if (transaction.code() != 0) return fail_lmdb("cannot read the state", transaction.code());
    MDB_cursor* cursor = nullptr;
    if (const int code = mdb_cursor_open(transaction.get(), environment_->table, &cursor);
        code != 0) {
        return fail_lmdb("cannot read the state", code);
    }
    Entries entries;
    MDB_val name = value_of(prefix), value{};
    int code = mdb_cursor_get(cursor, &name, &value, prefix.empty() ? MDB_FIRST : MDB_SET_RANGE);
    while (code == 0 && text_of(name).starts_with(prefix)) {
        entries.emplace_back(text_of(name), text_of(value));
        code = mdb_cursor_get(cursor, &name, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    if (code != 0 && code != MDB_NOTFOUND) return fail_lmdb("cannot read the state", code);
    return entries;
}

Result<void> StateStore::write(const std::vector<Change>& changes)
{
    Transaction transaction(environment_->handle.get(), 0);
    if (transaction.code() != 0) return fail_lmdb("cannot write the state", transaction.code());
    for (const auto& change : changes) {
        MDB_val name = value_of(change.key);
        int code = 0;
        if (change.value) {
            MDB_val value = value_of(*change.value);
            code = mdb_put(transaction.get(), environment_->table, &name, &value, 0);
        } else {
            code = mdb_del(transaction.get(), environment_->table, &name, nullptr);
            if (code == MDB_NOTFOUND) code = 0;
        }
        if (code != 0) return fail_lmdb(change.key, code);
    }
    if (const int code = transaction.commit(); code != 0)
        return fail_lmdb("cannot write the state", code);
    return {};
}

} // namespace signet::pki
