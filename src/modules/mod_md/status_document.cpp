#include "modules/mod_md/status_document.h"

#include "base/text.h"
#include "http/date.h"
#include "modules/mod_md/certificate_set.h"
#include "pki/acme/client.h"
#include "tls/live_credentials.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace signet::mod_md {
namespace {

using Json = nlohmann::json;

std::string upper_case(std::string text)
{
    std::ranges::transform(text, text.begin(),
                           [](char c) { return c >= 'a' && c <= 'z' ? char(c - 'a' + 'A') : c; });
    return text;
}

Json validity(time_t from, time_t until)
{
    return {{"from", date(from)}, {"until", date(until)}};
}

Json staple_json(const ManagedStaples::Known& known)
{
    const bool is_good = known.answer.status == pki::OcspStatus::good;
    const bool is_revoked = known.answer.status == pki::OcspStatus::revoked;
    Json json = {{"status", is_good      ? "good"
                            : is_revoked ? "revoked"
                                         : "unknown"},
                 {"renew-at", date(known.due)},
                 {"errors", known.failures}};
    if (known.answer.next_update != 0)
        json["valid"] = validity(known.answer.this_update, known.answer.next_update);
    return json;
}

// All certificates of a set, and how long all of them are valid.
Json set_json(const SetRecord& set, const ManagedStaples* staples)
{
    Json json = Json::object();
    time_t from = 0, until = 0;
    for (const auto& record : set.certificates) {
        const auto leaf = leaf_of(record);
        if (!leaf) continue;
        const std::string fingerprint = tls::certificate_fingerprint(leaf->get());
        std::string hex;
        for (const char byte : fingerprint) append_hex(hex, static_cast<unsigned char>(byte), 2);
        Json one = {{"issuer-name", leaf->issuer()},
                    {"valid", validity(leaf->not_before(), leaf->not_after())},
                    {"serial", upper_case(serial_of(*leaf))},
                    {"sha256-fingerprint", hex}};
        if (auto id = pki::acme::renewal_id(*leaf); !id.empty()) one["ari-cert-id"] = id;
        const auto* known = staples ? staples->find(fingerprint) : nullptr;
        if (known && !known->response.empty()) one["stapling"] = staple_json(*known);
        json[kind_of(*leaf)] = std::move(one);
        from = std::max(from, leaf->not_before());
        until = until == 0 ? leaf->not_after() : std::min(until, leaf->not_after());
    }
    if (until != 0) json["valid"] = validity(from, until);
    return json;
}

std::string window_text(const Window& window)
{
    return window.percent ? std::to_string(window.percent) + "%"
                          : std::to_string(window.fixed.count()) + "s";
}

// "" when nothing is missing.
std::string what_is_missing(const Domain& domain, const DomainState& state, time_t now)
{
    if (!domain.certificate_files.empty()) return {};
    const auto leaf = state.current ? leaf_of(*state.current) : std::nullopt;
    if (leaf && leaf->not_after() < now) return "certificate has expired";
    return what_it_lacks(state.current.value_or(SetRecord{.must_staple = domain.must_staple}),
                         domain);
}

Json renewal_json(const DomainState& state)
{
    const auto& status = state.status;
    Json json = {{"errors", status.failures}};
    if (!status.last.empty())
        json["last"] = {{"detail", status.last}, {"when", date(status.last_at)}};
    if (!status.last_problem.empty()) json["last"]["problem"] = status.last_problem;
    if (status.next_at != 0) json["next-run"] = date(status.next_at);
    if (state.order) {
        json["order"] = {{"url", state.order->authority}, {"rehearsal", state.order->rehearsal}};
    }
    if (state.obtained) {
        json["cert"] = set_json(*state.obtained, nullptr);
        json["finished"] = true;
    }
    return json;
}

} // namespace

std::string date(time_t when)
{
    return std::string(http::date_text(when).view());
}

Result<std::shared_ptr<StatusBoard>> StatusBoard::create()
{
    auto document = SharedDocument::create("signet-md-status", capacity);
    if (!document) return std::unexpected(document.error());
    return std::shared_ptr<StatusBoard>(new StatusBoard(std::move(*document)));
}

StatusBoard::StatusBoard(SharedDocument document)
    : document_(std::move(document))
    , decoded_(std::make_unique<nlohmann::ordered_json>(nlohmann::ordered_json::array()))
{
}

StatusBoard::~StatusBoard() = default;

Result<void> StatusBoard::publish(const std::string& text)
{
    return document_.publish(text);
}

const nlohmann::ordered_json& StatusBoard::domains()
{
    if (document_.version() == seen_) return *decoded_;
    std::string text;
    seen_ = document_.read(text);
    auto json = nlohmann::ordered_json::parse(text, nullptr, false);
    if (json.is_array()) *decoded_ = std::move(json);
    return *decoded_;
}

Result<DomainState> read_state(const Domain& domain, const Records& records)
{
    auto current = records.certificates(domain.name);
    if (!current) return std::unexpected(current.error());
    auto obtained = records.obtained(domain.name);
    if (!obtained) return std::unexpected(obtained.error());
    auto order = records.order(domain.name);
    if (!order) return std::unexpected(order.error());
    auto status = records.status(domain.name);
    if (!status) return std::unexpected(status.error());
    return DomainState{.current = std::move(*current),
                       .obtained = std::move(*obtained),
                       .order = std::move(*order),
                       .status = std::move(*status)};
}

std::string describe(const Domain& domain, const DomainState& state, const ManagedStaples& staples,
                     time_t now)
{
    const std::string missing = what_is_missing(domain, state, now);
    const std::string ca = state.current ? state.current->authority : domain.authorities.front();
    Json json = {{"name", domain.name},
                 {"domains", domain.names},
                 {"ca", {{"proto", "ACME"}, {"url", ca}, {"urls", domain.authorities}}},
                 {"state", missing.empty() ? 2 : 1},
                 {"renew-mode", domain.mode == RenewMode::automatic ? 1
                                : domain.mode == RenewMode::always  ? 2
                                                                    : 0},
                 {"renew-window", window_text(domain.renew_window)},
                 {"warn-window", window_text(domain.warn_window)},
                 {"must-staple", domain.must_staple},
                 {"stapling", staples.is_stapled(domain)},
                 {"ari-renewals", domain.via_ari},
                 {"profile-mandatory", domain.profile_mandatory},
                 {"watched", domain.is_driven()},
                 {"cert", state.current ? set_json(*state.current, &staples) : Json::object()}};
    if (!domain.contact.empty()) json["contacts"] = {domain.contact};
    if (!domain.profile.empty()) json["profile"] = domain.profile;
    if (domain.agreed) json["ca"]["agreement"] = "accepted";
    if (!missing.empty()) json["state-descr"] = missing;
    if (state.status.next == "renewal" && state.status.next_at != 0)
        json["renew-at"] = date(state.status.next_at);
    const bool renews = state.order || state.obtained || state.status.failures > 0;
    if (renews) json["renewal"] = renewal_json(state);
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

} // namespace signet::mod_md
