#include "pki/authority_store.h"

#include "base/text.h"

#include <lmdb.h>
#include <unistd.h>

namespace signet::pki {
namespace {

constexpr size_t most_bytes = size_t{1} << 30; // address space, not disk

[[nodiscard]] std::unexpected<Error> fail_store(int code)
{
    return fail(std::string("the authority's records: ") + mdb_strerror(code));
}

MDB_val value_of(std::string_view text)
{
    return {.mv_size = text.size(), .mv_data = const_cast<char*>(text.data())};
}

std::string_view text_of(const MDB_val& value)
{
    return {static_cast<const char*>(value.mv_data), value.mv_size};
}

// "1 REVOKED_AT REASON\n" and the DER.
std::string encode(const IssuedRecord& record)
{
    std::string bytes = "1 ";
    append_signed(bytes, record.revoked_at);
    bytes += ' ';
    append_signed(bytes, record.reason);
    return bytes + "\n" + record.der;
}

Result<IssuedRecord> decode(std::string_view serial, std::string_view bytes)
{
    const size_t end = bytes.find('\n');
    const auto words = split_words(bytes.substr(0, end == bytes.npos ? 0 : end));
    if (words.size() != 3 || words[0] != "1")
        return fail("the authority's records: that of " + std::string(serial) + " is damaged");
    return IssuedRecord{.serial = std::string(serial),
                        .der = std::string(bytes.substr(end + 1)),
                        .revoked_at = parse_number<int64_t>(words[1]).value_or(0),
                        .reason = parse_number<int>(words[2]).value_or(0)};
}

} // namespace

void AuthorityStore::Close::operator()(MDB_env* environment) const
{
    mdb_env_close(environment);
}

Result<AuthorityStore> AuthorityStore::open(const std::string& path, bool create)
{
    if (!create && ::access(path.c_str(), F_OK) != 0)
        return fail(Error::Kind::not_found, path + " does not exist");
    MDB_env* environment = nullptr;
    if (const int code = mdb_env_create(&environment); code != 0) return fail_store(code);
    AuthorityStore store(environment);
    mdb_env_set_maxdbs(environment, 4);
    mdb_env_set_mapsize(environment, most_bytes);
    if (const int code = mdb_env_open(environment, path.c_str(), MDB_NOSUBDIR, 0600); code != 0)
        return fail(path + ": " + mdb_strerror(code));
    int dead = 0;
    mdb_reader_check(environment, &dead); // forgets readers that were killed
    return store;
}

Result<void> AuthorityStore::run(const std::function<Result<void>(Change&)>& work,
                                 unsigned flags) const
{
    MDB_txn* transaction = nullptr;
    if (const int code = mdb_txn_begin(environment_.get(), nullptr, flags, &transaction); code != 0)
        return fail_store(code);
    const auto give_up = [&](std::unexpected<Error> error) -> Result<void> {
        mdb_txn_abort(transaction);
        return error;
    };
    MDB_dbi settings = 0, issued = 0;
    const unsigned open_flags = flags & MDB_RDONLY ? 0 : MDB_CREATE;
    for (const auto& [name, database] : {std::pair{"settings", &settings}, {"issued", &issued}}) {
        const int code = mdb_dbi_open(transaction, name, open_flags, database);
        if (code == MDB_NOTFOUND)
            return give_up(fail(Error::Kind::not_found, "the authority has no records yet"));
        if (code != 0) return give_up(fail_store(code));
    }
    Change change(transaction, settings, issued);
    if (auto done = work(change); !done) return give_up(std::unexpected(done.error()));
    // The commit syncs the file.
    if (const int code = mdb_txn_commit(transaction); code != 0) return fail_store(code);
    return {};
}

Result<void> AuthorityStore::change(const std::function<Result<void>(Change&)>& change)
{
    return run(change, 0);
}

Result<void> AuthorityStore::look(const std::function<Result<void>(Change&)>& look) const
{
    return run(look, MDB_RDONLY);
}

Result<std::optional<std::string>> AuthorityStore::Change::setting(std::string_view name) const
{
    MDB_val key = value_of(name), value{};
    const int code = mdb_get(transaction_, settings_, &key, &value);
    if (code == MDB_NOTFOUND) return std::optional<std::string>();
    if (code != 0) return fail_store(code);
    return std::string(text_of(value));
}

Result<void> AuthorityStore::Change::set(std::string_view name, std::string_view text)
{
    MDB_val key = value_of(name), value = value_of(text);
    if (const int code = mdb_put(transaction_, settings_, &key, &value, 0); code != 0)
        return fail_store(code);
    return {};
}

Result<void> AuthorityStore::Change::put(const IssuedRecord& record, unsigned flags)
{
    const std::string bytes = encode(record);
    MDB_val key = value_of(record.serial), value = value_of(bytes);
    const int code = mdb_put(transaction_, issued_, &key, &value, flags);
    if (code == MDB_KEYEXIST)
        return fail("the serial number " + record.serial + " was used before");
    if (code != 0) return fail_store(code);
    return {};
}

Result<void> AuthorityStore::Change::add(const IssuedRecord& record)
{
    return put(record, MDB_NOOVERWRITE);
}

Result<void> AuthorityStore::Change::replace(const IssuedRecord& record)
{
    return put(record, 0);
}

Result<std::optional<IssuedRecord>> AuthorityStore::Change::find(const std::string& serial) const
{
    MDB_val key = value_of(serial), value{};
    const int code = mdb_get(transaction_, issued_, &key, &value);
    if (code == MDB_NOTFOUND) return std::optional<IssuedRecord>();
    if (code != 0) return fail_store(code);
    auto record = decode(serial, text_of(value));
    if (!record) return std::unexpected(record.error());
    return std::move(*record);
}

Result<std::vector<IssuedRecord>> AuthorityStore::Change::all() const
{
    MDB_cursor* cursor = nullptr;
    if (const int code = mdb_cursor_open(transaction_, issued_, &cursor); code != 0)
        return fail_store(code);
    const std::unique_ptr<MDB_cursor, decltype(&mdb_cursor_close)> owner(cursor, mdb_cursor_close);
    std::vector<IssuedRecord> records;
    MDB_val key{}, value{};
    int code = 0;
    while ((code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT)) == 0) {
        auto record = decode(text_of(key), text_of(value));
        if (!record) return std::unexpected(record.error());
        records.push_back(std::move(*record));
    }
    if (code != MDB_NOTFOUND) return fail_store(code);
    return records;
}

} // namespace signet::pki
