// Sessions in a file, by LMDB: they outlast a restart, and servers on one machine share them. The
// file is only a cache, so it is never synchronised, and thrown away when a server starts and finds
// it damaged.
#include "pki/secret.h"
#include "tls/external_cache.h"

#include <cstring>
#include <ctime>
#include <lmdb.h>
#include <mutex>
#include <sys/stat.h>
#include <unistd.h>

namespace signet::tls {
namespace {

constexpr size_t map_size = size_t{64} << 20;
constexpr size_t expiry_size = sizeof(int64_t); // before the session, in the machine's order

struct CloseEnvironment {
    void operator()(MDB_env* environment) const { mdb_env_close(environment); }
};
using Environment = std::unique_ptr<MDB_env, CloseEnvironment>;

class Transaction {
public:
    Transaction(MDB_env* environment, unsigned flags)
    {
        code = mdb_txn_begin(environment, nullptr, flags, &transaction_);
        if (code == MDB_SUCCESS) code = mdb_dbi_open(transaction_, nullptr, 0, &table);
    }
    ~Transaction()
    {
        if (transaction_) mdb_txn_abort(transaction_);
    }
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    [[nodiscard]] MDB_txn* get() const { return transaction_; }
    int commit() { return mdb_txn_commit(std::exchange(transaction_, nullptr)); }

    int code = MDB_SUCCESS;
    MDB_dbi table = 0;

private:
    MDB_txn* transaction_ = nullptr;
};

MDB_val value_of(std::string_view bytes)
{
    return {.mv_size = bytes.size(), .mv_data = const_cast<char*>(bytes.data())};
}

int64_t expiry_of(const MDB_val& value)
{
    int64_t expires = 0;
    if (value.mv_size >= expiry_size) std::memcpy(&expires, value.mv_data, expiry_size);
    return expires;
}

std::expected<Environment, int> open_environment(const std::string& path)
{
    MDB_env* made = nullptr;
    int code = mdb_env_create(&made);
    Environment environment(made);
    if (code == MDB_SUCCESS) code = mdb_env_set_mapsize(made, map_size);
    if (code == MDB_SUCCESS) {
        code = mdb_env_open(made, path.c_str(),
                            MDB_NOSUBDIR | MDB_NOSYNC | MDB_NOTLS | MDB_NOMEMINIT, 0600);
    }
    if (code != MDB_SUCCESS) return std::unexpected(code);
    int dead = 0;
    mdb_reader_check(made, &dead); // places of readers that were killed
    return environment;
}

class DbmCache final : public ExternalCache {
public:
    explicit DbmCache(std::string path)
        : path_(std::move(path))
    {
    }

    [[nodiscard]] std::string name() const override { return "dbm " + path_; }

    [[nodiscard]] Result<std::optional<std::string>> find(std::string_view id) override
    {
        if (auto opened = open(); !opened) return std::unexpected(opened.error());
        const Transaction reading(environment_.get(), MDB_RDONLY);
        if (reading.code == MDB_NOTFOUND) return std::nullopt; // nothing was ever stored
        if (reading.code != MDB_SUCCESS) return trouble(reading.code);
        MDB_val key = value_of(id);
        MDB_val value{};
        const int code = mdb_get(reading.get(), reading.table, &key, &value);
        if (code == MDB_NOTFOUND) return std::nullopt;
        if (code != MDB_SUCCESS) return trouble(code);
        if (expiry_of(value) <= std::time(nullptr)) return std::nullopt;
        return std::string(static_cast<const char*>(value.mv_data) + expiry_size,
                           value.mv_size - expiry_size);
    }

    [[nodiscard]] Result<void> store(std::string_view id, std::string_view session,
                                     std::chrono::seconds lifetime) override
    {
        if (auto opened = open(); !opened) return opened;
        const int64_t expires = std::time(nullptr) + lifetime.count();
        std::string bytes(reinterpret_cast<const char*>(&expires), expiry_size);
        bytes += session;
        int code = put(id, bytes);
        if (code == MDB_MAP_FULL) {
            code = drop_expired();
            if (code == MDB_SUCCESS) code = put(id, bytes);
        }
        pki::wipe(bytes.data(), bytes.size());
        if (code != MDB_SUCCESS) return trouble(code);
        return {};
    }

    // Where there is no room, nothing is thrown away for it: what was claimed must stay so.
    [[nodiscard]] Result<bool> claim(std::string_view id, std::chrono::seconds lifetime) override
    {
        if (auto opened = open(); !opened) return std::unexpected(opened.error());
        Transaction writing(environment_.get(), 0);
        if (writing.code != MDB_SUCCESS) return trouble(writing.code);
        MDB_val key = value_of(id);
        MDB_val there{};
        const int64_t now = std::time(nullptr);
        int code = mdb_get(writing.get(), writing.table, &key, &there);
        if (code == MDB_SUCCESS && expiry_of(there) > now) return false;
        if (code != MDB_SUCCESS && code != MDB_NOTFOUND) return trouble(code);
        const int64_t expires = now + std::max<int64_t>(lifetime.count(), 1);
        MDB_val value = value_of({reinterpret_cast<const char*>(&expires), expiry_size});
        code = mdb_put(writing.get(), writing.table, &key, &value, 0);
        if (code == MDB_SUCCESS) code = writing.commit();
        if (code != MDB_SUCCESS) return trouble(code);
        return true;
    }

private:
    static std::unexpected<Error> trouble(int code) { return fail(mdb_strerror(code)); }

    int put(std::string_view id, std::string_view bytes)
    {
        Transaction writing(environment_.get(), 0);
        if (writing.code != MDB_SUCCESS) return writing.code;
        MDB_val key = value_of(id);
        MDB_val value = value_of(bytes);
        const int code = mdb_put(writing.get(), writing.table, &key, &value, 0);
        return code == MDB_SUCCESS ? writing.commit() : code;
    }

    // The file is full: what has expired goes; when nothing has, everything does.
    int drop_expired()
    {
        Transaction writing(environment_.get(), 0);
        if (writing.code != MDB_SUCCESS) return writing.code;
        MDB_cursor* cursor = nullptr;
        int code = mdb_cursor_open(writing.get(), writing.table, &cursor);
        if (code != MDB_SUCCESS) return code;
        const int64_t now = std::time(nullptr);
        bool dropped = false;
        MDB_val key{};
        MDB_val value{};
        while (mdb_cursor_get(cursor, &key, &value, MDB_NEXT) == MDB_SUCCESS) {
            if (expiry_of(value) > now) continue;
            dropped = mdb_cursor_del(cursor, 0) == MDB_SUCCESS || dropped;
        }
        mdb_cursor_close(cursor);
        if (!dropped) code = mdb_drop(writing.get(), writing.table, 0);
        return code == MDB_SUCCESS ? writing.commit() : code;
    }

    // LMDB's handles do not survive a fork: each worker opens its own.
    Result<void> open()
    {
        const std::lock_guard lock(mutex_);
        if (environment_ && opened_by_ == ::getpid()) return {};
        (void)environment_.release(); // the parent's, if at all
        auto opened = open_environment(path_);
        if (!opened) return fail(path_ + ": " + mdb_strerror(opened.error()));
        environment_ = std::move(*opened);
        opened_by_ = ::getpid();
        return {};
    }

    std::string path_;
    std::mutex mutex_;
    Environment environment_{};
    pid_t opened_by_ = 0;
};

} // namespace

Result<std::vector<std::string>> make_dbm_file(const std::string& path)
{
    const std::string lock = path + "-lock";
    auto opened = open_environment(path);
    if (!opened && (opened.error() == MDB_INVALID || opened.error() == MDB_VERSION_MISMATCH)) {
        // Only a cache: a damaged one makes room for a new one.
        ::unlink(path.c_str());
        ::unlink(lock.c_str());
        opened = open_environment(path);
    }
    if (!opened) return fail(path + ": " + mdb_strerror(opened.error()));
    return std::vector{path, lock};
}

Result<std::unique_ptr<ExternalCache>> dbm_cache(const std::string& path)
{
    struct stat about {};
    const size_t slash = path.rfind('/');
    const std::string folder = slash == path.npos ? "." : path.substr(0, slash);
    if (::stat(folder.c_str(), &about) != 0 || !S_ISDIR(about.st_mode))
        return fail(folder + " is not a directory");
    return std::make_unique<DbmCache>(path);
}

} // namespace signet::tls
