// What SSLSessionCache and SSLStaplingCache name: a kind of cache, with a size, a path or servers.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslsessioncache
#pragma once
#include "server/words.h"

#include <string>

namespace signet::mod_ssl {

struct CacheSetting {
    enum class Kind : unsigned char { none, none_not_null, shared_memory, dbm, redis, memcache };

    Kind kind = Kind::none;
    size_t bytes = size_t{512} * 1024; // of shared memory
    std::string path{};                // of dbm, below ServerRoot
    std::string servers{};             // of redis and memcache: "host:port,host:port"

    bool operator==(const CacheSetting&) const = default;
};

// Reads the directive's only word. Errors begin with Apache's words.
[[nodiscard]] Result<CacheSetting> parse_cache_setting(const server::Words& words);

} // namespace signet::mod_ssl
