#include "tls/context.h"

#include "base/text.h"
#include "tls/client_hello.h"
#include "tls/context_policy.h"
#include "tls/live_credentials.h"
#include "tls/policy.h"

#include <algorithm>
#include <ctime>
#include <openssl/sha.h>

namespace signet::tls {
namespace {

using diagnosis::Severity;

// Everything that makes two policies differ.
std::string policy_key(const Settings& settings)
{
    std::string key = std::to_string(settings.protocols.bits) + '|' + settings.cipher_list + '|'
                      + settings.cipher_suites + '|' + (settings.honor_cipher_order ? 'h' : '-')
                      + (settings.session_tickets ? 't' : '-')
                      + (settings.insecure_renegotiation ? 'i' : '-')
                      + (settings.own_records ? 'o' : '-') + '|' + settings.ticket_key_file + '|'
                      + std::to_string(settings.session_timeout.count()) + '|'
                      + settings.client.key() + '|' + std::to_string(settings.max_early_data);
    for (const auto& [command, value] : settings.commands) key += '|' + command + '=' + value;
    for (const auto& protocol : settings.alpn) key += '|' + protocol;
    if (settings.client_chooses_alpn) key += "|client's";
    return key;
}

void set_versions(SSL_CTX* context, Protocols protocols)
{
    constexpr std::pair<uint8_t, int> versions[] = {{Protocols::tls1_0, TLS1_VERSION},
                                                    {Protocols::tls1_1, TLS1_1_VERSION},
                                                    {Protocols::tls1_2, TLS1_2_VERSION},
                                                    {Protocols::tls1_3, TLS1_3_VERSION}};
    constexpr uint64_t holes[] = {SSL_OP_NO_TLSv1, SSL_OP_NO_TLSv1_1, SSL_OP_NO_TLSv1_2,
                                  SSL_OP_NO_TLSv1_3};
    int lowest = 0;
    int highest = 0;
    for (size_t i = 0; i < std::size(versions); i++) {
        if (!protocols.has(versions[i].first)) {
            SSL_CTX_set_options(context, holes[i]);
            continue;
        }
        SSL_CTX_clear_options(context, holes[i]);
        if (lowest == 0) lowest = versions[i].second;
        highest = versions[i].second;
    }
    SSL_CTX_set_min_proto_version(context, lowest);
    SSL_CTX_set_max_proto_version(context, highest);
}

void set_options(SSL_CTX* context, const Settings& settings)
{
    SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION
                                     | SSL_OP_SINGLE_ECDH_USE | SSL_OP_SINGLE_DH_USE
                                     | SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_clear_options(context, SSL_OP_ALLOW_CLIENT_RENEGOTIATION);
    if (!settings.honor_cipher_order) {
        SSL_CTX_clear_options(context, SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    }
    if (settings.insecure_renegotiation) {
        SSL_CTX_set_options(context, SSL_OP_ALLOW_UNSAFE_LEGACY_RENEGOTIATION);
    }
    if (!settings.session_tickets) SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
}

// Groups this OpenSSL does not know are left out with a warning: Mozilla's generator names
// X25519MLKEM768, which 3.0 lacks. One with a ? before it may be missing (OpenSSL 3.5 reads it so,
// too). Empty when none is left.
std::string known_groups(SSL_CTX* context, const std::string& list, std::string& unknown)
{
    std::string known;
    for (const auto group : split(list, ':')) {
        const bool may_lack = group.starts_with('?');
        const std::string one(group.substr(may_lack ? 1 : 0));
        if (SSL_CTX_set1_groups_list(context, one.c_str()) == 1) {
            known += (known.empty() ? "" : ":") + one;
        } else {
            if (!may_lack) unknown += (unknown.empty() ? "" : ", ") + one;
            pki::forget_errors();
        }
    }
    return known;
}

// SSL_CONF_cmd(3) for every SSLOpenSSLConfCmd.
bool apply_commands(SSL_CTX* context, const Settings& settings, pki::Problems& problems)
{
    std::unique_ptr<SSL_CONF_CTX, pki::Deleter<SSL_CONF_CTX_free>> commands(SSL_CONF_CTX_new());
    SSL_CONF_CTX_set_flags(commands.get(),
                           SSL_CONF_FLAG_FILE | SSL_CONF_FLAG_SERVER | SSL_CONF_FLAG_CERTIFICATE);
    SSL_CONF_CTX_set_ssl_ctx(commands.get(), context);
    bool good = true;
    for (const auto& [command, value] : settings.commands) {
        std::string argument = value;
        if (iequals(command, "Curves") || iequals(command, "Groups")) {
            std::string unknown;
            argument = known_groups(context, value, unknown);
            if (!unknown.empty()) {
                report(problems, argument.empty() ? Severity::emerg : Severity::warn,
                       configuration_command,
                       "SSLOpenSSLConfCmd " + command + ": " + unknown
                           + " not known to this OpenSSL, left out");
            }
            if (argument.empty()) {
                good = false;
                continue;
            }
        }
        if (SSL_CONF_cmd(commands.get(), command.c_str(), argument.c_str()) > 0) continue;
        report(problems, Severity::emerg, configuration_command,
               "\"SSLOpenSSLConfCmd " + command + ' ' + value + "\" failed for "
                   + settings.host.label,
               pki::drain_errors());
        good = false;
    }
    if (SSL_CONF_CTX_finish(commands.get()) != 1) {
        report(problems, Severity::emerg, configuration_command, "SSL_CONF_CTX_finish() failed",
               pki::drain_errors());
        good = false;
    }
    return good;
}

// A session made under one way of asking for client certificates must not resume under another.
void set_session_id_context(SSL_CTX* context, const Settings& settings)
{
    const std::string policy = "signet client auth " + settings.client.key();
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<const unsigned char*>(policy.data()), policy.size(), digest);
    SSL_CTX_set_session_id_context(context, digest, SSL_MAX_SID_CTX_LENGTH);
}

std::optional<std::string> alpn_wire_form(const Settings& settings, pki::Problems& problems)
{
    std::string wire;
    for (const auto& protocol : settings.alpn) {
        if (protocol.empty() || protocol.size() > 255) {
            report(problems, Severity::error, alpn_invalid,
                   "ALPN protocol identifier '" + protocol + "' is empty or too long");
            return std::nullopt;
        }
        wire += static_cast<char>(protocol.size());
        wire += protocol;
    }
    return wire;
}

bool set_ciphers(SSL_CTX* context, const Settings& settings, pki::Problems& problems)
{
    std::string list = settings.cipher_list;
    // TLS 1.0 and 1.1 sign with SHA-1, which OpenSSL allows at level 0 only.
    if (settings.protocols.has(Protocols::legacy)) list += ":@SECLEVEL=0";
    if (SSL_CTX_set_cipher_list(context, list.c_str()) != 1) {
        report(problems, Severity::emerg, ciphers_empty,
               "Unable to configure permitted SSL ciphers", pki::drain_errors());
        return false;
    }
    if (SSL_CTX_set_ciphersuites(context, settings.cipher_suites.c_str()) != 1) {
        report(problems, Severity::emerg, ciphers_invalid,
               "Unable to configure permitted TLSv1.3 ciphers", pki::drain_errors());
        return false;
    }
    return true;
}

std::unordered_set<uint16_t> ecdsa_suites(SSL_CTX* context)
{
    std::unordered_set<uint16_t> suites;
    const auto* ciphers = SSL_CTX_get_ciphers(context);
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        const SSL_CIPHER* cipher = sk_SSL_CIPHER_value(ciphers, i);
        if (SSL_CIPHER_get_auth_nid(cipher) == NID_auth_ecdsa) {
            suites.insert(SSL_CIPHER_get_protocol_id(cipher));
        }
    }
    return suites;
}

bool set_ticket_keys(Context::Policy& policy, const Settings& settings, pki::Problems& problems)
{
    if (settings.ticket_key_file.empty()) return true;
    auto keys = TicketKeys::from_file(settings.ticket_key_file);
    if (!keys) {
        report(problems, Severity::emerg, ticket_key_file_bad,
               keys.error().kind == Error::Kind::not_found
                       || keys.error().kind == Error::Kind::denied
                   ? "Failed to open ticket key file " + settings.ticket_key_file
                   : "Failed to read 48 bytes from " + settings.ticket_key_file,
               keys.error().text);
        return false;
    }
    policy.own_tickets.emplace(std::move(*keys));
    policy.tickets = &*policy.own_tickets;
    return true;
}

// Everything but the callbacks. False: a problem was reported.
bool configure(Context::Policy& policy, const Settings& settings, pki::Problems& problems)
{
    SSL_CTX* context = policy.context.get();
    if (!set_ciphers(context, settings, problems)) return false;
    set_versions(context, settings.protocols);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN
                                  | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set1_groups_list(context, defaults::groups);
    if (!apply_commands(context, settings, problems)) return false;
    // SSLOpenSSLConfCmd may not undo what DESIGN §9.3 promises.
    if (SSL_CTX_get_min_proto_version(context) < TLS1_2_VERSION
        && !settings.protocols.has(Protocols::legacy)) {
        SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    }
    set_options(context, settings);
    SSL_CTX_set_num_tickets(context,
                            settings.session_tickets || policy.cache || policy.external ? 1 : 0);
    SSL_CTX_set_timeout(context, static_cast<long>(settings.session_timeout.count()));
    set_session_id_context(context, settings);
    if (!set_ticket_keys(policy, settings, problems)) return false;
    auto alpn = alpn_wire_form(settings, problems);
    if (!alpn) return false;
    policy.alpn = std::move(*alpn);
    policy.client_chooses_alpn = settings.client_chooses_alpn;
    policy.session_tickets = settings.session_tickets;
    policy.ecdsa_suites = ecdsa_suites(context);
    policy.serves_tls13 = settings.protocols.has(Protocols::tls1_3);
    policy.may_leave_openssl = settings.own_records;
    policy.client = settings.client;
    if (settings.max_early_data > 0) set_early_data(policy, settings);
    if (!set_client_verification(context, settings, problems)) return false;
    return set_responders(policy, problems);
}

template <class Range, class Value> bool contains(const Range& range, const Value& value)
{
    return std::ranges::find(range, value) != range.end();
}

// True when a client surely completes a handshake with this ECDSA credential.
bool suits(const Credential& credential, const ClientHello& hello, const Context::Policy& policy)
{
    if (credential.curve() == 0) return false;
    if (policy.serves_tls13 && contains(hello.versions, uint16_t{0x0304})) {
        return contains(hello.signature_algorithms, credential.signature_algorithm());
    }
    const bool signs = std::ranges::any_of(hello.signature_algorithms, [](uint16_t one) {
        return (one & 0xff) == 3 && one >= 0x0403;
    });
    return signs && contains(hello.groups, credential.curve())
           && std::ranges::any_of(
               hello.suites, [&](uint16_t suite) { return policy.ecdsa_suites.contains(suite); });
}

// Where an SSL keeps the context it was made by.
int context_index()
{
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

bool install(SSL* ssl, const Credential& one)
{
    return one.leaf() && one.key()
           && SSL_use_cert_and_key(ssl, one.leaf(), one.key(), one.chain(), 1) == 1;
}

// OpenSSL's own objections (security level, damaged key) must come at start, not with each client.
bool try_out(const Context::Policy& policy, const Settings& settings,
             const Credentials& credentials, pki::Problems& problems)
{
    const pki::SslPtr ssl(SSL_new(policy.context.get()));
    bool good = ssl != nullptr;
    for (size_t i = 0; good && i < credentials.all().size(); i++) {
        const Credential& one = credentials.all()[i];
        good = install(ssl.get(), one);
    }
    if (good) return true;
    report(problems, Severity::emerg, context_failed,
           "Failed to configure certificate " + settings.host.label + ":0, check "
               + (settings.certificate_files.empty() ? "it" : settings.certificate_files.front()),
           pki::drain_errors());
    return false;
}

} // namespace

bool Context::asks_responders() const
{
    return policy_->responders != nullptr;
}

bool Context::takes_early_data() const
{
    return policy_->max_early_data > 0;
}

bool Context::may_leave_openssl() const
{
    return policy_->may_leave_openssl;
}

std::string Context::session_to_look_up(const ClientHello& hello) const
{
    if (!policy_->external) return {};
    if (policy_->serves_tls13 && contains(hello.versions, uint16_t{0x0304}))
        return policy_->session_tickets ? std::string() : hello.psk_session_id;
    return hello.has_ticket && policy_->session_tickets ? std::string() : hello.session_id;
}

const ExternalSessions* Context::external_sessions() const
{
    return policy_->external;
}

std::string Context::staple_for(const SSL* ssl) const
{
    const X509* shown = SSL_get_certificate(ssl);
    if (source_ && shown) {
        if (auto response = source_->staple(shown, std::time(nullptr)); !response.empty())
            return response;
    }
    const auto& all = credentials_->all();
    for (size_t i = 0; i < std::min(all.size(), staples_.size()); i++) {
        if (all[i].is_decoded() && all[i].leaf() == shown)
            return staples_[i].response(std::time(nullptr));
    }
    return {};
}

const Context& Context::of(const SSL* ssl)
{
    return *static_cast<const Context*>(SSL_get_ex_data(ssl, context_index()));
}

const Credentials& Context::credentials_for(const ClientHello& hello) const
{
    const Credentials* live = source_ ? source_->current(hello) : nullptr;
    return live ? *live : *credentials_;
}

pki::SslPtr Context::new_ssl(const ClientHello& hello) const
{
    pki::SslPtr ssl(SSL_new(policy_->context.get()));
    if (!ssl || SSL_set_ex_data(ssl.get(), context_index(), const_cast<Context*>(this)) != 1) {
        return nullptr;
    }
    const auto& all = credentials_for(hello).all();
    if (all.size() > 1 && suits(all.front(), hello, *policy_)) {
        return install(ssl.get(), all.front()) ? std::move(ssl) : nullptr;
    }
    for (const auto& one : all) {
        if (!install(ssl.get(), one)) return nullptr;
    }
    return ssl;
}

Contexts::Contexts(SessionCache* cache, const TicketKeys* tickets, const ExternalSessions* external,
                   std::shared_ptr<const KeyLog> key_log, const SpentTickets* spent)
    : cache_(cache)
    , tickets_(tickets)
    , external_(external)
    , key_log_(std::move(key_log))
    , spent_(spent)
{
}

Contexts::~Contexts() = default;

std::unique_ptr<const Context> Contexts::make(const Settings& settings,
                                              std::shared_ptr<const Credentials> credentials,
                                              pki::Problems& problems, std::vector<Staple> staples,
                                              std::shared_ptr<CredentialSource> source)
{
    const Context::Policy* policy = policy_for(settings, problems);
    if (!policy || !try_out(*policy, settings, *credentials, problems)) return nullptr;
    return std::unique_ptr<const Context>(new Context(
        settings, std::move(credentials), std::move(staples), std::move(source), *policy));
}

const Context::Policy* Contexts::policy_for(const Settings& settings, pki::Problems& problems)
{
    const std::string key = policy_key(settings);
    for (const auto& policy : policies_) {
        if (policy->key == key) return policy.get();
    }
    auto policy = std::make_unique<Context::Policy>();
    policy->key = key;
    policy->cache = cache_;
    policy->external = external_;
    policy->tickets = tickets_;
    policy->key_log = key_log_.get();
    policy->spent = spent_;
    policy->context.reset(SSL_CTX_new(TLS_server_method()));
    if (!policy->context) {
        report(problems, Severity::emerg, context_failed, "Unable to create a new SSL context",
               pki::drain_errors());
        return nullptr;
    }
    if (!configure(*policy, settings, problems)) return nullptr;
    install_callbacks(*policy);
    policies_.push_back(std::move(policy));
    return policies_.back().get();
}

} // namespace signet::tls
