// mod_md: certificates that the server gets and renews by itself, from Let's Encrypt or another CA
// that speaks ACME (RFC 8555).
//
//     MDomain example.org www.example.org
//     MDCertificateAgreement accepted
//     MDContactEmail admin@example.org
//     <VirtualHost *:443>
//         ServerName example.org
//         SSLEngine on
//     </VirtualHost>
//
// The keeper process does the work (renewal.h); a new certificate is served by all workers with the
// next handshake, without a reload. What is known is in MDStoreDir, an LMDB database that survives
// kill -9 at any moment. `signet acme status` tells what happened and what comes next.
//
// With MDCertificateAuthority, a TLS virtual host without certificate needs no MDomain: it gets one
// for its names. `SSLCertificateFile auto` asks for that where the main server has a certificate.
//
// A virtual host of a managed domain needs no SSLCertificateFile; until its first certificate has
// come it shows a self-signed one and answers 503.
// https://httpd.apache.org/docs/2.4/mod/mod_md.html
#include "base/text.h"
#include "modules/list.h"
#include "modules/mod_md/challenge_board.h"
#include "modules/mod_md/config.h"
#include "modules/mod_md/domain.h"
#include "modules/mod_md/pages.h"
#include "modules/mod_md/prepare.h"
#include "server/request.h"
#include "server/response.h"
#include "server/vhost.h"

#include <algorithm>

namespace signet::mod_md {
namespace {

using server::Outcome, server::Request, server::Response;

constexpr std::string_view challenge_path = "/.well-known/acme-challenge/";

// A token that is not ours is somebody else's: certbot's, in the document root.
Outcome answer_challenge(const Config& config, Request& request, Response& response)
{
    const auto& board = config.said->board;
    if (!board || board->is_empty() || request.previous) return Outcome::declined;
    if (request.method != http::Method::get || !request.uri.starts_with(challenge_path))
        return Outcome::declined;
    const auto token = request.uri.substr(challenge_path.size());
    const std::string proof = board->find("http-01 " + std::string(token));
    if (proof.empty()) return Outcome::declined;
    response.content_type = "application/octet-stream";
    response.headers.set("Cache-Control", "no-store");
    response.body.add(request.arena.copy(proof));
    return Outcome::done;
}

// MDRequireHttps, and hosts that have no certificate yet.
Outcome guard_hosts(const Config& config, Request& request, Response& response)
{
    if (request.previous || !config.said->plan) return Outcome::declined;
    if (request.uri.starts_with("/.well-known/")) return Outcome::declined;
    const Domain* domain = config.said->plan->of_host(*request.vhost);
    if (request.is_tls()) {
        const bool waits = domain && domain->live && domain->live->is_empty();
        if (!waits) return Outcome::declined;
        response.always_headers.set("Retry-After", "30");
        return 503;
    }
    if (!domain || domain->require_https == RequireHttps::off || domain->live == nullptr
        || domain->live->is_empty()) {
        return Outcome::declined;
    }
    const auto query = request.query ? request.arena.join("?", *request.query) : "";
    response.headers.set(
        "Location", request.arena.join("https://", request.hostname, request.path_escaped, query));
    return domain->require_https == RequireHttps::permanent ? 301 : 302;
}

// Asked before it is known whether a virtual host needs a certificate.
bool is_used(const Config& config)
{
    return config.said != nullptr;
}

// A host that has its certificate keeps it, and a file that can be answered from memory is no
// challenge. But a redirect to https begins when the certificate comes.
server::Repeats repeats(const Config& config)
{
    const auto redirects = [](const DomainSettings& settings) {
        return settings.require_https.value_or(RequireHttps::off) != RequireHttps::off;
    };
    const bool may_redirect =
        redirects(config.said->defaults)
        || std::ranges::any_of(config.said->domains, redirects, &DomainWish::settings);
    return may_redirect ? server::Repeats::never : server::Repeats::always;
}

// What it declines it declines always.
server::Repeats by_its_uri(const Config&)
{
    return server::Repeats::always;
}

constexpr server::Hook<Config> hooks[] = {
    {server::Phase::post_read, server::Order::really_first, answer_challenge, is_used, repeats},
    {server::Phase::post_read, server::Order::really_first, show_certificate_status, is_used,
     by_its_uri},
    {server::Phase::post_read, server::Order::first, guard_hosts, is_used, repeats},
    {server::Phase::handler, server::Order::middle, show_md_status, is_used},
};
constexpr server::Extras<Config> extras{.prepare = prepare};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>("md_module", "mod_md.c", directives(), hooks,
                                                &extras);
}

} // namespace signet::mod_md

namespace signet::modules {

server::Module mod_md()
{
    return mod_md::module();
}

server::StatusSection md_status()
{
    return mod_md::add_to_server_status;
}

} // namespace signet::modules
