#include "tls/client_stream.h"

#include "base/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <array>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

namespace signet::tls {
namespace {

using pki::drain_errors;

// Which errors of the chain a policy overlooks.
bool is_overlooked(const ClientPolicy& policy, int error)
{
    switch (error) {
    case X509_V_ERR_UNABLE_TO_GET_CRL: return policy.list_may_be_missing;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: return !policy.checks_dates;
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_UNTRUSTED: return policy.verify == VerifyClient::optional_no_ca;
    default: return false;
    }
}

const ClientContext& context_of(SSL* ssl)
{
    return *static_cast<const ClientContext*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

int on_verify(int good, X509_STORE_CTX* store)
{
    if (good == 1) return 1;
    auto* ssl =
        static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    return is_overlooked(context_of(ssl).policy(), X509_STORE_CTX_get_error(store)) ? 1 : 0;
}

// The pair whose issuer the server names, else the first.
int on_certificate_wanted(SSL* ssl, X509** certificate, EVP_PKEY** key)
{
    const auto& pairs = context_of(ssl).pairs();
    if (pairs.empty()) return 0;
    const auto* wanted = SSL_get_client_CA_list(ssl);
    const auto is_wanted = [&](const ClientContext::Pair& pair) {
        for (int i = 0; i < sk_X509_NAME_num(wanted); ++i) {
            if (X509_NAME_cmp(sk_X509_NAME_value(wanted, i),
                              X509_get_issuer_name(pair.certificate.get()))
                == 0)
                return true;
        }
        return false;
    };
    auto found = std::ranges::find_if(pairs, is_wanted);
    if (found == pairs.end()) found = pairs.begin();
    X509_up_ref(found->certificate.get());
    EVP_PKEY_up_ref(found->key.get());
    *certificate = found->certificate.get();
    *key = found->key.get();
    return 1;
}

bool is_address(const std::string& name)
{
    std::array<unsigned char, 16> bytes{};
    return ::inet_pton(AF_INET, name.c_str(), bytes.data()) == 1
           || ::inet_pton(AF_INET6, name.c_str(), bytes.data()) == 1;
}

void set_client_versions(SSL_CTX* context, const Protocols& protocols)
{
    if (!protocols.has(Protocols::tls1_2)) SSL_CTX_set_options(context, SSL_OP_NO_TLSv1_2);
    if (!protocols.has(Protocols::tls1_3)) SSL_CTX_set_options(context, SSL_OP_NO_TLSv1_3);
    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
}

const char* path_or_null(const std::string& path)
{
    return path.empty() ? nullptr : path.c_str();
}

bool load_revocation_lists(X509_STORE* store, const ClientPolicy& policy)
{
    if (!policy.revocation_file.empty()) {
        auto* lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
        if (!lookup
            || X509_load_crl_file(lookup, policy.revocation_file.c_str(), X509_FILETYPE_PEM) < 1)
            return false;
    }
    if (!policy.revocation_path.empty()) {
        auto* lookup = X509_STORE_add_lookup(store, X509_LOOKUP_hash_dir());
        if (!lookup
            || X509_LOOKUP_add_dir(lookup, policy.revocation_path.c_str(), X509_FILETYPE_PEM) != 1)
            return false;
    }
    unsigned long flags = X509_V_FLAG_CRL_CHECK;
    if (policy.of_whole_chain) flags |= X509_V_FLAG_CRL_CHECK_ALL;
    return X509_STORE_set_flags(store, flags) == 1;
}

} // namespace

ClientContext::~ClientContext() = default;

Result<std::shared_ptr<const ClientContext>> ClientContext::make(ClientPolicy policy)
{
    std::shared_ptr<ClientContext> made(new ClientContext(std::move(policy)));
    if (auto done = made->set_up(); !done) return std::unexpected(done.error());
    return made;
}

Result<void> ClientContext::set_up()
{
    context_.reset(SSL_CTX_new(TLS_client_method()));
    if (!context_) return pki::fail_openssl("TLS");
    SSL_CTX* context = context_.get();
    SSL_CTX_set_app_data(context, this);
    set_client_versions(context, policy_.protocols);
    if (!policy_.cipher_list.empty()
        && SSL_CTX_set_cipher_list(context, policy_.cipher_list.c_str()) != 1)
        return pki::fail_openssl("Unable to configure permitted SSL ciphers");
    if (!policy_.cipher_suites.empty()
        && SSL_CTX_set_ciphersuites(context, policy_.cipher_suites.c_str()) != 1)
        return pki::fail_openssl("Unable to configure permitted TLSv1.3 ciphers");
    if (!policy_.authorities_file.empty() || !policy_.authorities_path.empty()) {
        if (SSL_CTX_load_verify_locations(context, path_or_null(policy_.authorities_file),
                                          path_or_null(policy_.authorities_path))
            != 1)
            return pki::fail_openssl("Unable to configure verify locations");
    }
    if (policy_.checks_revocation
        && !load_revocation_lists(SSL_CTX_get_cert_store(context), policy_))
        return pki::fail_openssl("unable to configure X.509 CRL storage");
    const bool verifies = policy_.verify != VerifyClient::none;
    SSL_CTX_set_verify(context, verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, on_verify);
    SSL_CTX_set_verify_depth(context, policy_.depth);
    SSL_CTX_set_client_cert_cb(context, on_certificate_wanted);
    // A connection that ends without close_notify is how many servers end one.
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    return load_pairs();
}

// A file has certificates and keys in any order; each certificate goes with the key that fits.
Result<void> ClientContext::load_pairs()
{
    for (const auto& pem : policy_.pairs) {
        std::vector<pki::X509Ptr> certificates;
        std::vector<pki::EvpKeyPtr> keys;
        const auto open = [&] {
            return pki::BioPtr(
                BIO_new_mem_buf(pem->bytes().data(), static_cast<int>(pem->bytes().size())));
        };
        for (auto file = open();
             auto* one = PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr);)
            certificates.emplace_back(one);
        for (auto file = open();
             auto* one = PEM_read_bio_PrivateKey(file.get(), nullptr, nullptr, nullptr);)
            keys.emplace_back(one);
        pki::forget_errors(); // that there are no more
        for (auto& certificate : certificates) {
            for (auto& key : keys) {
                if (!key || X509_check_private_key(certificate.get(), key.get()) != 1) continue;
                pairs_.push_back({std::move(certificate), std::move(key)});
                break;
            }
        }
        pki::forget_errors();
    }
    if (policy_.chain.empty()) return {};
    const pki::BioPtr file(
        BIO_new_mem_buf(policy_.chain.data(), static_cast<int>(policy_.chain.size())));
    while (auto* one = PEM_read_bio_X509(file.get(), nullptr, nullptr, nullptr))
        SSL_CTX_add_extra_chain_cert(context_.get(), one);
    pki::forget_errors();
    return {};
}

ClientStream::ClientStream(std::shared_ptr<const ClientContext> context, std::string name)
    : context_(std::move(context))
    , name_(std::move(name))
    , ssl_(SSL_new(context_->native()))
{
    if (!ssl_) return;
    input_ = BIO_new(BIO_s_mem());
    output_ = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl_.get(), input_, output_);
    SSL_set_connect_state(ssl_.get());
    if (!is_address(name_)) SSL_set_tlsext_host_name(ssl_.get(), name_.c_str());
}

ClientStream::~ClientStream() = default;

void ClientStream::feed(std::string_view bytes)
{
    if (ssl_ && !bytes.empty()) BIO_write(input_, bytes.data(), static_cast<int>(bytes.size()));
}

std::string ClientStream::take_output()
{
    std::string out;
    if (!ssl_) return out;
    out.resize(BIO_ctrl_pending(output_));
    if (!out.empty()) BIO_read(output_, out.data(), static_cast<int>(out.size()));
    return out;
}

Result<bool> ClientStream::handshake()
{
    if (!ssl_) return pki::fail_openssl("SSL_new");
    const int result = SSL_do_handshake(ssl_.get());
    if (result == 1) {
        if (auto checked = check_peer(); !checked) return std::unexpected(checked.error());
        return true;
    }
    if (SSL_get_error(ssl_.get(), result) == SSL_ERROR_WANT_READ) return false;
    const long verdict = SSL_get_verify_result(ssl_.get());
    const auto reasons = drain_errors();
    if (verdict != X509_V_OK && context_->policy().verify != VerifyClient::none)
        return fail("Certificate Verification: Error (" + std::to_string(verdict)
                    + "): " + X509_verify_cert_error_string(verdict));
    return fail("SSL Proxy connect failed: " + reasons);
}

// What Apache asks after the handshake, whether or not the chain was verified.
Result<void> ClientStream::check_peer()
{
    const pki::X509Ptr peer(SSL_get1_peer_certificate(ssl_.get()));
    const auto& policy = context_->policy();
    if (!peer) return {};
    if (policy.checks_dates
        && (X509_cmp_current_time(X509_get0_notBefore(peer.get())) >= 0
            || X509_cmp_current_time(X509_get0_notAfter(peer.get())) <= 0))
        return fail("SSL Proxy: Peer certificate is expired");
    if (!policy.checks_name) return {};
    const bool fits =
        is_address(name_)
            ? X509_check_ip_asc(peer.get(), name_.c_str(), 0) == 1
                  || X509_check_host(peer.get(), name_.data(), name_.size(), 0, nullptr) == 1
            : X509_check_host(peer.get(), name_.data(), name_.size(), 0, nullptr) == 1;
    pki::forget_errors();
    if (!fits) return fail("SSL Proxy: Peer certificate does not match for hostname " + name_);
    return {};
}

Result<std::optional<size_t>> ClientStream::read(std::span<char> into)
{
    size_t count = 0;
    const int result = SSL_read_ex(ssl_.get(), into.data(), into.size(), &count);
    if (result == 1) return count;
    switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ: return std::nullopt;
    case SSL_ERROR_ZERO_RETURN: return size_t{0};
    default: return fail("TLS: " + drain_errors());
    }
}

Result<void> ClientStream::write(std::string_view bytes)
{
    while (!bytes.empty()) {
        size_t count = 0;
        const int result = SSL_write_ex(ssl_.get(), bytes.data(), bytes.size(), &count);
        if (result != 1) return fail("TLS: " + drain_errors());
        bytes.remove_prefix(count);
    }
    return {};
}

} // namespace signet::tls
