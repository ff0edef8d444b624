#include "base/text.h"
#include "modules/list.h"
#include "modules/mod_ssl/cache_watch.h"
#include "modules/mod_ssl/config.h"
#include "modules/mod_ssl/early_data.h"
#include "modules/mod_ssl/stapling.h"
#include "modules/mod_ssl/start_checks.h"
#include "modules/mod_ssl/ticket_rotation.h"
#include "server/banner.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/managed_tls.h"
#include "server/protocols.h"
#include "server/providers.h"
#include "tls/context.h"
#include "tls/credentials.h"
#include "tls/external_cache.h"
#include "tls/pass_phrase.h"
#include "tls/policy.h"
#include "tls/session_cache.h"
#include "tls/spent_tickets.h"
#include "tls/tickets.h"

#include <algorithm>
#include <ctime>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

namespace signet::mod_ssl {
namespace {

using server::Configuration;
using server::VirtualHost;

constexpr int nobody_brings_certificate = 796, must_staple_without_staples = 799;

// What all TLS vhosts of a server share. Tickets, cache and phrases outlive a reload: the master
// hands them from one generation to the next under these names (configuration.shared).
struct Shared {
    std::shared_ptr<tls::TicketKeys> tickets;
    std::shared_ptr<tls::SpentTickets> spent;
    std::shared_ptr<tls::SessionCache> cache;
    std::shared_ptr<tls::ExternalSessions> external;
    std::shared_ptr<tls::PassPhrases> phrases;
    std::shared_ptr<tls::Contexts> contexts;
    std::shared_ptr<Stapling> stapling;
};

template <class T>
std::shared_ptr<T> inherited(const Configuration& configuration, std::string_view name)
{
    const auto found = configuration.shared.find(name);
    if (found == configuration.shared.end()) return nullptr;
    const auto* held = std::any_cast<std::shared_ptr<T>>(&found->second);
    return held ? *held : nullptr;
}

// What root made becomes the property of whoever the workers are. Nothing to do without root.
bool give_to_user(const std::string& path, const std::string& user)
{
    if (::geteuid() != 0 || user.empty()) return true;
    auto number = user.starts_with('#') ? parse_number<uid_t>(std::string_view(user).substr(1))
                                        : std::nullopt;
    if (!number) {
        passwd entry{};
        passwd* found = nullptr;
        std::vector<char> space(16384);
        if (::getpwnam_r(user.c_str(), &entry, space.data(), space.size(), &found) != 0 || !found)
            return false;
        number = found->pw_uid;
    }
    return ::lchown(path.c_str(), *number, static_cast<gid_t>(-1)) == 0;
}

// The folder where OCSP responses outlast a restart. Root makes it, the keeper writes as User.
// Empty when there cannot be one: then they are asked for anew.
std::string response_directory(const Configuration& configuration)
{
    if (configuration.checking_only) return {};
    const auto& process = configuration.process;
    const std::string directory =
        (process.runtime_directory.empty() ? configuration.path("logs") : process.runtime_directory)
        + "/ocsp";
    if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST) return {};
    return give_to_user(directory, process.user) ? directory : std::string();
}

Result<std::unique_ptr<tls::ExternalCache>> external_cache(const CacheSetting& setting)
{
    switch (setting.kind) {
    case CacheSetting::Kind::redis: return tls::redis_cache(setting.servers);
    case CacheSetting::Kind::memcache: return tls::memcache_cache(setting.servers);
    default: return tls::dbm_cache(setting.path);
    }
}

Result<void> open_external_cache(Shared& shared, const CacheSetting& setting,
                                 Configuration& configuration)
{
    shared.external = inherited<tls::ExternalSessions>(configuration, "ssl.external_cache");
    if (shared.external) return {};
    auto cache = external_cache(setting);
    if (!cache) return std::unexpected(cache.error());
    if (setting.kind == CacheSetting::Kind::dbm && !configuration.checking_only) {
        auto files = tls::make_dbm_file(setting.path);
        if (!files) return std::unexpected(files.error());
        for (const auto& path : *files) {
            if (!give_to_user(path, configuration.process.user))
                return fail(path + " cannot be given to " + configuration.process.user);
        }
    }
    auto made = tls::ExternalSessions::create(std::move(*cache));
    if (!made) return std::unexpected(made.error());
    shared.external = std::make_shared<tls::ExternalSessions>(std::move(*made));
    configuration.shared["ssl.external_cache"] = shared.external;
    return {};
}

Result<void> open_cache(Shared& shared, const Config& config, Configuration& configuration)
{
    const auto setting = config.session_cache.value_or(CacheSetting{});
    if (setting.kind == CacheSetting::Kind::none
        || setting.kind == CacheSetting::Kind::none_not_null)
        return {};
    if (setting.kind != CacheSetting::Kind::shared_memory)
        return open_external_cache(shared, setting, configuration);
    shared.cache = inherited<tls::SessionCache>(configuration, "ssl.cache");
    if (shared.cache && shared.cache->shape(0).bytes == setting.bytes) return {};
    auto made = tls::SessionCache::create(setting.bytes);
    if (!made) return std::unexpected(made.error());
    shared.cache = std::make_shared<tls::SessionCache>(std::move(*made));
    configuration.shared["ssl.cache"] = shared.cache;
    return {};
}

// Always there: no memory is used before a ticket is noted.
Result<void> open_spent_tickets(Shared& shared, Configuration& configuration)
{
    shared.spent = inherited<tls::SpentTickets>(configuration, "ssl.spent_tickets");
    if (shared.spent) return {};
    auto made = tls::SpentTickets::create(tls::SpentTickets::usual_places, ::time(nullptr));
    if (!made) return std::unexpected(made.error());
    shared.spent = std::make_shared<tls::SpentTickets>(std::move(*made));
    configuration.shared["ssl.spent_tickets"] = shared.spent;
    return {};
}

Result<Shared> open_shared(const Config& config, const VirtualHost& vhost,
                           Configuration& configuration, config::Diagnostics& diagnostics)
{
    Shared shared;
    shared.contexts = inherited<tls::Contexts>(configuration, "ssl.contexts");
    shared.tickets = inherited<tls::TicketKeys>(configuration, "ssl.tickets");
    shared.phrases = inherited<tls::PassPhrases>(configuration, "ssl.phrases");
    if (!shared.contexts) {
        if (auto works = check_random(diagnostics); !works) return std::unexpected(works.error());
    }
    if (!shared.tickets) {
        auto tickets = tls::TicketKeys::create();
        if (!tickets) return std::unexpected(tickets.error());
        shared.tickets = std::make_shared<tls::TicketKeys>(std::move(*tickets));
        configuration.shared["ssl.tickets"] = shared.tickets;
    }
    if (!shared.phrases) {
        auto phrases =
            tls::PassPhrases::from_directive(config.pass_phrase_dialog.value_or("builtin"),
                                             "signet/" + std::string(server::signet_version));
        if (!phrases) return std::unexpected(phrases.error());
        shared.phrases = std::make_shared<tls::PassPhrases>(std::move(*phrases));
        // After a binary upgrade: what the program before this one was told.
        if (const auto told =
                inherited<std::vector<pki::Secret>>(configuration, "ssl.known_phrases")) {
            for (const auto& phrase : *told) shared.phrases->know(phrase);
            configuration.shared.erase("ssl.known_phrases");
        }
        configuration.shared["ssl.phrases"] = shared.phrases;
    }
    if (auto opened = open_cache(shared, config, configuration); !opened)
        return std::unexpected(opened.error());
    if (auto opened = open_spent_tickets(shared, configuration); !opened)
        return std::unexpected(opened.error());
    if (!shared.contexts) {
        auto key_log = open_key_log(config, configuration, diagnostics);
        if (!key_log) return std::unexpected(key_log.error());
        shared.contexts = std::make_shared<tls::Contexts>(shared.cache.get(), shared.tickets.get(),
                                                          shared.external.get(),
                                                          std::move(*key_log), shared.spent.get());
        configuration.shared["ssl.contexts"] = shared.contexts;
        const auto former = inherited<Stapling>(configuration, "ssl.stapling");
        shared.stapling =
            std::make_shared<Stapling>(response_directory(configuration), former.get());
        configuration.shared["ssl.stapling"] = shared.stapling;
        configuration.keeper_tasks.push_back(std::make_unique<TicketRotation>(shared.tickets));
        configuration.keeper_tasks.push_back(std::make_unique<StapleRefresh>(shared.stapling));
        if (shared.cache) {
            configuration.keeper_tasks.push_back(std::make_unique<CacheWatch>(shared.cache, vhost));
        }
    }
    shared.stapling = inherited<Stapling>(configuration, "ssl.stapling");
    return shared;
}

config::Position position_of(const Config& config, const pki::Problem& problem,
                             const VirtualHost& vhost)
{
    for (const auto* list : {&config.keys, &config.certificates}) {
        for (const auto& file : *list) {
            if (file.path == problem.path) return file.position;
        }
    }
    for (const auto* file :
         {&config.authorities_file, &config.authorities_path, &config.names_file,
          &config.names_path, &config.revocation_file, &config.revocation_path}) {
        if (*file && (*file)->path == problem.path) return (*file)->position;
    }
    if (config.chain && config.chain->path == problem.path) return config.chain->position;
    if (problem.id >= tls::protocol_illegal && problem.id < tls::ciphers_invalid)
        return config.protocols_position;
    return config.certificates.empty() ? vhost.position : config.certificates.front().position;
}

bool report(const pki::Problems& problems, const Config& config, const VirtualHost& vhost,
            config::Diagnostics& diagnostics)
{
    bool failed = false;
    for (const auto& problem : problems) {
        failed = failed || problem.is_error();
        diagnostics.add({.severity = problem.severity,
                         .id = problem.id,
                         .position = position_of(config, problem, vhost),
                         .message = problem.message,
                         .expected = problem.cause,
                         .fix = problem.fix});
    }
    return failed;
}

tls::Settings settings_of(const Config& config, const VirtualHost& vhost,
                          const Configuration& configuration, pki::Problems& problems)
{
    tls::Settings settings;
    settings.host = {.label = vhost.server_name + ":"
                              + std::to_string(vhost.server_port ? vhost.server_port : 443),
                     .server_name = vhost.server_name,
                     .aliases = vhost.aliases};
    settings.host.aliases.insert(settings.host.aliases.end(), vhost.alias_patterns.begin(),
                                 vhost.alias_patterns.end());
    if (!config.protocols.empty()) {
        const std::vector<std::string_view> words(config.protocols.begin(), config.protocols.end());
        settings.protocols =
            tls::parse_protocols(words, config.legacy_protocols.value_or(false), problems);
    }
    if (config.cipher_list) settings.cipher_list = *config.cipher_list;
    if (config.cipher_suites) settings.cipher_suites = *config.cipher_suites;
    settings.honor_cipher_order = config.honor_cipher_order.value_or(false);
    settings.commands = config.commands;
    for (const auto& file : config.certificates) settings.certificate_files.push_back(file.path);
    for (const auto& file : config.keys) settings.key_files.push_back(file.path);
    if (config.chain) settings.chain_file = config.chain->path;
    settings.session_tickets = config.session_tickets.value_or(true);
    if (config.ticket_key) settings.ticket_key_file = config.ticket_key->path;
    settings.session_timeout = config.session_timeout.value_or(std::chrono::seconds(300));
    settings.alpn = server::protocols_for_tls(vhost);
    settings.client_chooses_alpn = !vhost.base->core().protocols_honor_order.value_or(true);
    settings.client = client_verification(config, vhost, configuration);
    settings.insecure_renegotiation = config.insecure_renegotiation.value_or(false);
    return settings;
}

// `Listen 443 https` turns TLS on for the vhosts of that port, as `Protocol https` does for one,
// unless SSLEngine says otherwise.
bool listens_for_https(const VirtualHost& vhost, const Configuration& configuration)
{
    return std::ranges::any_of(configuration.listeners, [&](const server::ListenAddress& listener) {
        return listener.protocol == "https"
               && std::ranges::any_of(vhost.bound, [&](const net::Address& address) {
                      return address.port() == listener.address.port();
                  });
    });
}

bool is_tls(const Config& config, const VirtualHost& vhost, const Configuration& configuration,
            bool has_certificate)
{
    return config.engine.value_or(
        has_certificate
        && (listens_for_https(vhost, configuration) || vhost.base->core().protocol == "https"));
}

// `SSLCertificateFile auto`, and mod_md has nothing for the host.
Result<void> refuse_automatic(const Config& config, const VirtualHost& vhost,
                              config::Diagnostics& diagnostics)
{
    diagnostics.add(
        {.severity = diagnosis::Severity::error,
         .id = nobody_brings_certificate,
         .position = *config.automatic_certificate,
         .message = vhost.server_name_given
                        ? "SSLCertificateFile auto: no CA is asked for " + vhost.server_name
                        : "SSLCertificateFile auto: the virtual host has no ServerName",
         .expected =
             vhost.server_name_given ? "a host name, and MDCertificateAgreement accepted" : "",
         .fix = vhost.server_name_given ? "MDCertificateAgreement accepted" : "ServerName …"});
    return fail("nobody brings a certificate");
}

// Certificates that are named win over those that are brought.
server::ManagedTls::Host* managed_host(server::ManagedTls* managed, const Config& config,
                                       const VirtualHost& vhost)
{
    if (!managed || !config.certificates.empty()) return nullptr;
    const auto found = managed->hosts.find(&vhost);
    return found == managed->hosts.end() ? nullptr : &found->second;
}

// Those of certificates that are brought are brought, too.
std::vector<tls::Staple> staples_of(const Config& config, const tls::Settings& settings,
                                    const tls::Credentials& credentials, const VirtualHost& vhost,
                                    const server::ManagedTls* managed,
                                    server::ManagedTls::Host* brought, const Shared& shared)
{
    if (brought) {
        brought->staple = brought->staple || config.stapling.use.value_or(false);
        return {};
    }
    StaplingConfig stapling = config.stapling;
    const bool by_md = managed && managed->staple_others;
    if (by_md) stapling.renew_window = managed->staple_others;
    if (!by_md && !stapling.use.value_or(false)) return {};
    return shared.stapling->add(
        stapling, credentials,
        {.vhost = vhost, .label = settings.host.label, .authorities = settings.client.authorities});
}

// Credentials of a managed domain for those of its hosts that do not staple: SSLUseStapling is said
// per host.
class WithoutStaples final : public tls::CredentialSource {
public:
    explicit WithoutStaples(std::shared_ptr<tls::CredentialSource> source)
        : source_(std::move(source))
    {
    }
    [[nodiscard]] const tls::Credentials* current(const tls::ClientHello& hello) override
    {
        return source_->current(hello);
    }

private:
    std::shared_ptr<tls::CredentialSource> source_;
};

std::shared_ptr<tls::CredentialSource> source_of(const server::ManagedTls::Host* brought)
{
    if (!brought || brought->staple) return brought ? brought->source : nullptr;
    return std::make_shared<WithoutStaples>(brought->source);
}

void warn_of_must_staple(const VirtualHost& vhost, config::Diagnostics& diagnostics)
{
    diagnostics.add({.severity = diagnosis::Severity::warn,
                     .id = must_staple_without_staples,
                     .position = vhost.position,
                     .message = "MDMustStaple is on for " + vhost.server_name
                                + ", but nothing staples: browsers will refuse its certificate",
                     .expected = {},
                     .fix = "MDStapling on"});
}

// For a CA that looks for the proof of tls-alpn-01.
std::shared_ptr<const tls::Context> challenge_context(tls::Contexts& contexts,
                                                      const server::ManagedTls& managed,
                                                      pki::Problems& problems)
{
    tls::Settings settings;
    settings.host.label = "acme-tls/1";
    settings.alpn = {"acme-tls/1"};
    settings.session_tickets = false;
    return contexts.make(settings, managed.challenge_stand_in, problems, {}, managed.challenges);
}

// For mod_md, which is prepared before us.
server::CertificateWish certificate_wish(const Configuration& configuration,
                                         const VirtualHost& vhost)
{
    using enum server::CertificateWish;
    const auto* module = configuration.find_module("ssl_module");
    if (!module) return none;
    const auto& config = *static_cast<const Config*>(vhost.base->config(module->index));
    if (!config.certificates.empty() || !is_tls(config, vhost, configuration, true)) return none;
    return config.automatic_certificate ? automatic : missing;
}

} // namespace

Result<void> prepare(const Config& config, VirtualHost& vhost, Configuration& configuration,
                     config::Diagnostics& diagnostics)
{
    const std::string label =
        vhost.server_name + ":" + std::to_string(vhost.server_port ? vhost.server_port : 443);
    if (!check_proxy_tls(config.proxy, label, diagnostics))
        return fail("TLS of " + label + " to the servers behind it cannot start");
    const auto managed = inherited<server::ManagedTls>(configuration, server::managed_tls);
    server::ManagedTls::Host* brought = managed_host(managed.get(), config, vhost);
    vhost.tls_engine =
        is_tls(config, vhost, configuration,
               !config.certificates.empty() || brought || config.automatic_certificate);
    if (!vhost.tls_engine) return {};
    if (config.automatic_certificate && !brought)
        return refuse_automatic(config, vhost, diagnostics);
    auto shared = open_shared(config, vhost, configuration, diagnostics);
    if (!shared) return std::unexpected(shared.error());

    pki::Problems problems;
    auto settings = settings_of(config, vhost, configuration, problems);
    const auto store = shared->external ? SessionStore::shared
                       : shared->cache  ? SessionStore::own
                                        : SessionStore::none;
    if (!decide_early_data(config, store, vhost.position, settings, diagnostics))
        return fail("TLS of " + settings.host.label + " cannot start");
    auto credentials =
        brought ? brought->stand_in
                : tls::load_credentials(settings, *shared->phrases, ::time(nullptr), problems);
    const bool failed = report(problems, config, vhost, diagnostics);
    if (failed || !credentials) return fail("TLS of " + settings.host.label + " cannot start");
    auto staples =
        staples_of(config, settings, *credentials, vhost, managed.get(), brought, *shared);
    if (brought && brought->must_staple && !brought->staple)
        warn_of_must_staple(vhost, diagnostics);
    pki::Problems context_problems;
    vhost.tls_context = shared->contexts->make(settings, std::move(credentials), context_problems,
                                               std::move(staples), source_of(brought));
    if (managed && managed->challenge_stand_in) {
        vhost.acme_context = challenge_context(*shared->contexts, *managed, context_problems);
    }
    if (report(context_problems, config, vhost, diagnostics) || !vhost.tls_context) {
        return fail("TLS of " + settings.host.label + " cannot start");
    }
    check_started(config, vhost, configuration, diagnostics);
    for (const auto& one : vhost.tls_context->credentials().all()) one.forget_decoded();
    return {};
}

} // namespace signet::mod_ssl

namespace signet::modules {

server::CertificateWishOf ssl_certificate_wish()
{
    return mod_ssl::certificate_wish;
}

} // namespace signet::modules
