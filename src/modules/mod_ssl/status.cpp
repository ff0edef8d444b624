// What mod_ssl adds to the status pages: the session cache's numbers, under Apache's names.
#include "base/clock.h"
#include "modules/list.h"
#include "server/configuration.h"
#include "tls/external_cache.h"
#include "tls/session_cache.h"

#include <algorithm>
#include <fmt/format.h>

namespace signet::mod_ssl {
namespace {

using Counters = tls::SessionCache::Counters;

std::string as_html(const Counters& counted, const tls::SessionCache::Shape& shape, unsigned usage)
{
    std::string out = "<hr>\n<table cellspacing=0 cellpadding=0>\n<tr><td bgcolor=\"#000000\">\n"
                      "<b><font color=\"#ffffff\" face=\"Arial,Helvetica\">SSL/TLS Session Cache "
                      "Status:</font></b></td></tr>\n<tr><td bgcolor=\"#ffffff\">\n";
    const auto write = std::back_inserter(out);
    fmt::format_to(write,
                   "cache type: <b>SHMCB</b>, shared memory: <b>{}</b> bytes, current entries: "
                   "<b>{}</b><br>subcaches: <b>{}</b>, indexes per subcache: <b>{}</b><br>",
                   shape.bytes, counted.sessions, shape.stripes, shape.slots_per_stripe);
    if (shape.oldest_left) {
        const auto& left = *shape.oldest_left;
        fmt::format_to(write,
                       "time left on oldest entries' objects: avg: <b>{}</b> seconds, (range: "
                       "{}...{})<br>",
                       left.average, left.least, left.most);
    }
    fmt::format_to(write,
                   "index usage: <b>{}%</b>, cache usage: <b>{}%</b><br>total entries stored since "
                   "starting: <b>{}</b><br>total entries replaced since starting: <b>0</b><br>",
                   usage, usage, counted.stores);
    fmt::format_to(write,
                   "total entries expired since starting: <b>{}</b><br>total (pre-expiry) entries "
                   "scrolled out of the cache: <b>{}</b><br>",
                   counted.expired, counted.evicted);
    if (counted.evicted > 0) {
        fmt::format_to(write,
                       "age of entries scrolled out: avg: <b>{}</b> seconds, (range: {}...{}), "
                       "<b>{}</b> seconds before they expired<br>",
                       counted.evicted_age_sum / counted.evicted, counted.evicted_age_least,
                       counted.evicted_age_most, counted.evicted_left_sum / counted.evicted);
    }
    fmt::format_to(write,
                   "total retrieves since starting: <b>{}</b> hit, <b>{}</b> miss<br>total removes "
                   "since starting: <b>{}</b> hit, <b>0</b> miss<br></td></tr>\n</table>\n",
                   counted.hits, counted.misses, counted.removed);
    return out;
}

std::string as_keys(const Counters& counted, const tls::SessionCache::Shape& shape, unsigned usage)
{
    std::string out = "TLSSessionCacheStatus\nCacheType: SHMCB\n";
    const auto write = std::back_inserter(out);
    fmt::format_to(write,
                   "CacheSharedMemory: {}\nCacheCurrentEntries: {}\nCacheSubcaches: {}\n"
                   "CacheIndexesPerSubcaches: {}\n",
                   shape.bytes, counted.sessions, shape.stripes, shape.slots_per_stripe);
    if (shape.oldest_left) {
        const auto& left = *shape.oldest_left;
        fmt::format_to(write,
                       "CacheTimeLeftOldestAvg: {}\nCacheTimeLeftOldestMin: {}\n"
                       "CacheTimeLeftOldestMax: {}\n",
                       left.average, left.least, left.most);
    }
    fmt::format_to(write, "CacheIndexUsage: {}%\nCacheUsage: {}%\n", usage, usage);
    fmt::format_to(write,
                   "CacheStoreCount: {}\nCacheReplaceCount: 0\nCacheExpireCount: {}\n"
                   "CacheDiscardCount: {}\n",
                   counted.stores, counted.expired, counted.evicted);
    if (counted.evicted > 0) {
        fmt::format_to(write,
                       "CacheDiscardAgeAvg: {}\nCacheDiscardAgeMin: {}\nCacheDiscardAgeMax: {}\n"
                       "CacheDiscardTimeLeftAvg: {}\n",
                       counted.evicted_age_sum / counted.evicted, counted.evicted_age_least,
                       counted.evicted_age_most, counted.evicted_left_sum / counted.evicted);
    }
    fmt::format_to(write,
                   "CacheRetrieveHitCount: {}\nCacheRetrieveMissCount: {}\n"
                   "CacheRemoveHitCount: {}\nCacheRemoveMissCount: 0\n",
                   counted.hits, counted.misses, counted.removed);
    return out;
}

std::string as_json(const Counters& counted, const tls::SessionCache::Shape& shape)
{
    return fmt::format(",\"tls_session_cache\":{{\"bytes\":{},\"sessions\":{},\"stores\":{},"
                       "\"hits\":{},\"misses\":{},\"expired\":{},\"evicted\":{},"
                       "\"evicted_age_seconds\":{{\"average\":{},\"least\":{},\"most\":{}}},"
                       "\"evicted_seconds_left\":{}}}",
                       shape.bytes, counted.sessions, counted.stores, counted.hits, counted.misses,
                       counted.expired, counted.evicted,
                       counted.evicted_age_sum / std::max<uint64_t>(counted.evicted, 1),
                       counted.evicted_age_least, counted.evicted_age_most,
                       counted.evicted_left_sum / std::max<uint64_t>(counted.evicted, 1));
}

std::string as_metrics(const Counters& counted)
{
    return fmt::format("# HELP signet_tls_session_cache_sessions Sessions in the shared cache.\n"
                       "# TYPE signet_tls_session_cache_sessions gauge\n"
                       "signet_tls_session_cache_sessions {}\n"
                       "# HELP signet_tls_session_cache_lookups_total Sessions clients came back "
                       "with.\n"
                       "# TYPE signet_tls_session_cache_lookups_total counter\n"
                       "signet_tls_session_cache_lookups_total{{result=\"hit\"}} {}\n"
                       "signet_tls_session_cache_lookups_total{{result=\"miss\"}} {}\n",
                       counted.sessions, counted.hits, counted.misses);
}

// Of a store outside: what was asked of it, and how often it was not asked because it fails.
std::string describe_store(const tls::ExternalSessions& store, server::StatusForm form)
{
    const auto counted = store.counters();
    switch (form) {
    case server::StatusForm::html:
        return fmt::format(
            "<hr>\nSSL/TLS sessions in <b>{}</b>: stored <b>{}</b>, found <b>{}</b>, not "
            "found <b>{}</b>, failures <b>{}</b>, not asked while failing <b>{}</b>\n",
            store.cache().name(), counted.stores, counted.hits, counted.misses, counted.failures,
            counted.skipped);
    case server::StatusForm::keys:
        return fmt::format("TLSSessionCacheStatus\nCacheType: {}\nCacheStoreCount: {}\n"
                           "CacheRetrieveHitCount: {}\nCacheRetrieveMissCount: {}\n"
                           "CacheFailureCount: {}\nCacheSkippedCount: {}\n",
                           store.cache().name(), counted.stores, counted.hits, counted.misses,
                           counted.failures, counted.skipped);
    case server::StatusForm::json:
        return fmt::format(",\"tls_session_store\":{{\"stores\":{},\"hits\":{},\"misses\":{},"
                           "\"failures\":{},\"skipped\":{}}}",
                           counted.stores, counted.hits, counted.misses, counted.failures,
                           counted.skipped);
    case server::StatusForm::metrics:
        return fmt::format(
            "# HELP signet_tls_session_store_total Questions to the external session store.\n"
            "# TYPE signet_tls_session_store_total counter\n"
            "signet_tls_session_store_total{{result=\"hit\"}} {}\n"
            "signet_tls_session_store_total{{result=\"miss\"}} {}\n"
            "signet_tls_session_store_total{{result=\"failure\"}} {}\n"
            "signet_tls_session_store_total{{result=\"skipped\"}} {}\n",
            counted.hits, counted.misses, counted.failures, counted.skipped);
    }
    return {};
}

template <class T>
const T* shared(const server::Configuration& configuration, std::string_view name)
{
    const auto found = configuration.shared.find(name);
    if (found == configuration.shared.end()) return nullptr;
    const auto* held = std::any_cast<std::shared_ptr<T>>(&found->second);
    return held ? held->get() : nullptr;
}

void describe(const server::Configuration& configuration, server::StatusForm form, std::string& out)
{
    if (const auto* store = shared<tls::ExternalSessions>(configuration, "ssl.external_cache")) {
        out += describe_store(*store, form);
        return;
    }
    const auto* cache = shared<tls::SessionCache>(configuration, "ssl.cache");
    if (!cache) return;
    const auto counted = cache->counters();
    const auto shape = cache->shape(wall_micros() / 1'000'000);
    const size_t slots = shape.stripes * shape.slots_per_stripe;
    const auto usage = slots == 0 ? 0U : static_cast<unsigned>(counted.sessions * 100 / slots);
    switch (form) {
    case server::StatusForm::html: out += as_html(counted, shape, usage); break;
    case server::StatusForm::keys: out += as_keys(counted, shape, usage); break;
    case server::StatusForm::json: out += as_json(counted, shape); break;
    case server::StatusForm::metrics: out += as_metrics(counted); break;
    }
}

} // namespace

server::StatusSection status_section()
{
    return describe;
}

} // namespace signet::mod_ssl

namespace signet::modules {

server::StatusSection ssl_status()
{
    return mod_ssl::status_section();
}

} // namespace signet::modules
