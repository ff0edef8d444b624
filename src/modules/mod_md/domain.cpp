#include "modules/mod_md/domain.h"

#include "base/text.h"
#include "server/banner.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/providers.h"

#include <algorithm>

namespace signet::mod_md {
namespace {

using diagnosis::Severity;
using server::Configuration;
using server::VirtualHost;

constexpr int names_overlap = 784, not_agreed = 785, no_challenge = 786, name_not_covered = 787;

bool covers(const std::string& pattern, std::string_view name)
{
    if (pattern == name) return true;
    if (!pattern.starts_with("*.")) return false;
    const size_t dot = name.find('.');
    return dot != name.npos && name.substr(dot) == std::string_view(pattern).substr(1);
}

bool has_name(const Domain& domain, std::string_view name)
{
    return std::ranges::any_of(domain.names,
                               [&](const std::string& one) { return covers(one, name); });
}

std::vector<std::string> names_of(const VirtualHost& host)
{
    std::vector<std::string> names{lowercase(host.server_name)};
    for (const auto& alias : host.aliases) names.push_back(lowercase(alias));
    return names;
}

// A CA certifies names; the last label of an IP address is a number.
bool is_host_name(std::string_view name)
{
    const auto last = name.substr(name.rfind('.') + 1);
    return !name.contains(':') && std::ranges::any_of(last, is_alpha);
}

template <class T> T pick(const std::optional<T>& own, const std::optional<T>& outer, T otherwise)
{
    return own ? *own : outer.value_or(std::move(otherwise));
}

class Planner {
public:
    Planner(Plan& plan, const Configuration& configuration, config::Diagnostics& diagnostics)
        : plan_(plan)
        , configuration_(configuration)
        , diagnostics_(diagnostics)
    {
    }

    bool run()
    {
        for (const auto& wish : plan_.said->domains) plan_.domains.push_back(make(wish));
        for (const auto& host : configuration_.vhosts) adopt(*host);
        if (plan_.said->base_server) assign(configuration_.main);
        for (const auto& host : configuration_.vhosts) assign(*host);
        for (auto& domain : plan_.domains) {
            choose_challenges(domain);
            check(domain);
        }
        check_overlaps();
        return good_;
    }

private:
    void report(Severity severity, int id, const Domain& domain, std::string message,
                std::string cause = {}, std::string fix = {})
    {
        good_ = good_ && severity != Severity::error;
        diagnostics_.add({.severity = severity,
                          .id = id,
                          .position = domain.position,
                          .message = std::move(message),
                          .expected = std::move(cause),
                          .fix = std::move(fix)});
    }

    Domain make(const DomainWish& wish)
    {
        const auto& own = wish.settings;
        const auto& all = plan_.said->defaults;
        Domain domain{.name = wish.name, .names = wish.names, .position = wish.position};
        domain.authorities = pick(own.authorities, all.authorities,
                                  {"https://acme-v02.api.letsencrypt.org/directory"});
        domain.contact = pick(own.contact, all.contact, std::string());
        domain.agreed = pick(own.agreed, all.agreed, false);
        domain.must_staple = pick(own.must_staple, all.must_staple, false);
        domain.stapling = pick(own.stapling, all.stapling, false);
        domain.via_ari = pick(own.via_ari, all.via_ari, true);
        domain.profile_mandatory = pick(own.profile_mandatory, all.profile_mandatory, false);
        domain.mode = pick(own.mode, all.mode, RenewMode::automatic);
        domain.require_https = pick(own.require_https, all.require_https, RequireHttps::off);
        domain.renew_window = pick(own.renew_window, all.renew_window, domain.renew_window);
        domain.warn_window = pick(own.warn_window, all.warn_window, domain.warn_window);
        domain.challenges = pick(own.challenges, all.challenges, {});
        domain.keys = pick(own.keys, all.keys, {KeyWish{}});
        domain.profile = pick(own.profile, all.profile, std::string());
        domain.ca_file = pick(own.ca_file, all.ca_file, std::string());
        domain.proxy_ca_file = pick(own.proxy_ca_file, all.proxy_ca_file, std::string());
        domain.dns_command = pick(own.dns_command, all.dns_command, {});
        domain.external_account = pick(own.external_account, all.external_account, {});
        domain.certificate_files = own.certificate_files;
        domain.key_files = own.key_files;
        return domain;
    }

    [[nodiscard]] bool takes_members(const Domain& domain) const
    {
        for (const auto& wish : plan_.said->domains) {
            if (wish.name == domain.name)
                return pick(wish.settings.members_automatic, plan_.said->defaults.members_automatic,
                            true);
        }
        return true;
    }

    // A host without certificate and without MDomain is a domain itself.
    void adopt(const VirtualHost& host)
    {
        using enum server::CertificateWish;
        const auto* providers = configuration_.providers;
        if (!providers || !providers->certificate_wish || !host.server_name_given) return;
        const auto wish = providers->certificate_wish(configuration_, host);
        if (wish == none || (wish == missing && !plan_.said->defaults.authorities)) return;
        DomainWish domain{.name = lowercase(host.server_name), .position = host.position};
        for (auto& name : names_of(host)) {
            if (!is_host_name(name)) continue;
            if (is_in_a_domain(name)) return; // it will be assigned there
            if (std::ranges::find(domain.names, name) == domain.names.end())
                domain.names.push_back(std::move(name));
        }
        if (!domain.names.empty()) plan_.domains.push_back(make(domain));
    }

    [[nodiscard]] bool is_in_a_domain(const std::string& name) const
    {
        return std::ranges::any_of(plan_.domains,
                                   [&](const Domain& domain) { return has_name(domain, name); });
    }

    // A host belongs to the domain that has one of its names.
    void assign(const VirtualHost& host)
    {
        if (!host.server_name_given) return;
        const auto names = names_of(host);
        Domain* found = nullptr;
        const size_t looked_at = plan_.said->match_all_names ? names.size() : 1;
        for (auto& domain : plan_.domains) {
            const bool fits =
                std::any_of(names.begin(), names.begin() + static_cast<long>(looked_at),
                            [&](const auto& name) { return has_name(domain, name); });
            if (!fits) continue;
            if (found) {
                report(Severity::error, names_overlap, domain,
                       "virtual host " + host.server_name + " belongs to the managed domains "
                           + found->name + " and " + domain.name);
                return;
            }
            found = &domain;
        }
        if (!found) return;
        for (const auto& name : names) {
            if (has_name(*found, name)) continue;
            if (takes_members(*found)) {
                found->names.push_back(name);
            } else {
                report(Severity::error, name_not_covered, *found,
                       "Virtual Host " + host.server_name + " matches Managed Domain '"
                           + found->name + "', but the name " + name + " is not in it",
                       "its members are given by hand (MDMembers manual)",
                       "add " + name + " to MDomain " + found->name);
            }
        }
        if (found->contact.empty()) found->contact = host.base->core().server_admin.value_or("");
        found->hosts.push_back(&host);
    }

    [[nodiscard]] bool listens_at(int port) const
    {
        return port != 0
               && std::ranges::any_of(configuration_.listeners, [&](const auto& listener) {
                      return listener.address.port() == port;
                  });
    }

    void choose_challenges(Domain& domain)
    {
        if (!domain.challenges.empty()) return; // said by MDCAChallenges: as it is
        if (listens_at(plan_.said->https_port)) domain.challenges.emplace_back("tls-alpn-01");
        if (listens_at(plan_.said->http_port)) domain.challenges.emplace_back("http-01");
        if (!domain.dns_command.empty()) domain.challenges.emplace_back("dns-01");
    }

    void check(Domain& domain)
    {
        if (!domain.is_driven()) return;
        if (!domain.agreed) {
            report(Severity::warn, not_agreed, domain,
                   "MD " + domain.name
                       + " cannot get a certificate: the CA's terms of service are "
                         "not accepted");
        }
        const bool wildcard = std::ranges::any_of(
            domain.names, [](const auto& name) { return name.starts_with("*."); });
        const auto can = [&](std::string_view type) {
            return std::ranges::find(domain.challenges, type) != domain.challenges.end();
        };
        if (domain.challenges.empty() || (wildcard && !can("dns-01"))) {
            report(Severity::warn, no_challenge, domain,
                   "MD " + domain.name + " cannot get a certificate: "
                       + (wildcard ? "a name with * needs the challenge dns-01, and there is no "
                                     "MDChallengeDns01"
                                   : "this server listens neither at port 80 nor 443, and there is "
                                     "no MDChallengeDns01"));
        }
    }

    void check_overlaps()
    {
        for (size_t i = 0; i < plan_.domains.size(); ++i) {
            for (size_t j = i + 1; j < plan_.domains.size(); ++j) {
                for (const auto& name : plan_.domains[j].names) {
                    if (std::ranges::find(plan_.domains[i].names, name)
                        == plan_.domains[i].names.end()) {
                        continue;
                    }
                    report(Severity::error, names_overlap, plan_.domains[j],
                           "two Managed Domains have an overlap in domain '" + name + "', first is "
                               + plan_.domains[i].name + ", second is " + plan_.domains[j].name);
                }
            }
        }
    }

    Plan& plan_;
    const Configuration& configuration_;
    config::Diagnostics& diagnostics_;
    bool good_ = true;
};

} // namespace

const Domain* Plan::of_host(const VirtualHost& host) const
{
    for (const auto& domain : domains) {
        if (std::ranges::find(domain.hosts, &host) != domain.hosts.end()) return &domain;
    }
    return nullptr;
}

Result<std::shared_ptr<Plan>> make_plan(std::shared_ptr<const Said> said,
                                        const Configuration& configuration,
                                        config::Diagnostics& diagnostics)
{
    auto plan = std::make_shared<Plan>();
    plan->store = configuration.path(said->store);
    plan->user_agent = "signet/" + std::string(server::signet_version);
    plan->said = std::move(said);
    if (!Planner(*plan, configuration, diagnostics).run())
        return fail("managed domains contradict each other");
    return plan;
}

} // namespace signet::mod_md
