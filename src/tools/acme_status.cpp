#include "tools/acme_status.h"

#include "http/date.h"
#include "modules/mod_md/domain.h"
#include "modules/mod_md/records.h"
#include "process/loader.h"
#include "server/configuration.h"

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

Json described(const mod_md::Domain& domain)
{
    return {{"name", domain.name}, {"domains", domain.names}, {"driven", domain.is_driven()}};
}

// What is known of one domain.
Result<Json> describe(const mod_md::Domain& domain, pki::StateStore& store)
{
    const mod_md::Records records(store);
    auto set = records.certificates(domain.name);
    if (!set) return std::unexpected(set.error());
    auto status = records.status(domain.name);
    if (!status) return std::unexpected(status.error());
    auto order = records.order(domain.name);
    if (!order) return std::unexpected(order.error());
    Json json = described(domain);
    if (*set && !(*set)->certificates.empty()) {
        const auto chain = pki::parse_certificates((*set)->certificates.front().chain, "the store");
        if (chain) {
            json["certificate"] = {{"from", (*set)->authority},
                                   {"obtained", date((*set)->obtained)},
                                   {"valid-from", date(chain->front().not_before())},
                                   {"valid-until", date(chain->front().not_after())},
                                   {"issuer", chain->front().issuer()}};
        }
    }
    if (*order) {
        json["order"] = {{"at", (*order)->authority},
                         {"url", (*order)->url},
                         {"rehearsal", (*order)->rehearsal},
                         {"begun", date((*order)->begun)}};
    }
    json["last"] = {
        {"what", status->last}, {"when", date(status->last_at)}, {"at", status->last_at}};
    json["next"] = {
        {"what", status->next}, {"when", date(status->next_at)}, {"at", status->next_at}};
    if (status->window_start != 0) {
        json["renewal-window"] = {{"start", status->window_start},
                                  {"end", status->window_end},
                                  {"asked-again", date(status->window_checked)}};
    }
    json["failures"] = status->failures;
    if (!status->last_problem.empty()) json["problem"] = status->last_problem;
    return json;
}

std::string for_people(const Json& domains)
{
    std::string text;
    for (const auto& one : domains) {
        text += fmt::format("{}\n", one["name"].get<std::string>());
        std::string names;
        for (const auto& name : one["domains"]) names += ' ' + name.get<std::string>();
        text += fmt::format("  names        {}\n", names.substr(1));
        if (one.contains("certificate")) {
            const auto& certificate = one["certificate"];
            text += fmt::format("  certificate  valid until {}, from {}\n",
                                certificate["valid-until"].get<std::string>(),
                                certificate["from"].get<std::string>());
        } else {
            text += "  certificate  none yet\n";
        }
        if (one.contains("order")) {
            text += fmt::format("  in progress  {} at {}\n",
                                one["order"]["rehearsal"].get<bool>() ? "rehearsal" : "order",
                                one["order"]["at"].get<std::string>());
        }
        for (const char* which : {"last", "next"}) {
            if (!one.contains(which)) continue;
            const auto what = one[which]["what"].get<std::string>();
            const auto when = one[which]["when"].get<std::string>();
            if (!what.empty())
                text +=
                    fmt::format("  {:<11}  {}{}{}\n", which, what, when.empty() ? "" : ", ", when);
        }
        if (!one["driven"].get<bool>())
            text +=
                "  note         not renewed by signet (MDRenewMode, or no virtual host uses it)\n";
    }
    return text;
}

} // namespace

Result<std::string> acme_status(const AcmeQuestion& question)
{
    process::CommandLine line;
    if (!question.server_root.empty()) line.server_root = question.server_root;
    if (!question.config_file.empty()) line.config_file = question.config_file;
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
    Json domains = Json::array();
    std::optional<pki::StateStore> store;
    if (std::filesystem::exists((*plan)->store)) {
        auto opened = pki::StateStore::open((*plan)->store);
        if (!opened) return std::unexpected(opened.error());
        store.emplace(std::move(*opened));
    }
    for (const auto& domain : (*plan)->domains) {
        auto json = store ? describe(domain, *store) : Result<Json>(described(domain));
        if (!json) return std::unexpected(json.error());
        if (!store) {
            (*json)["next"] = {{"what", "the first start of the server with this configuration"},
                               {"when", ""}};
        }
        domains.push_back(std::move(*json));
    }
    return question.json ? domains.dump(2) + "\n" : for_people(domains);
}

} // namespace signet::tools
