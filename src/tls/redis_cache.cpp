// Sessions in Redis by hiredis. A key is "signet:ssl:" and the session id in hexadecimal; its value
// is the session as OpenSSL encodes it; Redis forgets it when its time is up.
#include "base/text.h"
#include "pki/secret.h"
#include "tls/external_cache.h"

#include <hiredis/hiredis.h>
#include <mutex>
#include <sys/time.h>

namespace signet::tls {
namespace {

struct FreeContext {
    void operator()(redisContext* context) const { redisFree(context); }
};
// A reply may hold a session, which holds a key.
struct FreeReply {
    void operator()(redisReply* reply) const
    {
        if (reply->str) pki::wipe(reply->str, reply->len);
        freeReplyObject(reply);
    }
};
using Connection = std::unique_ptr<redisContext, FreeContext>;
using Reply = std::unique_ptr<redisReply, FreeReply>;

class RedisCache final : public ExternalCache {
public:
    explicit RedisCache(std::vector<CacheServer> servers)
        : servers_(std::move(servers))
    {
    }

    [[nodiscard]] std::string name() const override
    {
        return "redis " + servers_.front().host + ":" + std::to_string(servers_.front().port);
    }

    [[nodiscard]] Result<std::optional<std::string>> find(std::string_view id) override
    {
        const std::string key = key_of(id);
        const char* words[] = {"GET", key.data()};
        const size_t sizes[] = {3, key.size()};
        auto reply = command(id, words, sizes);
        if (!reply) return std::unexpected(reply.error());
        const auto& got = **reply;
        if (got.type == REDIS_REPLY_NIL) return std::nullopt;
        if (got.type != REDIS_REPLY_STRING) return fail("unexpected reply to GET");
        return std::string(got.str, got.len);
    }

    [[nodiscard]] Result<void> store(std::string_view id, std::string_view session,
                                     std::chrono::seconds lifetime) override
    {
        const std::string key = key_of(id);
        const std::string seconds = std::to_string(std::max<int64_t>(lifetime.count(), 1));
        const char* words[] = {"SETEX", key.data(), seconds.data(), session.data()};
        const size_t sizes[] = {5, key.size(), seconds.size(), session.size()};
        auto reply = command(id, words, sizes);
        if (!reply) return std::unexpected(reply.error());
        return {};
    }

    [[nodiscard]] Result<bool> claim(std::string_view id, std::chrono::seconds lifetime) override
    {
        const std::string key = key_of(id);
        const std::string seconds = std::to_string(std::max<int64_t>(lifetime.count(), 1));
        const char* words[] = {"SET", key.data(), "1", "NX", "EX", seconds.data()};
        const size_t sizes[] = {3, key.size(), 1, 2, 2, seconds.size()};
        auto reply = command(id, words, sizes);
        if (!reply) return std::unexpected(reply.error());
        return (*reply)->type == REDIS_REPLY_STATUS;
    }

private:
    static std::string key_of(std::string_view id) { return cache_key(id); }

    // By the id, so that every server of a group asks the same one.
    size_t server_of(std::string_view id) const
    {
        size_t sum = 0;
        for (const char byte : id) sum = sum * 31 + static_cast<unsigned char>(byte);
        return sum % servers_.size();
    }

    Result<Connection> connect(size_t server) const
    {
        const timeval time{.tv_sec = 0, .tv_usec = patience.count() * 1000};
        const auto& [host, port] = servers_[server];
        Connection connection(redisConnectWithTimeout(host.c_str(), port, time));
        if (!connection) return fail("no memory for a connection");
        if (connection->err != 0) return fail(connection->errstr);
        redisSetTimeout(connection.get(), time);
        return connection;
    }

    template <size_t count>
    Result<Reply> command(std::string_view id, const char* (&words)[count],
                          const size_t (&sizes)[count])
    {
        const size_t server = server_of(id);
        auto connection = take(server);
        const bool is_kept = connection != nullptr;
        Reply reply;
        // A kept connection may have been closed at the other end meanwhile: once more, then.
        for (int attempt = is_kept ? 0 : 1; attempt < 2 && !reply; ++attempt) {
            if (attempt == 1) {
                auto made = connect(server);
                if (!made) return std::unexpected(made.error());
                connection = std::move(*made);
            }
            reply.reset(
                static_cast<redisReply*>(redisCommandArgv(connection.get(), static_cast<int>(count),
                                                          const_cast<const char**>(words), sizes)));
            if (!reply && connection->err != REDIS_ERR_EOF) break;
        }
        if (!reply) return fail(connection->errstr);
        if (reply->type == REDIS_REPLY_ERROR) return fail(std::string(reply->str, reply->len));
        give_back(server, std::move(connection));
        return reply;
    }

    Connection take(size_t server)
    {
        const std::lock_guard lock(mutex_);
        for (auto at = idle_.begin(); at != idle_.end(); ++at) {
            if (at->first != server) continue;
            auto connection = std::move(at->second);
            idle_.erase(at);
            return connection;
        }
        return nullptr;
    }

    void give_back(size_t server, Connection connection)
    {
        const std::lock_guard lock(mutex_);
        if (idle_.size() < 8) idle_.emplace_back(server, std::move(connection));
    }

    std::vector<CacheServer> servers_;
    std::mutex mutex_;
    std::vector<std::pair<size_t, Connection>> idle_{};
};

} // namespace

Result<std::unique_ptr<ExternalCache>> redis_cache(std::string_view servers)
{
    auto parsed = parse_cache_servers(servers, 6379);
    if (!parsed) return std::unexpected(parsed.error());
    return std::make_unique<RedisCache>(std::move(*parsed));
}

} // namespace signet::tls
