// Client certificates: which are asked for, how they are checked, what is logged about it.
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslverifyclient
#include "tls/context_policy.h"
#include "tls/policy.h"
#include "tls/stream_core.h"
#include "tls/verification_notes.h"

#include <openssl/sha.h>

namespace signet::tls {
namespace {

using diagnosis::Severity;

// Errors that only say that nobody we know vouches for the certificate.
bool is_about_the_issuer(int error)
{
    return error == X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT
           || error == X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN
           || error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY
           || error == X509_V_ERR_CERT_UNTRUSTED
           || error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

std::string check_text(const ClientVerification& client)
{
    if (client.check == RevocationCheck::none) return "none (0)";
    const unsigned bits =
        (client.check == RevocationCheck::leaf ? 1U : 2U) | (client.missing_list_is_fine ? 4U : 0U);
    char number[12];
    std::snprintf(number, sizeof number, "%x", bits);
    return std::string(client.check == RevocationCheck::leaf ? "leaf" : "chain") + " (" + number
           + ")";
}

// SSL_CTX_set_verify(3): called for every certificate of the chain, the root first.
int verify(int good, X509_STORE_CTX* store)
{
    const auto* ssl = static_cast<const SSL*>(
        X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto& core = *static_cast<Stream::Core*>(SSL_get_app_data(ssl));
    const auto& client = policy_of(ssl).client;
    int error = X509_STORE_CTX_get_error(store);
    const int depth = X509_STORE_CTX_get_error_depth(store);
    const X509* shown = X509_STORE_CTX_get_current_cert(store);
    note(core, Severity::debug, "AH02275",
         "Certificate Verification, depth " + std::to_string(depth)
             + ", CRL checking mode: " + check_text(client),
         portrait(shown));
    if (core.verification.mode == VerifyClient::none) return 1;
    bool is_unvouched = false;
    if (core.verification.mode == VerifyClient::optional_no_ca && is_about_the_issuer(error)) {
        note(core, Severity::debug, "AH02037",
             "Certificate Verification: Verifiable Issuer is configured as optional, therefore "
             "we're accepting the certificate");
        core.generous = true;
        good = 1;
        is_unvouched = true;
    }
    // The client should not hear that its certificate has expired when our list has.
    if (!good && error == X509_V_ERR_CRL_HAS_EXPIRED) X509_STORE_CTX_set_error(store, -1);
    if (!good && error == X509_V_ERR_UNABLE_TO_GET_CRL && client.missing_list_is_fine) {
        error = X509_V_OK;
        X509_STORE_CTX_set_error(store, X509_V_OK);
        good = 1;
    }
    const auto responder = client.responder.check;
    // Checked again, a certificate is one that the handshake has asked about.
    if (good && !core.verifies_again
        && (responder == RevocationCheck::chain
            || (responder == RevocationCheck::leaf && depth == 0))) {
        good = is_vouched_for(core, policy_of(ssl), *store, is_unvouched) ? 1 : 0;
        if (!good) error = X509_STORE_CTX_get_error(store);
    }
    if (!good) {
        core.verify_error = X509_verify_cert_error_string(error);
        note(core, Severity::info, "AH02276",
             "Certificate Verification: Error (" + std::to_string(error)
                 + "): " + core.verify_error,
             portrait(shown));
    }
    if (depth > core.verification.depth) {
        note(core, Severity::error, "AH02040",
             "Certificate Verification: Certificate Chain too long (chain has "
                 + std::to_string(depth) + " certificates, but maximum allowed are only "
                 + std::to_string(core.verification.depth) + ")");
        core.verify_error = X509_verify_cert_error_string(X509_V_ERR_CERT_CHAIN_TOO_LONG);
        good = 0;
    }
    return good;
}

using NamesPtr = std::unique_ptr<STACK_OF(X509_NAME), decltype([](STACK_OF(X509_NAME) * names) {
                                     sk_X509_NAME_pop_free(names, X509_NAME_free);
                                 })>;

int compare_names(const X509_NAME* const* a, const X509_NAME* const* b)
{
    return X509_NAME_cmp(*a, *b);
}

// The names of the CertificateRequest, each once.
NamesPtr names_of(const std::vector<pki::Certificate>& authorities)
{
    NamesPtr names(sk_X509_NAME_new(compare_names));
    for (const auto& one : authorities) {
        const X509_NAME* name = X509_get_subject_name(one.get());
        if (sk_X509_NAME_find(names.get(), const_cast<X509_NAME*>(name)) >= 0) continue; // NOLINT
        sk_X509_NAME_push(names.get(), X509_NAME_dup(name));
    }
    return names;
}

bool set_revocation(X509_STORE& store, const Settings& settings, pki::Problems& problems)
{
    const auto& client = settings.client;
    if (client.revocation.empty()) {
        if (client.check == RevocationCheck::none) return true;
        report(problems, Severity::error, pki::revocation_not_configured,
               "Host " + settings.host.label
                   + ": CRL checking has been enabled, but neither SSLCARevocationFile nor "
                     "SSLCARevocationPath is configured");
        return false;
    }
    pki::add_revocation_lists(store, client.revocation, problems);
    if (client.check == RevocationCheck::none) {
        report(problems, Severity::warn, pki::revocation_not_enabled,
               "Host " + settings.host.label
                   + ": X.509 CRL storage locations configured, but CRL checking "
                     "(SSLCARevocationCheck) is not enabled");
        return true;
    }
    X509_STORE_set_flags(
        &store, X509_V_FLAG_CRL_CHECK
                    | (client.check == RevocationCheck::chain ? X509_V_FLAG_CRL_CHECK_ALL : 0UL));
    return true;
}

} // namespace

int openssl_mode(VerifyClient mode)
{
    switch (mode) {
    case VerifyClient::none: return SSL_VERIFY_NONE;
    case VerifyClient::require: return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
    default: return SSL_VERIFY_PEER;
    }
}

std::string ResponderSettings::key() const
{
    if (check == RevocationCheck::none) return {};
    std::string key = "\nresponder " + std::to_string(static_cast<int>(check));
    for (const bool flag : {missing_url_is_fine, overrides, nonce, verify}) key += flag ? '1' : '0';
    for (const auto& text : {default_url, proxy, trusted_file}) key += '\n' + text;
    for (const auto seconds : {skew, max_age.value_or(std::chrono::seconds(-1)), timeout})
        key += '/' + std::to_string(seconds.count());
    return key;
}

std::string ClientVerification::key() const
{
    std::string key = std::to_string(static_cast<int>(mode)) + '/' + std::to_string(depth) + '/'
                      + std::to_string(static_cast<int>(check)) + (missing_list_is_fine ? "m" : "-")
                      + (may_ask_later ? "l" : "-");
    for (const auto* files : {&authorities, &names_sent, &revocation})
        key += '\n' + files->file + '\n' + files->path;
    return key + responder.key();
}

bool set_client_verification(SSL_CTX* context, const Settings& settings, pki::Problems& problems)
{
    const auto& client = settings.client;
    SSL_CTX_set_verify(context, openssl_mode(client.mode), verify);
    const size_t before = problems.size();
    const auto authorities = pki::load_authorities(client.authorities, problems);
    X509_STORE* store = SSL_CTX_get_cert_store(context);
    for (const auto& one : authorities) X509_STORE_add_cert(store, one.get());
    auto names = client.names_sent.empty()
                     ? names_of(authorities)
                     : names_of(pki::load_authorities(client.names_sent, problems));
    if (sk_X509_NAME_num(names.get()) == 0
        && (client.mode == VerifyClient::require || client.mode == VerifyClient::optional)) {
        report(problems, Severity::warn, pki::no_authorities,
               "Init: Oops, you want to request client authentication, but no CAs are known for "
               "verification!?  [Hint: SSLCACertificate*]");
    }
    SSL_CTX_set_client_CA_list(context, names.release());
    pki::forget_errors();
    bool good = set_revocation(*store, settings, problems);
    for (size_t i = before; i < problems.size(); ++i) good = good && !problems[i].is_error();
    return good;
}

bool ClientIdentity::is_verified() const
{
    return certificate && result == X509_V_OK && error.empty() && !generous;
}

std::string ClientIdentity::verdict() const
{
    if (result == X509_V_OK && error.empty()) {
        if (!certificate) return "NONE";
        if (!generous) return "SUCCESS";
    }
    if (result == X509_V_OK && generous) return "GENEROUS";
    return "FAILED:" + (error.empty() ? X509_verify_cert_error_string(result) : error);
}

// What the handshake has found out about the client.
void Handshake::identify_client()
{
    const SSL* ssl = core_.ssl.get();
    auto& client = stream_.session_->client;
    client.certificate.reset(SSL_get1_peer_certificate(ssl));
    client.chain.clear();
    if (STACK_OF(X509)* sent = SSL_get_peer_cert_chain(ssl)) {
        for (int i = 0; i < sk_X509_num(sent); i++) {
            X509* one = sk_X509_value(sent, i);
            X509_up_ref(one);
            client.chain.emplace_back(one);
        }
    }
    client.result = SSL_get_verify_result(ssl);
    // Apache tells GENEROUS under TLS 1.2 only; under TLS 1.3 the reason shows.
    if (core_.generous && SSL_version(ssl) != TLS1_3_VERSION) client.result = X509_V_OK;
    client.error = core_.verify_error;
    client.generous = core_.generous;
}

} // namespace signet::tls
