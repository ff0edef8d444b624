#include "modules/mod_md/ledger.h"

#include "base/text.h"
#include "http/date.h"

#include <algorithm>
#include <fmt/format.h>
#include <optional>

namespace signet::mod_md {
namespace {

// "ledger/URL/00000001764288000/3": the time sorts as text.
std::string prefix_of(const std::string& authority)
{
    return "ledger/" + authority + '/';
}

std::string certificates_of(const std::string& authority)
{
    return "certificates/" + authority + '/';
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
    std::vector<pki::StateStore::Change> changes;
    for (const auto& prefix : {prefix_of(authority), certificates_of(authority)}) {
        auto entries = store_.list(prefix);
        if (!entries) return std::unexpected(entries.error());
        for (size_t i = 0; i < entries->size(); ++i) {
            const auto& [key, value] = (*entries)[i];
            if (time_of(key, prefix) <= now) continue;
            changes.push_back({key, std::nullopt});
            changes.push_back({key_of(prefix, now, entries->size() + i), value});
        }
    }
    if (changes.empty()) return {};
    return store_.write(changes);
}

Result<void> Ledger::may_begin(const std::string& authority, const std::vector<std::string>& names,
                               size_t limit, time_t now) const
{
    const auto orders = store_.list(prefix_of(authority));
    if (!orders) return std::unexpected(orders.error());
    const auto certificates = store_.list(certificates_of(authority));
    if (!certificates) return std::unexpected(certificates.error());
    // The times of those that count, the oldest first.
    const auto times = [&](const auto& entries, const std::string& prefix, time_t span,
                           const std::optional<std::string>& of) {
        std::vector<time_t> found;
        for (const auto& [key, value] : entries) {
            const time_t when = time_of(key, prefix);
            if (when > now - span && (!of || value == *of)) found.push_back(when);
        }
        return found;
    };
    const auto refused = [&](const std::vector<time_t>& found, const char* what, time_t span) {
        return fail(Error::Kind::denied,
                    fmt::format("{} {} at {}; the next one may begin {}", found.size(), what,
                                authority, http::date_text(found.front() + span).view()));
    };
    const std::string wanted = joined(names);
    if (const auto all = times(*orders, prefix_of(authority), week, {}); all.size() >= limit)
        return refused(all, "orders within a week", week);
    if (const auto same = times(*orders, prefix_of(authority), hour, wanted);
        same.size() >= same_names_limit) {
        return refused(same, "orders for the same names within an hour", hour);
    }
    if (const auto same = times(*certificates, certificates_of(authority), week, wanted);
        same.size() >= same_names_limit) {
        return refused(same, "certificates for the same names within a week", week);
    }
    return {};
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
    return add(prefix_of(authority), names, now);
}

Result<void> Ledger::note_certificate(const std::string& authority,
                                      const std::vector<std::string>& names, time_t now)
{
    return add(certificates_of(authority), names, now);
}

Result<void> Ledger::strike(const std::string& authority)
{
    const auto entries = store_.list(prefix_of(authority));
    if (!entries) return std::unexpected(entries.error());
    if (entries->empty()) return {};
    return store_.write({{entries->back().first, std::nullopt}});
}

Result<void> Ledger::add(const std::string& prefix, const std::vector<std::string>& names,
                         time_t now)
{
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
