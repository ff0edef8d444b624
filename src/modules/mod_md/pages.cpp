#include "modules/mod_md/pages.h"

#include "base/text.h"
#include "http/date.h"
#include "modules/mod_md/domain.h"
#include "modules/mod_md/status_document.h"
#include "server/banner.h"
#include "server/configuration.h"
#include "server/request.h"
#include "server/response.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace signet::mod_md {
namespace {

using server::Outcome, server::Request, server::Response, server::StatusForm;
using OrderedJson = nlohmann::ordered_json;

constexpr std::string_view certificate_status = "/.httpd/certificate-status";

std::string text_at(const OrderedJson& json, std::string_view pointer)
{
    const OrderedJson::json_pointer path{std::string(pointer)};
    if (!json.contains(path)) return {};
    const OrderedJson& found = json.at(path);
    return found.is_string() ? found.get<std::string>() : found.dump();
}

// Only what everybody may know who connects.
OrderedJson public_part(const OrderedJson& certificates)
{
    OrderedJson shown = OrderedJson::object();
    for (const auto& [kind, one] : certificates.items()) {
        if (kind == "valid") {
            shown["valid"] = one;
            continue;
        }
        for (const char* name : {"valid", "serial", "sha256-fingerprint"})
            if (one.contains(name)) shown[kind][name] = one[name];
    }
    return shown;
}

Outcome answer_json(const OrderedJson& json, Request& request, Response& response)
{
    response.content_type = "application/json";
    response.headers.set("Cache-Control", "no-store");
    response.body.add(request.arena.copy(json.dump(2)));
    return Outcome::done;
}

// "2031-11-28", the whole span as a tool tip.
std::string day(const std::string& http_date)
{
    const auto when = http::parse_date(http_date);
    if (!when) return {};
    tm parts{};
    const time_t seconds = *when;
    if (!::gmtime_r(&seconds, &parts)) return {};
    return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

std::string dated(std::string_view tip, const std::string& shown)
{
    return fmt::format("<span title='{}' style='white-space: nowrap;'>{}</span>", escape_html(tip),
                       shown);
}

std::string host_of(std::string_view url)
{
    const size_t start = url.find("://");
    if (start == url.npos) return std::string(url);
    url.remove_prefix(start + 3);
    return std::string(url.substr(0, url.find_first_of(":/")));
}

std::string status_of(const OrderedJson& domain)
{
    const std::string missing = text_at(domain, "/state-descr");
    return missing.empty() ? "good" : "incomplete: " + missing;
}

// What happens, or happens next, for people.
std::string activity_of(const OrderedJson& domain)
{
    const std::string next = text_at(domain, "/renewal/next-run");
    if (domain.contains("renewal")) {
        const auto& renewal = domain["renewal"];
        if (renewal.contains("cert")) return "finished, new certificate waits until " + next;
        const std::string errors = text_at(renewal, "/errors");
        if (errors != "0") {
            return "Errors: " + errors + ", last: " + text_at(renewal, "/last/problem")
                   + ". Next run " + next;
        }
        return "Ongoing...";
    }
    if (text_at(domain, "/watched") != "true") return "Manual renew";
    return domain.contains("renew-at") ? "" : "Pending";
}

struct Check {
    std::string kind, fingerprint;
};
std::vector<Check> checks_of(const OrderedJson& domain)
{
    std::vector<Check> checks;
    if (!domain.contains("cert")) return checks;
    for (const auto& [kind, one] : domain["cert"].items()) {
        if (kind == "valid") continue;
        checks.push_back({kind, text_at(one, "/sha256-fingerprint")});
    }
    return checks;
}

std::string html_row(const OrderedJson& domain, const Said& said, bool is_odd)
{
    std::string names, links;
    for (const auto& name : domain["domains"])
        names += (names.empty() ? "" : " ") + escape_html(name.get<std::string>());
    for (const auto& [kind, fingerprint] : checks_of(domain)) {
        links += fmt::format("<a href=\"{}{}\">{}[{}]</a><br>", escape_html(said.monitor_url),
                             fingerprint, escape_html(said.monitor_name), escape_html(kind));
    }
    const std::string from = text_at(domain, "/cert/valid/from");
    const std::string until = text_at(domain, "/cert/valid/until");
    const std::string url = text_at(domain, "/ca/url");
    const std::string renew = text_at(domain, "/renew-at");
    std::string activity = escape_html(activity_of(domain));
    if (activity.empty()) activity = "Renew " + dated(renew, day(renew));
    return fmt::format(
        "<tr class=\"{}\"><td>{}</td><td><div style=\"max-width:400px;\">{}</div></td><td>{}</td>"
        "<td>{}</td><td><a href='{}'>{}</a></td><td>{}</td><td>{}</td><td>{}</td></tr>",
        is_odd ? "odd" : "even", escape_html(text_at(domain, "/name")), names,
        escape_html(status_of(domain)),
        until.empty() ? "" : "until " + dated(from + " - " + until, day(until)), escape_html(url),
        escape_html(host_of(url)), text_at(domain, "/stapling") == "true" ? "on" : "off", links,
        activity);
}

std::string as_html(const OrderedJson& domains, const Said& said)
{
    std::string out = "<h3>Managed Certificates</h3>\n<table class='md_status'><thead><tr>\n";
    for (const char* head :
         {"Domain", "Names", "Status", "Valid", "CA", "Stapling", "CheckAt", "Activity"})
        out += fmt::format("<th class=\"{}\">{}</th>", head, head);
    out += "</tr>\n</thead><tbody>";
    bool is_odd = false;
    for (const auto& domain : domains) {
        out += html_row(domain, said, is_odd);
        is_odd = !is_odd;
    }
    return out + "\n</tbody>\n</table>\n";
}

struct Sums {
    size_t all = 0, good = 0, renew = 0, errored = 0, ready = 0;
    size_t staples = 0, staples_good = 0, staples_errored = 0;
};
Sums sums_of(const OrderedJson& domains)
{
    Sums sums;
    for (const auto& domain : domains) {
        const bool is_good = text_at(domain, "/state") == "2";
        ++sums.all;
        sums.good += is_good;
        if (domain.contains("renewal")) {
            const bool failed = text_at(domain, "/renewal/errors") != "0";
            sums.errored += failed;
            sums.ready += domain["renewal"].contains("cert");
        }
        sums.renew += !is_good || domain.contains("renewal");
        for (const auto& [kind, one] : domain["cert"].items()) {
            if (!one.contains("stapling")) continue;
            ++sums.staples;
            sums.staples_good += text_at(one, "/stapling/status") == "good";
            sums.staples_errored += text_at(one, "/stapling/errors") != "0";
        }
    }
    return sums;
}

void add_keys(const OrderedJson& domain, const std::string& prefix, const Said& said,
              std::string& out)
{
    const auto add = [&](std::string_view name, const std::string& value) {
        if (!value.empty()) out += fmt::format("{}{}: {}\n", prefix, name, value);
    };
    add("Domain", text_at(domain, "/name"));
    size_t number = 0;
    for (const auto& name : domain["domains"])
        add(fmt::format("Names[{}]", number++), name.get<std::string>());
    add("Status", status_of(domain));
    add("ValidUntil", day(text_at(domain, "/cert/valid/until")));
    add("CAName", host_of(text_at(domain, "/ca/url")));
    add("CAURL", text_at(domain, "/ca/url"));
    add("Stapling", text_at(domain, "/stapling") == "true" ? "on" : "off");
    for (const auto& [kind, fingerprint] : checks_of(domain)) {
        add("CheckAtType", kind);
        add("CheckAtName", said.monitor_name);
        add("CheckAtURL", said.monitor_url + fingerprint);
        add("CheckAtFingerprint", fingerprint);
    }
    const std::string activity = activity_of(domain);
    const auto renew = http::parse_date(text_at(domain, "/renew-at"));
    if (activity.empty() && renew)
        add("ActivityRenew", std::to_string(*renew - ::time(nullptr)));
    else
        add("Activity", activity);
}

std::string as_keys(const OrderedJson& domains, const Said& said)
{
    const Sums sums = sums_of(domains);
    std::string out = fmt::format(
        "ManagedCertificatesTotal: {}\nManagedCertificatesOK: {}\nManagedCertificatesRenew: {}\n"
        "ManagedCertificatesErrored: {}\nManagedCertificatesReady: {}\n",
        sums.all, sums.good, sums.renew, sums.errored, sums.ready);
    size_t number = 0;
    for (const auto& domain : domains)
        add_keys(domain, fmt::format("ManagedDomain[{}]", number++), said, out);
    return out
           + fmt::format("ManagedStaplingsTotal: {}\nManagedStaplingsOK: {}\n"
                         "ManagedStaplingsRenew: 0\nManagedStaplingsErrored: {}\n",
                         sums.staples, sums.staples_good, sums.staples_errored);
}

std::string as_metrics(const OrderedJson& domains)
{
    std::string until = "# HELP signet_managed_certificate_not_after_seconds When the certificate "
                        "of a managed domain ends.\n"
                        "# TYPE signet_managed_certificate_not_after_seconds gauge\n";
    std::string errors = "# HELP signet_managed_certificate_errors Failures in a row to renew "
                         "it.\n# TYPE signet_managed_certificate_errors gauge\n";
    for (const auto& domain : domains) {
        const std::string label = "{domain=\"" + text_at(domain, "/name") + "\"} ";
        if (const auto end = http::parse_date(text_at(domain, "/cert/valid/until")))
            until += "signet_managed_certificate_not_after_seconds" + label + std::to_string(*end)
                     + "\n";
        const std::string failed = text_at(domain, "/renewal/errors");
        errors +=
            "signet_managed_certificate_errors" + label + (failed.empty() ? "0" : failed) + "\n";
    }
    return until + errors;
}

} // namespace

Outcome show_certificate_status(const Config& config, Request& request, Response& response)
{
    if (request.uri != certificate_status || !config.said->certificate_status || !config.said->plan
        || request.method != http::Method::get) {
        return Outcome::declined;
    }
    const Domain* domain = config.said->plan->of_host(*request.vhost);
    if (!domain) return Outcome::declined;
    for (const auto& one : config.said->status->domains()) {
        if (text_at(one, "/name") != domain->name) continue;
        OrderedJson shown = public_part(one["cert"]);
        if (one.contains("renewal") && one["renewal"].contains("cert"))
            shown["renewal"]["cert"] = public_part(one["renewal"]["cert"]);
        return answer_json(shown, request, response);
    }
    return answer_json(OrderedJson::object(), request, response);
}

Outcome show_md_status(const Config& config, Request& request, Response& response)
{
    if (request.handler != "md-status") return Outcome::declined;
    if (request.method != http::Method::get) return Outcome::declined;
    return answer_json({{"version", "signet/" + std::string(server::signet_version)},
                        {"managed-domains", config.said->status ? config.said->status->domains()
                                                                : OrderedJson::array()}},
                       request, response);
}

void add_to_server_status(const server::Configuration& configuration, StatusForm form,
                          std::string& out)
{
    const auto* module = configuration.find_module("md_module");
    if (!module) return;
    const auto& config =
        *static_cast<const Config*>(configuration.main.base->config(module->index));
    if (!config.said || !config.said->server_status || !config.said->status) return;
    const OrderedJson& domains = config.said->status->domains();
    switch (form) {
    case StatusForm::html: out += as_html(domains, *config.said); break;
    case StatusForm::keys: out += as_keys(domains, *config.said); break;
    case StatusForm::json: out += ",\"managed_domains\":" + domains.dump(); break;
    case StatusForm::metrics: out += as_metrics(domains); break;
    }
}

} // namespace signet::mod_md
