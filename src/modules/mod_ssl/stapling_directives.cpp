#include "base/text.h"
#include "modules/mod_ssl/cache_setting.h"
#include "modules/mod_ssl/config.h"
#include "modules/mod_ssl/part_setters.h"

namespace signet::mod_ssl {
namespace {

using server::Directive;
using server::Takes;
using server::Words;

constexpr int bad_value = 680;

template <auto member> constexpr auto flag = set_flag<&Config::stapling, member>;
template <auto member> constexpr auto seconds = set_seconds<&Config::stapling, member>;

Result<void> force_url(Config& config, const Words& words)
{
    if (!istarts_with(words[0], "http://")) {
        return words.refuse(bad_value, "SSLStaplingForceURL: invalid URL '" + words[0] + "'",
                            "an http:// URL (OCSP responses are signed, so they need no TLS)",
                            "SSLStaplingForceURL http://ocsp.example.com/");
    }
    config.stapling.force_url = words[0];
    return {};
}

// Where staples are kept is our own affair (staples.h): the setting is only checked.
Result<void> cache(Config&, const Words& words)
{
    auto setting = parse_cache_setting(words);
    if (!setting) return std::unexpected(setting.error());
    return {};
}

constexpr uint8_t server_only = config::allowed_server;
using S = StaplingConfig;

constexpr Directive<Config> table[] = {
    {"SSLUseStapling", Takes::flag, flag<&S::use>, server_only, 0, "On or Off"},
    {"SSLStaplingCache", Takes::one, cache, config::in_server, 0, "shmcb:path(bytes)"},
    {"SSLStaplingForceURL", Takes::one, force_url, server_only, 0, "the URL of an OCSP responder"},
    {"SSLStaplingResponderTimeout", Takes::one, seconds<&S::responder_timeout>, server_only, 0,
     "seconds"},
    {"SSLStaplingResponseTimeSkew", Takes::one, seconds<&S::time_skew>, server_only, 0, "seconds"},
    {"SSLStaplingResponseMaxAge", Takes::one, seconds<&S::max_age>, server_only, 0, "seconds"},
    {"SSLStaplingStandardCacheTimeout", Takes::one, seconds<&S::standard_cache>, server_only, 0,
     "seconds"},
    {"SSLStaplingErrorCacheTimeout", Takes::one, seconds<&S::error_cache>, server_only, 0,
     "seconds"},
    {"SSLStaplingReturnResponderErrors", Takes::flag, flag<&S::return_errors>, server_only, 0,
     "On or Off"},
    {"SSLStaplingFakeTryLater", Takes::flag, flag<&S::fake_try_later>, server_only, 0, "On or Off"},
};

} // namespace

StaplingConfig merge(const StaplingConfig& outer, const StaplingConfig& inner)
{
    StaplingConfig merged = outer;
    const auto take = [](auto& into, const auto& from) {
        if (from) into = from;
    };
    take(merged.use, inner.use);
    take(merged.return_errors, inner.return_errors);
    take(merged.fake_try_later, inner.fake_try_later);
    take(merged.force_url, inner.force_url);
    take(merged.responder_timeout, inner.responder_timeout);
    take(merged.time_skew, inner.time_skew);
    take(merged.max_age, inner.max_age);
    take(merged.standard_cache, inner.standard_cache);
    take(merged.error_cache, inner.error_cache);
    return merged;
}

std::span<const Directive<Config>> stapling_directives()
{
    return table;
}

} // namespace signet::mod_ssl
