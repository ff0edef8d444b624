#include "modules/mod_md/ledger.h"

#include "base/text.h"
#include "http/date.h"

#include <algorithm>
#include <fmt/format.h>

namespace signet::mod_md {
namespace {

// "ledger/URL/00000001764288000/3": the time sorts as text.
std::string prefix_of(const std::string& authority)
{
    return "ledger/" + authority + '/';
}

time_t time_of(std::string_view key, const std::string& prefix)
{
    key.remove_prefix(prefix.size());
    return parse_number<time_t>(key.substr(0, key.find('/'))).value_or(0);
}

std::string key_of(const std::string& prefix, time_t when, size_t number)
{
    return fmt::format("{}{:017}/{}", prefix, static_cast<long long>(when), number);
}

} // namespace

Result<void> Ledger::correct(const std::string& authority, time_t now)
{
    const std::string prefix = prefix_of(authority);
    auto entries = store_.list(prefix);
    if (!entries) return std::unexpected(entries.error());
    std::vector<pki::StateStore::Change> changes;
    for (size_t i = 0; i < entries->size(); ++i) {
        const auto& [key, value] = (*entries)[i];
        if (time_of(key, prefix) <= now) continue;
        changes.push_back({key, std::nullopt});
        changes.push_back({key_of(prefix, now, entries->size() + i), value});
    }
    if (changes.empty()) return {};
    return store_.write(changes);
}

Result<void> Ledger::may_begin(const std::string& authority, const std::vector<std::string>& names,
                               size_t limit, time_t now) const
{
    const std::string prefix = prefix_of(authority);
    auto entries = store_.list(prefix);
    if (!entries) return std::unexpected(entries.error());
    const std::string wanted = joined(names);
    size_t all = 0, same = 0;
    time_t oldest = 0, oldest_same = 0;
    for (const auto& [key, value] : *entries) {
        const time_t when = time_of(key, prefix);
        if (when <= now - week) continue;
        if (all++ == 0) oldest = when;
        if (value == wanted && same++ == 0) oldest_same = when;
    }
    if (same < same_names_limit && all < limit) return {};
    const bool by_names = same >= same_names_limit;
    return fail(Error::Kind::denied,
                fmt::format("{} orders within a week at {}{}; the next one may begin {}",
                            by_names ? same : all, authority, by_names ? " for the same names" : "",
                            http::date_text((by_names ? oldest_same : oldest) + week).view()));
}

Result<size_t> Ledger::count(const std::string& authority, time_t now) const
{
    const std::string prefix = prefix_of(authority);
    auto entries = store_.list(prefix);
    if (!entries) return std::unexpected(entries.error());
    return static_cast<size_t>(std::ranges::count_if(
        *entries, [&](const auto& entry) { return time_of(entry.first, prefix) > now - week; }));
}

Result<void> Ledger::note(const std::string& authority, const std::vector<std::string>& names,
                          time_t now)
{
    const std::string prefix = prefix_of(authority);
    auto entries = store_.list(prefix);
    if (!entries) return std::unexpected(entries.error());
    std::vector<pki::StateStore::Change> changes;
    for (auto& [key, value] : *entries) {
        if (time_of(key, prefix) <= now - week) changes.push_back({key, std::nullopt});
    }
    changes.push_back({key_of(prefix, now, entries->size()), joined(names)});
    return store_.write(changes);
}

} // namespace signet::mod_md
