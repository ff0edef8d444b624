#include "server/dbm_file.h"

#include "server/request.h"
#include "server/worker.h"

#include <apr_dbm.h>
#include <apr_general.h>
#include <apr_pools.h>
#include <array>
#include <memory>
#include <mutex>

namespace signet::server {
namespace {

using DbmAnswer = Result<std::optional<std::string>>;

std::string text_of_status(apr_status_t status)
{
    std::array<char, 200> text{};
    return ::apr_strerror(status, text.data(), text.size());
}

// On a helper thread. The library loads the type's driver once and keeps it; two threads may not do
// that at the same time.
DbmAnswer look_up_in_dbm(const std::string& type, const std::string& path,
                         const std::vector<std::string>& keys)
{
    static std::mutex one_at_a_time;
    const std::lock_guard guard(one_at_a_time);
    static const apr_status_t initialized = ::apr_initialize();
    if (initialized != APR_SUCCESS) return fail(text_of_status(initialized));
    apr_pool_t* memory = nullptr;
    if (::apr_pool_create(&memory, nullptr) != APR_SUCCESS) return fail("no memory");
    const std::unique_ptr<apr_pool_t, void (*)(apr_pool_t*)> owner(memory, ::apr_pool_destroy);
    apr_dbm_t* opened = nullptr;
    const apr_status_t status = ::apr_dbm_open_ex(&opened, type.c_str(), path.c_str(),
                                                  APR_DBM_READONLY, APR_OS_DEFAULT, memory);
    if (status != APR_SUCCESS) return fail(text_of_status(status));
    const std::unique_ptr<apr_dbm_t, void (*)(apr_dbm_t*)> file(opened, ::apr_dbm_close);
    for (const auto& key : keys) {
        apr_datum_t wanted{.dptr = const_cast<char*>(key.data()), .dsize = key.size()};
        apr_datum_t value{};
        if (::apr_dbm_fetch(opened, wanted, &value) != APR_SUCCESS || !value.dptr) continue;
        std::string text(value.dptr, value.dsize);
        ::apr_dbm_freedatum(opened, value);
        return text.substr(0, text.find('\0'));
    }
    return std::nullopt;
}

} // namespace

DbmAnswer find_in_dbm(Request& request, const std::string& type, const std::string& path,
                      std::vector<std::string> keys)
{
    auto found = request.worker->helpers().call(
        [type, path, keys = std::move(keys)] { return look_up_in_dbm(type, path, keys); });
    if (!found) return std::unexpected(std::move(found.error()));
    return std::move(*found);
}

} // namespace signet::server
