// mod_ssl: TLS for virtual hosts. Which protocol versions, suites and certificates they use, what a
// directory demands of the connection, and the SSL_* variables.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html
#include "base/text.h"
#include "modules/list.h"
#include "modules/mod_ssl/config.h"
#include "modules/mod_ssl/misdirected.h"
#include "server/core_config.h"
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

// Two vhosts on one connection: fine when the client could have got the same handshake for both.
bool same_policy(const tls::Settings& a, const tls::Settings& b)
{
    return a.protocols == b.protocols && a.cipher_list == b.cipher_list
           && a.cipher_suites == b.cipher_suites && a.verify_client == b.verify_client;
}

// A request for another vhost than the handshake was made for. RFC 9110 §15.5.20
Outcome check_server_name(const Config& config, Request& request, Response&)
{
    const auto* stream = request.peer->tls;
    if (!stream || request.previous) return Outcome::declined;
    const auto sni = stream->server_name();
    if (sni.empty()) {
        if (!config.strict_sni.value_or(false)) return Outcome::declined;
        log_event(request,
                  {.severity = server::Severity::error,
                   .module = "ssl",
                   .apache_id = "AH02033",
                   .text = "No hostname was provided via SNI for a name based virtual host"});
        return 403;
    }
    const auto* wanted = request.vhost->tls_context.get();
    const auto* used = stream->context();
    if (wanted == used || iequals(sni, request.hostname)) return Outcome::declined;
    if (wanted && used && same_policy(wanted->settings(), used->settings()))
        return Outcome::declined;
    const auto text =
        request.arena.join("Hostname ", sni, " provided via SNI and hostname ", request.hostname,
                           " provided via HTTP have no compatible SSL setup for policy 'secure'");
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
    request.notes.set("ssl-access-forbidden", "1");
    return 403;
}

bool wants_tls_check(const Config& config)
{
    return config.require_ssl;
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
    if (config.effective_options() & std_env_vars) {
        for (const auto& [name, value] : tls::standard_facts(*stream)) {
            request.env.set(request.arena.copy(name), request.arena.copy(value));
        }
    }
    return Outcome::declined;
}

bool variable(const Config&, const Request& request, std::string_view name, std::string& value)
{
    if (!istarts_with(name, "SSL_")) return false;
    if (request.peer->tls) value = tls::fact(*request.peer->tls, name);
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
    {server::Phase::post_read, server::Order::first, check_server_name},
    {server::Phase::post_read, server::Order::first, note_request},
    {server::Phase::access, server::Order::first, check_require_ssl, wants_tls_check},
    {server::Phase::fixup, server::Order::middle, set_environment, nullptr,
     server::repeats_as<Config, server::Repeats::by_running_again>},
};
constexpr server::Extras<Config> extras{.prepare = prepare, .variable = variable};

class RequireSsl final : public server::AuthorizationRule {
public:
    server::Authorization check(Request& request) const override
    {
        return request.is_tls() ? server::Authorization::granted : server::Authorization::denied;
    }
};

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
    return {{"ssl", signet::mod_ssl::parse_require_ssl}};
}

} // namespace signet::modules
