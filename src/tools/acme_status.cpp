#include "tools/acme_status.h"

#include "http/date.h"
#include "modules/mod_md/certificate_set.h"
#include "modules/mod_md/domain.h"
#include "modules/mod_md/ledger.h"
#include "modules/mod_md/status_document.h"
#include "process/loader.h"
#include "server/configuration.h"
#include "tools/configuration_options.h"

#include <filesystem>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace signet::tools {
namespace {

using Json = nlohmann::json;

std::string date(time_t when)
{
    return when == 0 ? "" : std::string(http::date_text(when).view());
}

// "in 59 days", "3 hours ago": two dates are seldom compared right.
std::string distance(time_t when, time_t now)
{
    const time_t seconds = std::abs(when - now);
    constexpr std::pair<time_t, const char*> units[] = {
        {86400, "day"}, {3600, "hour"}, {60, "minute"}, {1, "second"}};
    for (const auto& [length, name] : units) {
        const time_t count = seconds / length;
        if (count == 0) continue;
        return fmt::format("{}{} {}{}{}", when > now ? "in " : "", count, name,
                           count == 1 ? "" : "s", when > now ? "" : " ago");
    }
    return "now";
}

Json moment(const std::string& what, time_t when)
{
    return {{"what", what}, {"when", date(when)}, {"at", when}};
}

Json described(const mod_md::Domain& domain)
{
    return {{"name", domain.name},
            {"domains", domain.names},
            {"driven", domain.is_driven()},
            {"agreed", domain.agreed}};
}

Json certificate_json(const mod_md::SetRecord& set)
{
    Json json = {{"from", set.authority}, {"obtained", date(set.obtained)}};
    if (const auto leaf = mod_md::leaf_of(set)) {
        json["serial"] = mod_md::serial_of(*leaf);
        json["valid-from"] = date(leaf->not_before());
        json["valid-until"] = date(leaf->not_after());
        json["expires-at"] = leaf->not_after();
        json["issuer"] = leaf->issuer();
    }
    return json;
}

// What is known of one domain.
Result<Json> describe(const mod_md::Plan& plan, const mod_md::Domain& domain,
                      pki::StateStore& store, time_t now)
{
    auto state = mod_md::read_state(domain, mod_md::Records(store));
    if (!state) return std::unexpected(state.error());
    const auto& status = state->status;
    Json json = described(domain);
    if (state->current) json["certificate"] = certificate_json(*state->current);
    if (state->obtained) json["obtained"] = certificate_json(*state->obtained);
    if (state->order) {
        json["order"] = {{"at", state->order->authority},
                         {"url", state->order->url},
                         {"rehearsal", state->order->rehearsal},
                         {"begun", date(state->order->begun)}};
    }
    json["last"] = moment(status.last, status.last_at);
    json["next"] = moment(status.next, status.next_at);
    if (status.window_start != 0) {
        json["renewal-window"] = {{"start", status.window_start},
                                  {"end", status.window_end},
                                  {"asked-again", date(status.window_checked)}};
    }
    json["failures"] = status.failures;
    if (!status.last_problem.empty()) json["problem"] = status.last_problem;
    json["orders"] = Json::array();
    for (const auto& authority : domain.authorities) {
        auto count = mod_md::Ledger(store).count(authority, now);
        if (!count) return std::unexpected(count.error());
        json["orders"].push_back(
            {{"at", authority}, {"this-week", *count}, {"limit", plan.said->order_limit}});
    }
    return json;
}

std::string text_at(const Json& json, const char* name)
{
    return json.value(name, std::string());
}

void add_line(std::string& text, std::string_view label, const std::string& words)
{
    text += fmt::format("  {:<11}  {}\n", label, words);
}

void add_moment(std::string& text, const char* label, const Json& domain, time_t now)
{
    if (!domain.contains(label)) return;
    const Json& moment = domain[label];
    if (text_at(moment, "what").empty()) return;
    std::string words = text_at(moment, "what");
    if (const time_t at = moment.value("at", time_t{0}); at != 0)
        words += ", " + text_at(moment, "when") + " (" + distance(at, now) + ")";
    add_line(text, label, words);
}

std::string for_people(const Json& domain, time_t now)
{
    std::string text = text_at(domain, "name") + "\n";
    std::string names;
    for (const auto& name : domain["domains"])
        names += (names.empty() ? "" : " ") + name.get<std::string>();
    add_line(text, "names", names);
    if (domain.contains("certificate")) {
        const Json& one = domain["certificate"];
        add_line(text, "certificate",
                 fmt::format("{}, valid until {} ({}), from {}", text_at(one, "serial"),
                             text_at(one, "valid-until"),
                             distance(one.value("expires-at", time_t{0}), now),
                             text_at(one, "from")));
    } else {
        add_line(text, "certificate", "none yet");
    }
    if (domain.contains("obtained"))
        add_line(text, "waiting", text_at(domain["obtained"], "serial") + " (MDActivationDelay)");
    if (domain.contains("order")) {
        const Json& order = domain["order"];
        add_line(text, "in progress",
                 fmt::format("{} at {}, begun {}", order["rehearsal"] ? "rehearsal" : "order",
                             text_at(order, "at"), text_at(order, "begun")));
    }
    add_moment(text, "last", domain, now);
    if (const int failures = domain.value("failures", 0); failures > 0)
        add_line(text, "failures", std::to_string(failures) + " in a row");
    add_moment(text, "next", domain, now);
    for (const auto& one : domain.value("orders", Json::array())) {
        if (one["this-week"] == 0) continue;
        add_line(text, "orders",
                 fmt::format("{} of at most {} this week at {}", one["this-week"].get<size_t>(),
                             one["limit"].get<int>(), text_at(one, "at")));
    }
    if (!domain["driven"])
        add_line(text, "note", "not renewed by signet (MDRenewMode, or no virtual host uses it)");
    else if (!domain["agreed"])
        add_line(text, "note", "nothing is ordered before MDCertificateAgreement accepted");
    return text;
}

} // namespace

Result<std::string> acme_status(const AcmeQuestion& question)
{
    process::CommandLine line;
    set_place(line, question.server_root, question.config_file);
    const process::Loader loader(line);
    config::Diagnostics diagnostics;
    const auto configuration = loader.read(diagnostics);
    if (!configuration) return fail(loader.report(diagnostics));
    const auto* module = configuration->find_module("md_module");
    if (!module) return fail("this signet has no mod_md");
    const auto* config =
        static_cast<const mod_md::Config*>(configuration->main.base->config(module->index));
    const std::string nothing = question.json ? "[]\n"
                                              : "no managed domain: neither an MDomain nor a "
                                                "virtual host that waits for a certificate\n";
    if (!config || !config->said) return nothing;
    auto plan = mod_md::make_plan(config->said, *configuration, diagnostics);
    if (!plan) return fail(plan.error().text + "\n" + loader.report(diagnostics));
    if ((*plan)->domains.empty()) return nothing;
    const time_t now = ::time(nullptr);
    Json domains = Json::array();
    std::optional<pki::StateStore> store;
    if (std::filesystem::exists((*plan)->store)) {
        auto opened = pki::StateStore::open((*plan)->store);
        if (!opened && opened.error().kind == Error::Kind::denied)
            return fail(opened.error().text + "; only root and the server's User may look into it");
        if (!opened) return std::unexpected(opened.error());
        store.emplace(std::move(*opened));
    }
    for (const auto& domain : (*plan)->domains) {
        auto json = store ? describe(**plan, domain, *store, now) : Result<Json>(described(domain));
        if (!json) return std::unexpected(json.error());
        if (!store) {
            (*json)["next"] = moment("the first start of the server with this configuration", 0);
        }
        domains.push_back(std::move(*json));
    }
    if (question.json) return domains.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
    std::string text;
    for (const auto& one : domains) text += for_people(one, now);
    return text;
}

} // namespace signet::tools
