#include "modules/mod_ssl/start_checks.h"

#include "modules/mod_ssl/config.h"
#include "server/error_log.h"
#include "server/vhost.h"
#include "tls/context.h"
#include "tls/policy.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <set>

namespace signet::mod_ssl {
namespace {

using diagnosis::Severity;

constexpr int insecure_renegotiation = 382;
constexpr int certificates_differ = 389;
constexpr int serial_reused = 391;
constexpr int random_broken = 392;
constexpr int reachable_as = 393;

// Certificates seen, by issuer and serial number: the fingerprint of the key. Handed from one
// generation to the next, so that a reload notices.
using KnownCertificates = std::map<std::string, std::string>;
constexpr const char* known_name = "ssl.known_certificates";

std::string digest(const unsigned char* bytes, size_t size)
{
    std::string out(SHA256_DIGEST_LENGTH, '\0');
    SHA256(bytes, size, reinterpret_cast<unsigned char*>(out.data()));
    return out;
}

std::string issuer_and_serial(X509* leaf)
{
    unsigned char* der = nullptr;
    const int size = i2d_X509_NAME(X509_get_issuer_name(leaf), &der);
    std::string key = size > 0 ? digest(der, static_cast<size_t>(size)) : std::string();
    OPENSSL_free(der);
    const ASN1_INTEGER* serial = X509_get0_serialNumber(leaf);
    key.append(reinterpret_cast<const char*>(ASN1_STRING_get0_data(serial)),
               static_cast<size_t>(ASN1_STRING_length(serial)));
    return key;
}

std::string fingerprint_of_key(X509* leaf)
{
    unsigned char* der = nullptr;
    const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(leaf), &der);
    std::string text = size > 0 ? digest(der, static_cast<size_t>(size)) : std::string();
    OPENSSL_free(der);
    return text;
}

void check_serials(const server::VirtualHost& vhost, const config::Position& position,
                   server::Configuration& configuration, config::Diagnostics& diagnostics)
{
    std::shared_ptr<KnownCertificates> known;
    auto& held = configuration.shared[known_name];
    if (const auto* kept = std::any_cast<std::shared_ptr<KnownCertificates>>(&held)) known = *kept;
    if (!known) held = known = std::make_shared<KnownCertificates>();
    for (const auto& one : vhost.tls_context->credentials().all()) {
        if (X509* leaf = one.leaf()) {
            const auto name = issuer_and_serial(leaf);
            auto key = fingerprint_of_key(leaf);
            const auto [found, is_new] = known->emplace(name, key);
            if (!is_new && found->second != key) {
                found->second = std::move(key);
                diagnostics.add({.severity = Severity::warn,
                                 .id = serial_reused,
                                 .position = position,
                                 .message = "The certificate of " + vhost.server_name
                                            + " has issuer and serial number of another one that "
                                              "was used here, and a different key"});
            }
        }
    }
}

bool share_address(const server::VirtualHost& a, const server::VirtualHost& b)
{
    return std::ranges::any_of(a.bound, [&](const net::Address& one) {
        return std::ranges::find(b.bound, one) != b.bound.end();
    });
}

// The first TLS host of an address serves who sends no name. Told once, of the first pair.
void check_default_host(const Config& config, const server::VirtualHost& vhost,
                        const server::Configuration& configuration,
                        config::Diagnostics& diagnostics)
{
    if (config.strict_sni.value_or(false)) return;
    const auto first = std::ranges::find_if(configuration.vhosts, [&](const auto& other) {
        return other->tls_context && share_address(*other, vhost);
    });
    if (first == configuration.vhosts.end() || first->get() == &vhost) return;
    if ((*first)->tls_context->settings().certificate_files
        == vhost.tls_context->settings().certificate_files)
        return;
    diagnostics.add_once({.severity = Severity::notice,
                          .id = certificates_differ,
                          .position = vhost.position,
                          .message = "Clients that send no server name for " + vhost.server_name
                                     + " get the certificate of " + (*first)->server_name + " ("
                                     + (*first)->position.text() + ")"},
                         "default host");
}

// The URLs of a virtual host, one for each port it is bound to.
void say_where(const server::VirtualHost& vhost, const server::Configuration& configuration)
{
    std::set<uint16_t> ports;
    for (const auto& listener : configuration.listeners) {
        const auto port = listener.address.port();
        const bool is_ours =
            vhost.is_main || std::ranges::any_of(vhost.bound, [&](const auto& one) {
                return one.port() == 0 || one.port() == port;
            });
        if (is_ours) ports.insert(port);
    }
    std::string urls;
    for (const uint16_t port : ports) {
        urls +=
            " https://" + vhost.server_name + (port == 443 ? "" : ":" + std::to_string(port)) + "/";
    }
    std::string text = vhost.server_name + " (" + vhost.position.text() + ") is reachable as"
                       + (urls.empty() ? " nothing: no Listen" : urls);
    const auto* entry = diagnosis::find(reachable_as);
    if (entry && !ports.contains(443))
        text.append("; cause: ").append(entry->cause).append("; fix: ").append(entry->fix);
    server::log_event(
        vhost, nullptr,
        {.severity = Severity::info, .module = "ssl", .id = reachable_as, .text = text});
}

} // namespace

Result<std::shared_ptr<const tls::KeyLog>> open_key_log(const Config& config,
                                                        const server::Configuration& configuration,
                                                        config::Diagnostics& diagnostics)
{
    std::string path;
    config::Position position{};
    if (config.key_log) {
        path = config.key_log->path;
        position = config.key_log->position;
    } else if (const char* variable = std::getenv("SSLKEYLOGFILE"); variable && *variable) {
        path = configuration.path(variable);
    }
    if (path.empty() || configuration.checking_only) return std::shared_ptr<const tls::KeyLog>();
    auto opened = tls::KeyLog::open(path);
    if (opened) {
        diagnostics.add({.severity = Severity::warn,
                         .id = tls::key_log_open,
                         .position = position,
                         .message = "Init: Logging SSL private key material to " + path});
        return *opened;
    }
    diagnostics.add({.severity = config.key_log ? Severity::emerg : Severity::warn,
                     .id = tls::key_log_failed,
                     .position = position,
                     .message = "Could not open log file '" + path + "' configured via "
                                + (config.key_log ? "SSLKeyLogFile" : "SSLKEYLOGFILE") + ": "
                                + opened.error().text,
                     .opening = config::Opening::none});
    if (config.key_log) return std::unexpected(opened.error());
    return std::shared_ptr<const tls::KeyLog>();
}

Result<void> check_random(config::Diagnostics& diagnostics)
{
    std::array<unsigned char, 32> first{}, second{};
    const bool works = RAND_status() == 1 && RAND_bytes(first.data(), first.size()) == 1
                       && RAND_bytes(second.data(), second.size()) == 1 && first != second;
    if (works) return {};
    const std::string reason = pki::drain_errors();
    diagnostics.add({.severity = Severity::emerg,
                     .id = random_broken,
                     .message = "The random number generator failed its test: " + reason,
                     .opening = config::Opening::none});
    return fail("no random numbers: " + reason);
}

void check_started(const Config& config, const server::VirtualHost& vhost,
                   server::Configuration& configuration, config::Diagnostics& diagnostics)
{
    const auto& position =
        config.certificates.empty() ? vhost.position : config.certificates.front().position;
    if (!configuration.checking_only) say_where(vhost, configuration);
    check_serials(vhost, position, configuration, diagnostics);
    check_default_host(config, vhost, configuration, diagnostics);
    if (config.insecure_renegotiation.value_or(false)) {
        diagnostics.add_once(
            {.severity = Severity::warn,
             .id = insecure_renegotiation,
             .position = vhost.position,
             .message = "SSLInsecureRenegotiation on: clients without RFC 5746 may "
                        "renegotiate with "
                        + vhost.server_name},
            vhost.server_name);
    }
}

} // namespace signet::mod_ssl
