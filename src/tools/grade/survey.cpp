#include "tools/grade/survey.h"

#include "base/text.h"

#include <algorithm>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

namespace signet::tools::grade {
namespace {

using Kind = ServerAnswer::Kind;

constexpr uint16_t asked_versions[] = {0x0304, 0x0303, 0x0302, 0x0301, 0x0300};
const std::vector<uint16_t> every_group = {29, 23, 24, 25, 30, 0x11ec, 0x100, 0x101};
const std::vector<uint16_t> shared_groups = {29, 23};
const std::vector<uint16_t> every_signature = {0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x0804,
                                               0x0805, 0x0806, 0x0809, 0x080a, 0x080b, 0x0401,
                                               0x0501, 0x0601, 0x0203, 0x0201};
const std::vector<uint16_t> tls13_suites = {0x1301, 0x1302, 0x1303, 0x1304, 0x1305};

// A client that offers everything at one version.
Client everything(uint16_t version)
{
    Client client{.name = "everything", .versions = {version}};
    client.suites = version == 0x0304 ? tls13_suites : candidates();
    client.groups = every_group;
    client.signatures = every_signature;
    if (version == 0x0304) client.shares = shared_groups;
    return client;
}

bool is_hello(const ServerAnswer& answer, uint16_t version)
{
    return answer.kind == Kind::hello && answer.version == version;
}

void note_exchange(const ServerAnswer& answer, Survey& survey)
{
    if (answer.dh_bits) {
        survey.dh_bits = survey.dh_bits ? std::min(survey.dh_bits, answer.dh_bits) : answer.dh_bits;
    }
    if (answer.group && std::ranges::find(survey.groups, answer.group) == survey.groups.end()) {
        survey.groups.push_back(answer.group);
    }
}

// The suites of one version: ask, strike out what was chosen, ask again.
void ask_suites(const Endpoint& endpoint, uint16_t version, Survey& survey)
{
    Client client = everything(version);
    std::vector<uint16_t> found;
    while (!client.suites.empty()) {
        const auto answer = greet(endpoint, client, survey.name);
        if (!is_hello(answer, version) || std::erase(client.suites, answer.suite) == 0) break;
        found.push_back(answer.suite);
        note_exchange(answer, survey);
        if (version < 0x0304) {
            survey.secure_renegotiation =
                survey.secure_renegotiation && answer.secure_renegotiation;
        }
    }
    if (!found.empty()) survey.suites[version] = std::move(found);
}

// Whether the server's order counts: offer the last first.
void ask_order(const Endpoint& endpoint, Survey& survey)
{
    for (const auto& [version, suites] : survey.suites) {
        if (version == 0x0304 || suites.size() < 2) continue;
        Client client = everything(version);
        client.suites.assign(suites.rbegin(), suites.rend());
        const auto answer = greet(endpoint, client, survey.name);
        survey.server_order = is_hello(answer, version) && answer.suite == suites.front();
    }
}

void ask_groups(const Endpoint& endpoint, Survey& survey)
{
    if (survey.suites.empty()) return;
    const uint16_t version = survey.suites.rbegin()->first;
    Client client = everything(version);
    survey.groups.clear();
    while (!client.groups.empty()) {
        client.shares = version == 0x0304 ? std::vector{client.groups.front()} : client.shares;
        const auto answer = greet(endpoint, client, survey.name);
        if (!is_hello(answer, version) || answer.group == 0) break;
        if (std::erase(client.groups, answer.group) == 0) break;
        note_exchange(answer, survey);
    }
}

// RFC 7507: a client that pretends to fall back from the best version must be sent away.
void ask_fallback(const Endpoint& endpoint, Survey& survey)
{
    if (survey.suites.size() < 2) return;
    const uint16_t second = std::next(survey.suites.rbegin())->first;
    survey.fallback_testable = true;
    const auto answer = greet(endpoint, everything(second), survey.name, true);
    survey.fallback_signal = answer.kind == Kind::alert && answer.alert == 86;
}

void ask_compression(const Endpoint& endpoint, Survey& survey)
{
    for (const auto& [version, suites] : survey.suites) {
        if (version == 0x0304) continue;
        const auto answer = greet(endpoint, everything(version), survey.name, false, true);
        survey.compression = survey.compression || answer.compression;
    }
}

std::string names(const std::vector<uint16_t>& list, std::string (*name)(uint16_t))
{
    std::string text;
    for (const auto one : list) text += (text.empty() ? "" : ", ") + name(one);
    return text;
}

template <class List> bool share_one(const std::vector<uint16_t>& offered, const List& served)
{
    return std::ranges::any_of(offered, [&](uint16_t one) {
        return std::ranges::find(served, one) != std::ranges::end(served);
    });
}

// The first thing that client and server do not have in common.
std::string why_it_fails(const Client& client, const ServerAnswer& answer, const Survey& survey)
{
    std::vector<uint16_t> common;
    std::string served;
    for (const auto& [version, suites] : survey.suites) {
        served = version_name(version) + (served.empty() ? "" : ", ") + served;
        if (std::ranges::find(client.versions, version) != client.versions.end()) {
            common.push_back(version);
        }
    }
    if (common.empty()) {
        return "no common version: it speaks " + names(client.versions, version_name)
               + "; served are " + served;
    }
    bool suite = false;
    for (const auto version : common) {
        suite = suite || share_one(client.suites, survey.suites.at(version));
    }
    if (!suite) return "no cipher suite in common";
    if (!client.groups.empty() && !share_one(client.groups, survey.groups)) {
        return "no group in common: it knows " + names(client.groups, group_name);
    }
    if (answer.kind == Kind::alert) {
        return "the server answers with the alert " + alert_name(answer.alert)
               + ": what is left fits neither the certificate's key nor the signature algorithms";
    }
    return "the server does not answer";
}

void ask_clients(const Endpoint& endpoint, Survey& survey)
{
    for (const auto& client : known_clients()) {
        const auto answer = greet(endpoint, client, survey.name);
        ClientResult result{.client = client.name, .is_reference = client.is_reference};
        const bool agreed =
            answer.kind == Kind::hello
            && std::ranges::find(client.versions, answer.version) != client.versions.end();
        if (agreed) {
            result.version = answer.version;
            result.suite = answer.suite;
            result.group = answer.group;
        } else {
            result.failure = why_it_fails(client, answer, survey);
        }
        survey.clients.push_back(std::move(result));
    }
}

std::string why_distrusted(int error, const std::vector<pki::Certificate>& chain)
{
    switch (error) {
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: return "it is self-signed";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return "the certificate of its issuer, " + chain.back().issuer()
               + ", is neither sent nor among the roots that are known here";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: return "no root that is known here issued it";
    default: return X509_verify_cert_error_string(error);
    }
}

void verify(const std::vector<pki::Certificate>& chain, time_t now, X509_STORE* store,
            CertificateFacts& facts)
{
    std::unique_ptr<X509_STORE_CTX, pki::Deleter<X509_STORE_CTX_free>> context(
        X509_STORE_CTX_new());
    STACK_OF(X509)* rest = sk_X509_new_null();
    for (size_t i = 1; i < chain.size(); ++i) sk_X509_push(rest, chain[i].get());
    if (store && context
        && X509_STORE_CTX_init(context.get(), store, chain.front().get(), rest) == 1) {
        X509_STORE_CTX_set_time(context.get(), 0, now);
        X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
        facts.trusted = X509_verify_cert(context.get()) == 1;
        if (!facts.trusted) {
            facts.distrust = why_distrusted(X509_STORE_CTX_get_error(context.get()), chain);
        }
    } else {
        facts.distrust = "there are no roots to compare with";
    }
    context.reset();
    sk_X509_free(rest);
    pki::forget_errors();
}

// A chain is complete when its last certificate is a root or a root that is known here issued it.
bool reaches_root(const std::vector<pki::Certificate>& chain, bool trusted)
{
    if (trusted || chain.back().is_self_issued()) return true;
    std::vector<pki::Certificate> rest;
    for (size_t i = 1; i < chain.size(); ++i) {
        if (X509_up_ref(chain[i].get()) == 1) rest.emplace_back(pki::X509Ptr(chain[i].get()));
    }
    pki::Problems problems;
    pki::check_certificate(chain.front(), rest, {}, "", 0, problems);
    return std::ranges::none_of(
        problems, [](const pki::Problem& one) { return one.id == pki::chain_incomplete; });
}

bool has_exponent_one(const pki::Certificate& certificate)
{
    EVP_PKEY* key = X509_get0_pubkey(certificate.get());
    BIGNUM* exponent = nullptr;
    if (!key || EVP_PKEY_get_bn_param(key, "e", &exponent) != 1) {
        pki::forget_errors();
        return false;
    }
    const bool one = BN_is_one(exponent) == 1;
    BN_free(exponent);
    return one;
}

} // namespace

std::vector<Suite> Survey::all_suites() const
{
    std::vector<uint16_t> numbers;
    for (auto at = suites.rbegin(); at != suites.rend(); ++at) {
        for (const auto number : at->second) {
            if (std::ranges::find(numbers, number) == numbers.end()) numbers.push_back(number);
        }
    }
    std::vector<Suite> all;
    for (const auto number : numbers) all.push_back(suite_of(number));
    return all;
}

void ask(const Endpoint& endpoint, Survey& survey)
{
    for (const auto version : asked_versions) ask_suites(endpoint, version, survey);
    ask_order(endpoint, survey);
    ask_groups(endpoint, survey);
    ask_fallback(endpoint, survey);
    ask_compression(endpoint, survey);
    ask_clients(endpoint, survey);
}

CertificateFacts judge(const std::vector<pki::Certificate>& chain, const std::string& name,
                       time_t now, X509_STORE* store)
{
    CertificateFacts facts;
    if (chain.empty()) return facts;
    const auto& leaf = chain.front();
    facts.subject = leaf.subject();
    facts.issuer = leaf.issuer();
    facts.kind = leaf.key_kind();
    facts.bits = leaf.key_bits();
    facts.key = std::string(pki::name(facts.kind)) + " " + std::to_string(facts.bits);
    facts.exponent_is_one = facts.kind == pki::KeyKind::rsa && has_exponent_one(leaf);
    facts.not_before = leaf.not_before();
    facts.not_after = leaf.not_after();
    facts.names = leaf.dns_names();
    facts.covers_name = name.empty() || leaf.covers(name);
    for (const auto& one : chain) {
        int digest = NID_undef;
        // A root's own signature is not looked at by anybody.
        if (one.is_self_issued() && &one != &leaf) continue;
        if (X509_get_signature_info(one.get(), &digest, nullptr, nullptr, nullptr) != 1) continue;
        if (facts.digest.empty() && digest != NID_undef) facts.digest = OBJ_nid2sn(digest);
        facts.weak_signature = facts.weak_signature || digest == NID_sha1;
        facts.broken_signature =
            facts.broken_signature || digest == NID_md5 || digest == NID_md2 || digest == NID_md4;
    }
    verify(chain, now, store, facts);
    facts.chain_complete = reaches_root(chain, facts.trusted);
    pki::forget_errors();
    return facts;
}

Result<StorePtr> trust_store(const std::string& file)
{
    StorePtr store(X509_STORE_new());
    if (!store) return pki::fail_openssl("trust store");
    const int loaded = file.empty() ? X509_STORE_set_default_paths(store.get())
                                    : X509_STORE_load_file(store.get(), file.c_str());
    if (loaded != 1) return pki::fail_openssl(file.empty() ? "system's roots" : file);
    pki::forget_errors();
    return store;
}

std::optional<long> hsts_age(std::string_view value)
{
    for (auto part : split(value, ';')) {
        if (!istarts_with(part, "max-age")) continue;
        part = trim(part.substr(7));
        if (!part.starts_with('=')) continue;
        part = trim(part.substr(1));
        if (part.size() > 1 && part.front() == '"' && part.back() == '"') {
            part = part.substr(1, part.size() - 2);
        }
        return parse_number<long>(part);
    }
    return std::nullopt;
}

} // namespace signet::tools::grade
