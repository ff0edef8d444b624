#include "base/text.h"
#include "modules/mod_ssl/config.h"
#include "modules/mod_ssl/start_checks.h"
#include "modules/mod_ssl/ticket_rotation.h"
#include "server/banner.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/protocols.h"
#include "tls/context.h"
#include "tls/credentials.h"
#include "tls/pass_phrase.h"
#include "tls/policy.h"
#include "tls/session_cache.h"
#include "tls/tickets.h"

#include <algorithm>
#include <ctime>

namespace signet::mod_ssl {
namespace {

using server::Configuration;
using server::VirtualHost;

// What all TLS vhosts of a server share. Tickets, cache and phrases outlive a reload: the master
// hands them from one generation to the next under these names (configuration.shared).
struct Shared {
    std::shared_ptr<tls::TicketKeys> tickets;
    std::shared_ptr<tls::SessionCache> cache;
    std::shared_ptr<tls::PassPhrases> phrases;
    std::shared_ptr<tls::Contexts> contexts;
};

template <class T>
std::shared_ptr<T> inherited(const Configuration& configuration, std::string_view name)
{
    const auto found = configuration.shared.find(name);
    if (found == configuration.shared.end()) return nullptr;
    const auto* held = std::any_cast<std::shared_ptr<T>>(&found->second);
    return held ? *held : nullptr;
}

// "shmcb:/path(512000)" → 512000.
size_t cache_size(std::string_view setting)
{
    constexpr size_t usual = 512 * 1024;
    const size_t open = setting.rfind('(');
    if (open == setting.npos || !setting.ends_with(')')) return usual;
    return parse_number<size_t>(setting.substr(open + 1, setting.size() - open - 2))
        .value_or(usual);
}

Result<void> open_cache(Shared& shared, const Config& config, Configuration& configuration)
{
    const std::string setting = config.session_cache.value_or("none");
    if (istarts_with(setting, "none")) return {};
    shared.cache = inherited<tls::SessionCache>(configuration, "ssl.cache");
    if (shared.cache) return {};
    auto made = tls::SessionCache::create(cache_size(setting));
    if (!made) return std::unexpected(made.error());
    shared.cache = std::make_shared<tls::SessionCache>(std::move(*made));
    configuration.shared["ssl.cache"] = shared.cache;
    return {};
}

Result<Shared> open_shared(const Config& config, Configuration& configuration,
                           config::Diagnostics& diagnostics)
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
    if (!shared.contexts) {
        auto key_log = open_key_log(config, configuration, diagnostics);
        if (!key_log) return std::unexpected(key_log.error());
        shared.contexts = std::make_shared<tls::Contexts>(shared.cache.get(), shared.tickets.get(),
                                                          std::move(*key_log));
        configuration.shared["ssl.contexts"] = shared.contexts;
        configuration.keeper_tasks.push_back(std::make_unique<TicketRotation>(shared.tickets));
    }
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

tls::Settings settings_of(const Config& config, const VirtualHost& vhost, pki::Problems& problems)
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

} // namespace

Result<void> prepare(const Config& config, VirtualHost& vhost, Configuration& configuration,
                     config::Diagnostics& diagnostics)
{
    const bool by_listener =
        !config.engine && !config.certificates.empty()
        && (listens_for_https(vhost, configuration) || vhost.base->core().protocol == "https");
    vhost.tls_engine = config.engine.value_or(false) || by_listener;
    if (!vhost.tls_engine) return {};
    auto shared = open_shared(config, configuration, diagnostics);
    if (!shared) return std::unexpected(shared.error());

    pki::Problems problems;
    const auto settings = settings_of(config, vhost, problems);
    auto credentials = tls::load_credentials(settings, *shared->phrases, ::time(nullptr), problems);
    const bool failed = report(problems, config, vhost, diagnostics);
    if (failed || !credentials) return fail("TLS of " + settings.host.label + " cannot start");
    pki::Problems context_problems;
    vhost.tls_context = shared->contexts->make(settings, std::move(credentials), context_problems);
    if (report(context_problems, config, vhost, diagnostics) || !vhost.tls_context) {
        return fail("TLS of " + settings.host.label + " cannot start");
    }
    check_started(config, vhost, configuration, diagnostics);
    return {};
}

} // namespace signet::mod_ssl
