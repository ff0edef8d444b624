// mod_auth_digest: asks clients for a name and a hash that proves the password (HTTP Digest with
// MD5, RFC 7616).
//
//     AuthType Digest
//     AuthName "Members"
//     AuthDigestProvider file             the default
//     AuthUserFile conf/digests           made by htdigest
//     AuthDigestDomain /private/          which URIs the login is for
//     AuthDigestNonceLifetime 300         seconds; 0: each nonce once; negative: for ever
//     AuthDigestNcCheck On                no request is taken twice
//
// The password does not cross the network, but MD5 is weak, and who has the file can log in: Basic
// over TLS is better. Nonces are valid in all workers and outlive a reload.
// https://httpd.apache.org/docs/2.4/mod/mod_auth_digest.html
#include "base/text.h"
#include "modules/list.h"
#include "modules/mod_auth_digest/digest_login.h"
#include "modules/mod_auth_digest/nonce_book.h"
#include "server/configuration.h"
#include "server/error_log.h"
#include "server/request.h"
#include "server/response.h"
#include "server/scope.h"

#include <algorithm>
#include <cstdlib>
#include <fmt/format.h>
#include <memory>
#include <openssl/crypto.h>
#include <optional>

namespace signet::mod_auth_digest {
namespace {

using config::allowed_directory, config::in_server, config::override_auth_config;
using config::override_none;
using server::Authentication, server::AuthenticationSource, server::Severity;
using server::Outcome, server::Request, server::Response, server::Takes, server::Words;

constexpr int bad_setting = 914;
constexpr int no_login = 915;
constexpr int wrong_login = 916;
constexpr int bad_nonce = 917;
constexpr std::string_view module_name = "auth_digest_module";
// What the server keeps for all its generations.
constexpr std::string_view book_name = "auth_digest.book";
constexpr size_t fewest_places = 16384;

struct Config {
    std::vector<AuthenticationSource> sources;
    std::optional<int64_t> lifetime_seconds;
    std::optional<bool> checks_counts;
    std::string domain;
    size_t places = 0; // AuthDigestShmemSize
};

Config merge(const Config& outer, const Config& inner)
{
    return {.sources = inner.sources.empty() ? outer.sources : inner.sources,
            .lifetime_seconds =
                inner.lifetime_seconds ? inner.lifetime_seconds : outer.lifetime_seconds,
            .checks_counts = inner.checks_counts ? inner.checks_counts : outer.checks_counts,
            .domain = inner.domain.empty() ? outer.domain : inner.domain,
            .places = std::max(outer.places, inner.places)};
}

// Directives.

Result<void> provider(Config& config, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) {
        auto source = server::find_authentication_source(words.configuration(), words[i]);
        if (!source) {
            return words.refuse(bad_setting, "Unknown Authn provider: " + words[i],
                                "file, dbm, socache, or an alias defined above",
                                "AuthDigestProvider file");
        }
        if (!source->provider().find_hash) {
            return words.refuse(bad_setting,
                                "The '" + words[i]
                                    + "' Authn provider doesn't support Digest Authentication",
                                "file, dbm or socache", "AuthDigestProvider file");
        }
        config.sources.push_back(std::move(*source));
    }
    return {};
}

Result<void> algorithm(Config&, const Words& words)
{
    if (iequals(words[0], "MD5")) return {};
    return words.refuse(bad_setting, "Unsupported algorithm in AuthDigestAlgorithm: " + words[0],
                        "MD5", "AuthDigestAlgorithm MD5");
}

Result<void> qop(Config&, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) {
        if (iequals(words[i], "auth")) continue;
        return words.refuse(bad_setting, "AuthDigestQop is deprecated: only 'auth' is supported",
                            "auth", "delete the line");
    }
    return {};
}

Result<void> nonce_lifetime(Config& config, const Words& words)
{
    const auto seconds = parse_number<int64_t>(words[0]);
    if (!seconds || std::abs(*seconds) > INT32_MAX) {
        return words.refuse(bad_setting, "Invalid time in AuthDigestNonceLifetime: " + words[0],
                            "seconds, 0 or a negative number", "AuthDigestNonceLifetime 300");
    }
    config.lifetime_seconds = *seconds;
    return {};
}

Result<void> nonce_count_check(Config& config, const Words& words)
{
    config.checks_counts = words.on();
    return {};
}

Result<void> domain(Config& config, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) {
        if (!config.domain.empty()) config.domain += ' ';
        config.domain += words[i];
    }
    return {};
}

Result<void> shared_size(Config& config, const Words& words)
{
    constexpr size_t smallest = 88;
    std::string_view digits = words[0];
    size_t unit = 1;
    if (!digits.empty() && to_lower(digits.back()) == 'k') unit = 1024;
    if (!digits.empty() && to_lower(digits.back()) == 'm') unit = size_t{1024} * 1024;
    if (unit != 1) digits.remove_suffix(1);
    const auto number = parse_number<uint32_t>(digits);
    const size_t size = size_t{number.value_or(0)} * unit;
    if (!number || size > (size_t{1} << 30)) {
        return words.refuse(bad_setting, "Invalid size in AuthDigestShmemSize: " + words[0],
                            "bytes, or a number with K or M", "AuthDigestShmemSize 1M");
    }
    if (size < smallest) {
        return words.refuse(bad_setting,
                            "size in AuthDigestShmemSize too small: " + std::to_string(size) + " < "
                                + std::to_string(smallest),
                            "bytes, or a number with K or M", "AuthDigestShmemSize 1M");
    }
    config.places = size / sizeof(uint64_t);
    return {};
}

Result<void> prepare(const Config& config, server::VirtualHost& vhost,
                     server::Configuration& configuration, config::Diagnostics&)
{
    if (!vhost.is_main || configuration.shared.contains(book_name)) return {};
    auto book = NonceBook::create(std::max(config.places, fewest_places));
    if (!book) return std::unexpected(book.error());
    configuration.shared.emplace(std::string(book_name),
                                 std::make_shared<const NonceBook>(std::move(*book)));
    return {};
}

// The request.

const Config& config_of(const Request& request)
{
    const auto* module = request.configuration->find_module(module_name);
    return *static_cast<const Config*>(request.scope->config(module->index));
}

const NonceBook& book_of(const Request& request)
{
    const auto& shared = request.configuration->shared;
    return **std::any_cast<std::shared_ptr<const NonceBook>>(&shared.find(book_name)->second);
}

void log(const Request& request, std::string_view apache_id, int id, std::string_view text,
         Severity severity = Severity::error)
{
    server::log_event(request, {.severity = severity,
                                .module = "auth_digest",
                                .apache_id = apache_id,
                                .id = id,
                                .text = text});
}

// What the client itself asked for: look-ups on its behalf carry the same proof.
const Request& asked(const Request& request)
{
    const Request* at = &request;
    while (at->parent || at->previous) at = at->parent ? at->parent : at->previous;
    return *at;
}

// AuthName as it was meant: in a header its quotes are escaped.
std::string plain_realm(const Request& request)
{
    std::string realm;
    const std::string_view escaped = request.realm.value_or("");
    for (size_t i = 0; i < escaped.size(); ++i) {
        if (escaped[i] == '\\' && i + 1 < escaped.size()) ++i;
        realm += escaped[i];
    }
    return realm;
}

int64_t lifetime_of(const Config& config)
{
    return config.lifetime_seconds.value_or(300);
}

bool keeps_track(const Config& config)
{
    return config.checks_counts.value_or(false) || lifetime_of(config) == 0;
}

std::string new_nonce(const Config& config, const Request& request, std::string_view opaque)
{
    const NonceBook& book = book_of(request);
    const auto number =
        lifetime_of(config) == 0 ? book.next_number() : static_cast<uint64_t>(request.start_micros);
    const std::string nonce = book.make(number, plain_realm(request), opaque);
    if (keeps_track(config)) book.enter(nonce);
    return nonce;
}

void challenge_for(const Config& config, const Request& request, Response& response, bool stale,
                   bool with_opaque)
{
    const std::string opaque =
        with_opaque ? fmt::format("{:x}", book_of(request).next_number()) : "";
    std::string text = fmt::format("Digest realm=\"{}\", nonce=\"{}\", algorithm=MD5",
                                   request.realm.value_or(""), new_nonce(config, request, opaque));
    if (!opaque.empty()) text += ", opaque=\"" + opaque + "\"";
    if (!config.domain.empty()) text += ", domain=\"" + config.domain + "\"";
    text += stale ? ", stale=true, qop=\"auth\"" : ", qop=\"auth\"";
    response.always_headers.set("WWW-Authenticate", request.arena.copy(text));
}

void challenge(const Request& request, Response& response)
{
    const Config& config = config_of(request);
    challenge_for(config, request, response, false, keeps_track(config));
}

// One client's proof.
class Attempt {
public:
    Attempt(const Config& config, Request& request, Response& response)
        : config_(config)
        , request_(request)
        , response_(response)
        , realm_(plain_realm(request))
    {
    }

    Outcome judge()
    {
        const auto field = request_.headers.find("Authorization");
        if (!field) return ask();
        const size_t space = std::min(field->find(' '), field->size());
        const auto scheme = field->substr(0, space);
        if (!iequals(scheme, "Digest")) {
            return ask("AH01781", no_login,
                       fmt::format("client used wrong authentication scheme `{}': {}", scheme,
                                   request_.uri));
        }
        login_ = parse_digest_login(field->substr(space), request_.arena);
        if (!login_.is_complete() || login_.nonce.size() != NonceBook::nonce_size) {
            return ask("AH01782", no_login,
                       fmt::format("missing user, realm, nonce, uri, digest, cnonce, or "
                                   "nonce_count in authorization header: {}",
                                   request_.uri));
        }
        request_.user = login_.user; // for the log, even when it is not true
        if (const Outcome outcome = check_uri(); outcome != Outcome::ok) return outcome;
        if (const Outcome outcome = check_words(); outcome != Outcome::ok) return outcome;
        if (const Outcome outcome = check_password(); outcome != Outcome::ok) return outcome;
        if (const Outcome outcome = check_nonce(); outcome != Outcome::ok) return outcome;
        if (!request_.parent) tell_own_proof();
        return Outcome::ok;
    }

private:
    Outcome ask(bool stale = false)
    {
        const bool had_opaque = login_.opaque.data() != nullptr;
        challenge_for(config_, request_, response_, stale,
                      keeps_track(config_) || (stale && had_opaque));
        return 401;
    }
    Outcome ask(std::string_view apache_id, int id, const std::string& why, bool stale = false,
                Severity severity = Severity::error)
    {
        log(request_, apache_id, id, why, severity);
        return ask(stale);
    }

    Outcome check_uri()
    {
        const Request& original = asked(request_);
        const auto requested = original.unparsed_uri;
        const uint16_t usual = original.uses_https() ? 443 : 80;
        const uint16_t port = original.host_port != 0 ? original.host_port : original.server_port();
        switch (match_digest_uri(login_.uri, requested, original.hostname, port, usual)) {
        case UriMatch::same: return Outcome::ok;
        case UriMatch::invalid:
            log(request_, "AH01783", no_login,
                fmt::format("invalid uri <{}> in Authorization header", login_.uri));
            return 400;
        case UriMatch::different:
            log(request_, "AH01786", no_login,
                fmt::format("uri mismatch - <{}> does not match request-uri <{}>", login_.uri,
                            requested));
            return 400;
        }
        return 400;
    }

    Outcome check_words()
    {
        if (login_.opaque.data() && !parse_number<uint64_t>(login_.opaque, 16)) {
            return ask("AH01787", bad_nonce,
                       fmt::format("received invalid opaque - got `{}'", login_.opaque), true);
        }
        if (login_.realm != realm_) {
            return ask(
                "AH01788", wrong_login,
                fmt::format("realm mismatch - got `{}' but expected `{}'", login_.realm, realm_));
        }
        if (login_.algorithm.data() && !iequals(login_.algorithm, "MD5")) {
            return ask(
                "AH01789", no_login,
                fmt::format("unknown algorithm `{}' received: {}", login_.algorithm, request_.uri));
        }
        return Outcome::ok;
    }

    // The hash of the password; what the providers say about the user.
    Authentication look_up(std::string& ha1)
    {
        if (config_.sources.empty()) {
            const auto usual = server::find_authentication_source(*request_.configuration, "file");
            return usual ? usual->find_hash(request_, login_.user, realm_, ha1)
                         : Authentication::failed;
        }
        auto result = Authentication::user_unknown;
        for (const auto& source : config_.sources) {
            result = source.find_hash(request_, login_.user, realm_, ha1);
            if (result != Authentication::user_unknown) break;
        }
        return result;
    }

    Outcome check_password()
    {
        switch (look_up(ha1_)) {
        case Authentication::granted: break;
        case Authentication::user_unknown:
            return ask("AH01790", wrong_login,
                       fmt::format("user `{}' in realm `{}' not found: {}", login_.user, realm_,
                                   request_.uri));
        case Authentication::denied:
            return ask("AH01791", wrong_login,
                       fmt::format("user `{}' in realm `{}' denied by provider: {}", login_.user,
                                   realm_, request_.uri));
        case Authentication::failed: return 500;
        }
        if (!iequals(login_.qop, "auth")) {
            return ask("AH10560", no_login,
                       fmt::format("invalid or missing qop value '{}', RFC 2069 is no longer "
                                   "supported: {}",
                                   login_.qop.data() ? login_.qop : "(null)", request_.uri));
        }
        const auto expected = login_.expected_response(ha1_, asked(request_).method_name);
        const bool same =
            expected.size() == login_.response.size()
            && CRYPTO_memcmp(expected.data(), login_.response.data(), expected.size()) == 0;
        if (same) return Outcome::ok;
        return ask("AH01794", wrong_login,
                   fmt::format("user {}: password mismatch: {}", login_.user, request_.uri));
    }

    Outcome check_nonce()
    {
        const NonceBook& book = book_of(request_);
        if (!book.is_genuine(login_.nonce, realm_, login_.opaque)) {
            return ask(
                "AH01776", bad_nonce,
                fmt::format("invalid nonce {} received - hash is not the server's", login_.nonce),
                login_.opaque.data() != nullptr);
        }
        const int64_t lifetime = lifetime_of(config_);
        if (lifetime != 0) {
            const auto made = static_cast<int64_t>(NonceBook::number_of(login_.nonce));
            const double age = static_cast<double>(request_.start_micros - made) / 1e6;
            if (age < 0) {
                return ask("AH01777", bad_nonce,
                           fmt::format("invalid nonce {} received - user attempted time travel",
                                       login_.nonce));
            }
            if (lifetime > 0 && age > static_cast<double>(lifetime)) {
                return ask("AH01778", bad_nonce,
                           fmt::format("user {}: nonce expired ({:.2f} seconds old - max "
                                       "lifetime {:.2f}) - sending new nonce",
                                       login_.user, age, static_cast<double>(lifetime)),
                           true, Severity::info);
            }
        }
        return keeps_track(config_) ? check_use(book) : Outcome::ok;
    }

    Outcome check_use(const NonceBook& book)
    {
        // Look-ups on behalf of the request are not another use.
        constexpr std::string_view counted = "auth-digest-counted";
        auto& notes = const_cast<Request&>(asked(request_)).notes;
        if (notes.has(counted)) return Outcome::ok;
        const bool only_once = lifetime_of(config_) == 0;
        const auto count = only_once ? std::optional(NonceBook::last_count)
                                     : parse_number<uint32_t>(login_.count, 16);
        if (!count) {
            return ask("AH01773", bad_nonce,
                       fmt::format("invalid nc {} received - not a number", login_.count));
        }
        switch (book.use(login_.nonce, *count)) {
        case NonceBook::Use::allowed: break;
        case NonceBook::Use::forgotten:
            return ask(
                "AH10618", bad_nonce,
                fmt::format("client {} is no longer known - sending new nonce", login_.opaque),
                true, Severity::info);
        case NonceBook::Use::repeated:
            if (only_once) {
                return ask("AH01779", bad_nonce,
                           fmt::format("user {}: one-time-nonce {} already used - sending new "
                                       "nonce",
                                       login_.user, login_.nonce),
                           true, Severity::info);
            }
            return ask("AH01774", bad_nonce,
                       fmt::format("Warning, possible replay attack: nonce-count check failed: {} "
                                   "is not above the last one for nonce {}",
                                   *count, login_.nonce));
        }
        notes.set(counted, "1");
        return Outcome::ok;
    }

    // The server knows the password, too; and the next nonce, when this one is used up soon.
    void tell_own_proof()
    {
        std::string text = fmt::format("rspauth=\"{}\"", login_.expected_response(ha1_, ""));
        const int64_t lifetime = lifetime_of(config_);
        constexpr int64_t soon = 30; // seconds
        const auto made = static_cast<int64_t>(NonceBook::number_of(login_.nonce));
        const bool ends_soon =
            lifetime > 0 && request_.start_micros - made > (lifetime - soon) * 1'000'000;
        if (lifetime == 0 || ends_soon)
            text += ", nextnonce=\"" + new_nonce(config_, request_, login_.opaque) + "\"";
        text +=
            fmt::format(", cnonce=\"{}\", nc={}, qop={}", login_.cnonce, login_.count, login_.qop);
        response_.headers.set("Authentication-Info", request_.arena.copy(text));
    }

    const Config& config_;
    Request& request_;
    Response& response_;
    const std::string realm_;
    DigestLogin login_;
    std::string ha1_;
};

Outcome authenticate(const Config& config, Request& request, Response& response)
{
    if (request.admitted) return Outcome::ok;
    if (!iequals(request.wanted_auth_type, "Digest")) return Outcome::declined;
    if (!request.realm) {
        log(request, "AH01780", bad_setting, fmt::format("need AuthName: {}", request.uri));
        return 500;
    }
    request.auth_type = request.wanted_auth_type;
    return Attempt(config, request, response).judge();
}

constexpr server::Directive<Config> directives[] = {
    {"AuthDigestProvider", Takes::iterate, provider, allowed_directory, override_auth_config,
     "specify the auth providers for a directory or location"},
    {"AuthDigestAlgorithm", Takes::one, algorithm, allowed_directory, override_auth_config,
     "Algorithm used for the hash calculation"},
    {"AuthDigestQop", Takes::iterate, qop, allowed_directory, override_auth_config,
     "A list of quality-of-protection options"},
    {"AuthDigestNonceLifetime", Takes::one, nonce_lifetime, allowed_directory, override_auth_config,
     "Maximum lifetime of the server nonce (seconds)"},
    {"AuthDigestNcCheck", Takes::flag, nonce_count_check, allowed_directory, override_auth_config,
     "Whether or not to check the nonce-count sent by the client"},
    {"AuthDigestDomain", Takes::iterate, domain, allowed_directory, override_auth_config,
     "A list of URI's which belong to the same protection space as the current URI"},
    {"AuthDigestShmemSize", Takes::one, shared_size, in_server, override_none,
     "The amount of shared memory to allocate for keeping track of clients"},
};
constexpr server::Hook<Config> hooks[] = {
    // Where it runs at all, mod_authz_core's rules ask for a user: its hooks do not repeat then.
    {server::Phase::authenticate, server::Order::middle, authenticate, nullptr,
     server::repeats_as<Config, server::Repeats::always>},
};
constexpr server::Extras<Config> extras{.prepare = prepare};

} // namespace

server::Module module()
{
    return server::define_module<Config, merge>(module_name, "mod_auth_digest.c", directives, hooks,
                                                &extras);
}

std::vector<server::AuthenticationScheme> schemes()
{
    return {{"Digest", challenge}};
}

} // namespace signet::mod_auth_digest

namespace signet::modules {

server::Module mod_auth_digest()
{
    return mod_auth_digest::module();
}

std::vector<server::AuthenticationScheme> auth_digest_schemes()
{
    return mod_auth_digest::schemes();
}

} // namespace signet::modules
