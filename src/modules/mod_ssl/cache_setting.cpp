#include "modules/mod_ssl/cache_setting.h"

#include "base/text.h"

#include <utility>

namespace signet::mod_ssl {
namespace {

using Kind = CacheSetting::Kind;

constexpr int bad_value = 680;
constexpr int no_such_cache = 347;
constexpr const char* example = "shmcb:/run/ssl_scache(512000)";

struct KnownKind {
    std::string_view name;
    Kind kind;
    bool for_staples; // SSLStaplingCache takes it
};
constexpr KnownKind kinds[] = {
    {"none", Kind::none, false},          {"nonenotnull", Kind::none_not_null, false},
    {"shmcb", Kind::shared_memory, true}, {"default", Kind::shared_memory, true},
    {"shm", Kind::shared_memory, true}, // Apache 2.2's names
    {"shmht", Kind::shared_memory, true}, {"dbm", Kind::dbm, true},
    {"redis", Kind::redis, true},         {"memcache", Kind::memcache, true},
};

std::unexpected<Error> refuse_kind(const server::Words& words, const std::string& name)
{
    const bool staples = iequals(words.name(), "SSLStaplingCache");
    return words.refuse(no_such_cache,
                        words.name() + ": '" + name + "' " + (staples ? "stapling" : "session")
                            + " cache not supported (known names: shmcb,dbm,redis,memcache,default)"
                            + (staples ? " " : ". ")
                            + "Maybe you need to load the appropriate socache module (mod_socache_"
                            + name + "?)" + (staples ? "" : "."),
                        iequals(name, "dc")
                            ? "distcache is no longer maintained: redis:host:port shares sessions "
                              "between machines, shmcb:path(bytes) between processes"
                            : "shmcb:path(bytes), dbm:path, redis:host:port, memcache:host:port",
                        words.name() + " " + example);
}

// "/run/ssl_scache(512000)" → 512000; without parentheses the usual size.
Result<size_t> size_of(const server::Words& words, std::string_view argument, size_t usual)
{
    const auto refuse = [&](std::string_view why) {
        return words.refuse(bad_value, words.name() + ": Invalid argument: " + std::string(why),
                            "shmcb:path(bytes), at least 8192 bytes", words.name() + " " + example);
    };
    const size_t open = argument.find('(');
    if (open == argument.npos) return usual;
    if (!argument.ends_with(')') || argument.size() == open + 2) {
        return refuse("no closing parenthesis or cache size missing after pathname with "
                      "parenthesis");
    }
    const auto bytes = parse_number<size_t>(argument.substr(open + 1, argument.size() - open - 2));
    if (!bytes) return refuse("cache size not numerical");
    if (*bytes < 8192) return refuse("size has to be >= 8192 bytes");
    return *bytes;
}

} // namespace

Result<CacheSetting> parse_cache_setting(const server::Words& words)
{
    const std::string_view word(words[0]);
    const size_t colon = word.find(':');
    const std::string name(word.substr(0, colon));
    const std::string_view argument =
        colon == word.npos ? std::string_view() : word.substr(colon + 1);
    const bool staples = iequals(words.name(), "SSLStaplingCache");
    const KnownKind* known = nullptr;
    for (const auto& one : kinds) {
        if (iequals(one.name, name) && (!staples || one.for_staples)) known = &one;
    }
    if (!known) return refuse_kind(words, name);

    CacheSetting setting{.kind = known->kind};
    switch (known->kind) {
    case Kind::none:
    case Kind::none_not_null: break;
    case Kind::shared_memory: {
        auto bytes = size_of(words, argument, setting.bytes);
        if (!bytes) return std::unexpected(bytes.error());
        setting.bytes = *bytes;
        break;
    }
    case Kind::dbm:
        setting.path =
            words.path(argument.empty() ? std::string_view("logs/ssl_scache") : argument);
        break;
    case Kind::redis:
    case Kind::memcache:
        if (argument.empty()) {
            return words.refuse(bad_value,
                                words.name() + ": List of server names required to create " + name
                                    + " socache.",
                                name + ":host:port",
                                words.name() + " " + name + ":127.0.0.1"
                                    + (known->kind == Kind::redis ? ":6379" : ":11211"));
        }
        setting.servers = std::string(argument);
        break;
    }
    return setting;
}

} // namespace signet::mod_ssl
