#include "modules/mod_md/records.h"

#include "pki/acme/jose.h"

#include <nlohmann/json.hpp>

namespace signet::mod_md {
namespace {

using Json = nlohmann::json;

// Bytes inside of JSON.
Json bytes(const std::string& text)
{
    return pki::acme::base64url(text);
}
std::string bytes_of(const Json& json)
{
    if (!json.is_string()) return {};
    return pki::acme::from_base64url(json.get<std::string>()).value_or("");
}

std::string account_key(const std::string& authority)
{
    return "account/" + authority;
}
std::string entry(const std::string& domain, const char* what)
{
    return "domain/" + domain + '/' + what;
}

// Whatever bytes came from a CA or a configuration: JSON takes UTF-8 only, and throws otherwise.
std::string written(const Json& json)
{
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json json_of(const std::vector<CertificateRecord>& certificates)
{
    Json list = Json::array();
    for (const auto& one : certificates)
        list.push_back({{"chain", one.chain}, {"key", bytes(one.key)}});
    return list;
}

std::vector<CertificateRecord> certificates_of(const Json& list)
{
    std::vector<CertificateRecord> certificates;
    if (!list.is_array()) return certificates;
    for (const auto& one : list) {
        certificates.push_back(
            {.chain = one.value("chain", ""), .key = bytes_of(one.value("key", Json()))});
    }
    return certificates;
}

SetRecord set_of(const Json& json)
{
    return {.certificates = certificates_of(json.at("certificates")),
            .authority = json.value("authority", ""),
            .obtained = json.value("obtained", time_t{0}),
            .must_staple = json.value("must_staple", false)};
}

// The entry's JSON through `make`, which may throw what nlohmann throws for a wrong type.
template <class T, class Make>
Result<std::optional<T>> read(const pki::StateStore& store, const std::string& key, Make&& make)
{
    auto text = store.get(key);
    if (!text) return std::unexpected(text.error());
    if (!*text) return std::nullopt;
    try {
        return make(Json::parse(**text));
    } catch (const Json::exception&) {
        return std::nullopt;
    }
}

} // namespace

Result<std::optional<AccountRecord>> Records::account(const std::string& authority) const
{
    return read<AccountRecord>(store_, account_key(authority), [](const Json& json) {
        return AccountRecord{.key = bytes_of(json.at("key")), .url = json.value("url", "")};
    });
}

Result<std::optional<SetRecord>> Records::certificates(const std::string& domain) const
{
    return read<SetRecord>(store_, entry(domain, "certificates"), set_of);
}

Result<std::optional<SetRecord>> Records::obtained(const std::string& domain) const
{
    return read<SetRecord>(store_, entry(domain, "obtained"), set_of);
}

Result<std::optional<OrderRecord>> Records::order(const std::string& domain) const
{
    return read<OrderRecord>(store_, entry(domain, "order"), [](const Json& json) {
        return OrderRecord{.authority = json.at("authority"),
                           .url = json.value("url", ""),
                           .rehearsal = json.value("rehearsal", false),
                           .names = json.at("names"),
                           .wish = json.value("wish", ""),
                           .key_index = json.value("key_index", size_t{0}),
                           .key = bytes_of(json.value("key", Json())),
                           .certificates = certificates_of(json.value("certificates", Json())),
                           .dns_set = json.value("dns_set", std::vector<std::string>()),
                           .begun = json.value("begun", time_t{0})};
    });
}

Result<StatusRecord> Records::status(const std::string& domain) const
{
    auto found = read<StatusRecord>(store_, entry(domain, "status"), [](const Json& json) {
        return StatusRecord{.last = json.value("last", ""),
                            .last_at = json.value("last_at", time_t{0}),
                            .next_at = json.value("next_at", time_t{0}),
                            .next = json.value("next", ""),
                            .failures = json.value("failures", 0),
                            .last_problem = json.value("last_problem", ""),
                            .warned_at = json.value("warned_at", time_t{0}),
                            .errored_at = json.value("errored_at", time_t{0}),
                            .rehearsed = json.value("rehearsed", ""),
                            .window_start = json.value("window_start", time_t{0}),
                            .window_end = json.value("window_end", time_t{0}),
                            .window_checked = json.value("window_checked", time_t{0}),
                            .serial = json.value("serial", "")};
    });
    if (!found) return std::unexpected(found.error());
    return found->value_or(StatusRecord{});
}

Result<void> Records::save(const std::string& authority, const AccountRecord& account)
{
    const Json json = {{"key", bytes(account.key)}, {"url", account.url}};
    return store_.write({{account_key(authority), written(json)}});
}

Result<void> Records::save(const std::string& domain, const OrderRecord& order)
{
    const Json json = {
        {"authority", order.authority}, {"url", order.url},
        {"rehearsal", order.rehearsal}, {"names", order.names},
        {"wish", order.wish},           {"key_index", order.key_index},
        {"key", bytes(order.key)},      {"certificates", json_of(order.certificates)},
        {"dns_set", order.dns_set},     {"begun", order.begun}};
    return store_.write({{entry(domain, "order"), written(json)}});
}

Result<void> Records::save(const std::string& domain, const StatusRecord& status)
{
    const Json json = {{"last", status.last},
                       {"last_at", status.last_at},
                       {"next_at", status.next_at},
                       {"next", status.next},
                       {"failures", status.failures},
                       {"last_problem", status.last_problem},
                       {"warned_at", status.warned_at},
                       {"errored_at", status.errored_at},
                       {"rehearsed", status.rehearsed},
                       {"window_start", status.window_start},
                       {"window_end", status.window_end},
                       {"window_checked", status.window_checked},
                       {"serial", status.serial}};
    return store_.write({{entry(domain, "status"), written(json)}});
}

Result<void> Records::drop_order(const std::string& domain)
{
    return store_.write({{entry(domain, "order"), std::nullopt}});
}

Result<void> Records::drop_obtained(const std::string& domain)
{
    return store_.write({{entry(domain, "obtained"), std::nullopt}});
}

Result<void> Records::finish(const std::string& domain, const SetRecord& set)
{
    const Json json = {{"certificates", json_of(set.certificates)},
                       {"authority", set.authority},
                       {"obtained", set.obtained},
                       {"must_staple", set.must_staple}};
    return store_.write(
        {{entry(domain, "obtained"), written(json)}, {entry(domain, "order"), std::nullopt}});
}

Result<void> Records::activate(const std::string& domain)
{
    auto text = store_.get(entry(domain, "obtained"));
    if (!text) return std::unexpected(text.error());
    if (!*text) return {};
    return store_.write({{entry(domain, "certificates"), std::move(**text)},
                         {entry(domain, "obtained"), std::nullopt}});
}

} // namespace signet::mod_md
