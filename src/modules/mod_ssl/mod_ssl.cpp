// mod_ssl: TLS for virtual hosts. Which protocol versions, suites and certificates they use, what a
// directory demands of the connection, and the SSL_* variables.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html
#include "base/text.h"
#include "modules/list.h"
#include "modules/mod_ssl/config.h"
#include "modules/mod_ssl/misdirected.h"
#include "modules/mod_ssl/old_variables.h"
#include "server/core_config.h"
#include "server/early_data.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/response.h"
#include "server/vhost.h"
#include "tls/facts.h"
#include "tls/stream.h"

namespace signet::mod_ssl {
namespace {

using server::Outcome;
using server::Request;
using server::Response;

constexpr std::string_view name_of(SniPolicy policy)
{
    switch (policy) {
    case SniPolicy::strict: return "strict";
    case SniPolicy::secure: return "secure";
    case SniPolicy::authonly: return "authonly";
    case SniPolicy::insecure: return "insecure";
    }
    return {};
}

// The same demands on the client's certificate. What directories may ask for later does not count.
bool same_client_policy(const tls::Settings& a, const tls::Settings& b)
{
    return a.client.mode == b.client.mode && a.client.depth == b.client.depth
           && a.client.authorities == b.client.authorities
           && a.client.revocation == b.client.revocation && a.client.check == b.client.check
           && a.cipher_list == b.cipher_list && a.cipher_suites == b.cipher_suites;
}

// Two vhosts on one connection: may what was agreed on for `a` serve `b`?
bool is_compatible(const tls::Settings& a, const tls::Settings& b, SniPolicy policy)
{
    switch (policy) {
    case SniPolicy::insecure: return true;
    case SniPolicy::strict: return false;
    case SniPolicy::authonly: return same_client_policy(a, b);
    case SniPolicy::secure:
        return a.protocols == b.protocols && a.certificate_files == b.certificate_files
               && a.key_files == b.key_files && same_client_policy(a, b);
    }
    return false;
}

// A request for another vhost than the handshake was made for. RFC 9110 §15.5.20
Outcome check_server_name(const Config& config, Request& request, Response&)
{
    const auto* stream = request.peer->tls;
    if (!stream || request.previous) return Outcome::declined;
    const auto sni = stream->server_name();
    if (sni.empty() && config.strict_sni.value_or(false)) {
        log_event(request,
                  {.severity = server::Severity::info,
                   .module = "ssl",
                   .apache_id = "AH02033",
                   .text = "No hostname was provided via SNI for a name based virtual host"});
        request.error_notes =
            "Reason: The client software did not provide a hostname using Server Name Indication "
            "(SNI), which is required to access this server.<br />\n";
        return 403;
    }
    const auto* wanted = request.vhost->tls_context.get();
    const auto* used = stream->context();
    if (wanted == used) return Outcome::declined;
    const auto policy = config.sni_policy.value_or(SniPolicy::secure);
    if (wanted && used && is_compatible(wanted->settings(), used->settings(), policy))
        return Outcome::declined;
    const auto text = request.arena.join(
        "Hostname ", sni.empty() ? used->settings().host.server_name : sni, " ",
        sni.empty() ? "(default host as no SNI was provided)" : "provided via SNI",
        " and hostname ", request.hostname,
        " provided via HTTP have no compatible SSL setup for policy '", name_of(policy), "'");
    log_event(request, {.severity = server::Severity::error,
                        .module = "ssl",
                        .apache_id = "AH02032",
                        .text = text});
    log_event(request, {.severity = server::Severity::error,
                        .module = "ssl",
                        .id = misdirected_request,
                        .text = request.arena.copy(describe_misdirected(request))});
    return 421;
}

Outcome check_require_ssl(const Config&, Request& request, Response&)
{
    if (request.is_tls()) return Outcome::declined;
    const auto text = request.arena.join("access to ", request.filename,
                                         " failed, reason: SSL connection required");
    log_event(request, {.severity = server::Severity::error,
                        .module = "ssl",
                        .apache_id = "AH02219",
                        .text = text});
    return forbid(request);
}

bool wants_tls_check(const Config& config)
{
    return config.require_ssl;
}

bool has_requirements(const Config& config)
{
    return !config.requirements.empty();
}
// A request without Authorization is nobody's spoof; only where certificates are names it matters
// who asks.
server::Repeats repeats_without_login(const Config& config)
{
    const bool matters = (config.effective_options() & (fake_basic_auth | strict_require)) != 0;
    return matters ? server::Repeats::never : server::Repeats::always;
}
bool is_strict(const Config& config)
{
    return (config.effective_options() & strict_require) != 0;
}
bool names_user(const Config& config)
{
    return !config.user_name.empty();
}

pki::NameFormat name_format(const Config& config)
{
    return config.effective_options() & legacy_dn_format ? pki::NameFormat::legacy
                                                         : pki::NameFormat::rfc2253;
}

Outcome set_environment(const Config& config, Request& request, Response&)
{
    const auto* stream = request.peer->tls;
    if (!stream) return Outcome::declined;
    request.env.set("HTTPS", "on");
    // Of SetEnvIf, for clients that take a close_notify for an error. (ssl-accurate-shutdown needs
    // nothing: we wait for the client's anyway.) ssl_faq.html#msie
    if (request.env.has("ssl-unclean-shutdown")) stream->close_without_notify();
    if (const auto sni = stream->server_name(); !sni.empty()) request.env.set("SSL_TLS_SNI", sni);
    request.notes.set("ssl-secure-reneg",
                      tls::fact(*stream, "SSL_SECURE_RENEG") == "true" ? "1" : "0");
    const auto options = config.effective_options();
    const auto add = [&](const auto& variables) {
        for (const auto& [name, value] : variables)
            request.env.set(request.arena.copy(name), request.arena.copy(value));
    };
    if (options & std_env_vars) add(tls::standard_facts(*stream, name_format(config)));
    if (options & export_cert_data) add(tls::certificate_facts(*stream));
    if (options & compat_env_vars) add(old_variables(*stream));
    return Outcome::declined;
}

bool variable(const Config& config, const Request& request, std::string_view name,
              std::string& value)
{
    if (!istarts_with(name, "SSL_")) return false;
    if (name == "SSL_EARLY_DATA") {
        value = request.original().notes.find(server::early_data_note).value_or("");
        return true;
    }
    if (request.peer->tls) value = tls::fact(*request.peer->tls, name, name_format(config));
    return true;
}

Outcome note_request(const Config&, Request& request, Response&)
{
    if (!request.peer->tls || request.previous) return Outcome::declined;
    if (!log_enabled(request, server::Severity::debug, "ssl")) return Outcome::declined;
    const auto number = request.peer->requests;
    log_event(
        request, {.severity = server::Severity::debug, .module = "ssl", .apache_id = "AH02034"},
        number <= 1 ? "Initial" : "Subsequent", " (No.", std::to_string(number),
        ") HTTPS request received for child ", std::to_string(request.peer->id), " (server ",
        request.vhost->server_name, ":",
        std::to_string(request.vhost->server_port != 0 ? request.vhost->server_port : 443U), ")");
    return Outcome::declined;
}

constexpr server::Hook<Config> hooks[] = {
    {server::Phase::post_read, server::Order::first, check_server_name, nullptr,
     server::repeats_as<Config, server::Repeats::on_connection>},
    // Where it has something to say the log is talkative, and nothing is kept.
    {server::Phase::post_read, server::Order::first, note_request, nullptr,
     server::repeats_as<Config, server::Repeats::on_connection>},
    {server::Phase::access, server::Order::first, check_client, wants_client_check},
    // After Allow and Deny: Satisfy Any leaves it to passwords what is forbidden here.
    {server::Phase::access, server::Order::last, check_require_ssl, wants_tls_check},
    {server::Phase::access, server::Order::last, check_requirements, has_requirements},
    {server::Phase::authenticate, server::Order::first, fake_basic_authentication, nullptr,
     repeats_without_login},
    {server::Phase::authorize, server::Order::first, stay_forbidden, is_strict},
    {server::Phase::fixup, server::Order::first, name_user, names_user},
    {server::Phase::fixup, server::Order::middle, set_environment, nullptr,
     server::repeats_as<Config, server::Repeats::for_the_log>},
};
constexpr server::Extras<Config> extras{.prepare = prepare, .variable = variable};

class RequireSsl final : public server::AuthorizationRule {
public:
    server::Authorization check(Request& request) const override
    {
        return request.is_tls() ? server::Authorization::granted : server::Authorization::denied;
    }
};

class RequireVerifiedClient final : public server::AuthorizationRule {
public:
    server::Authorization check(Request& request) const override
    {
        const auto* stream = request.peer->tls;
        return stream && stream->client().is_verified() ? server::Authorization::granted
                                                        : server::Authorization::denied;
    }
};

Result<std::unique_ptr<server::AuthorizationRule>>
parse_require_verified_client(std::span<const std::string> arguments, const server::Words& words)
{
    if (!arguments.empty()) {
        return words.refuse(680, "'Require ssl-verify-client' does not take arguments",
                            "Require ssl-verify-client");
    }
    return std::make_unique<RequireVerifiedClient>();
}

Result<std::unique_ptr<server::AuthorizationRule>>
parse_require_ssl(std::span<const std::string> arguments, const server::Words& words)
{
    if (!arguments.empty())
        return words.refuse(680, "'Require ssl' does not take arguments", "Require ssl");
    return std::make_unique<RequireSsl>();
}

} // namespace
} // namespace signet::mod_ssl

namespace signet::modules {

server::Module mod_ssl()
{
    return server::define_module<signet::mod_ssl::Config, signet::mod_ssl::merge>(
        "ssl_module", "mod_ssl.c", signet::mod_ssl::directives(), signet::mod_ssl::hooks,
        &signet::mod_ssl::extras);
}

std::vector<server::AuthorizationProvider> ssl_providers()
{
    return {{"ssl", signet::mod_ssl::parse_require_ssl},
            {"ssl-verify-client", signet::mod_ssl::parse_require_verified_client}};
}

} // namespace signet::modules
