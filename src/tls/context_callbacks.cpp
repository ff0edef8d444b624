// OpenSSL's callbacks that do not belong to one stream: tickets, session cache, ALPN, stapling.
#include "tls/algorithms.h"
#include "tls/context_policy.h"
#include "tls/session_cache.h"
#include "tls/stream_core.h"

#include <ctime>
#include <openssl/core_names.h>
#include <openssl/rand.h>

namespace signet::tls {
namespace {

// SSL_CTX_set_tlsext_ticket_key_evp_cb(3). On decryption 2 asks for a fresh ticket: always under
// TLS 1.3, whose clients use a ticket once.
int ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
               EVP_MAC_CTX* mac, int seal)
{
    const auto& policy = policy_of(ssl);
    std::optional<TicketKey> key;
    bool is_current = true;
    if (seal) {
        key = policy.tickets->current();
        if (RAND_bytes(iv, EVP_MAX_IV_LENGTH) != 1) return -1;
        std::copy(key->name.begin(), key->name.end(), name);
    } else {
        key = policy.tickets->find({name, key->name.size()}, is_current);
        if (!key) return 0; // too old: full handshake
    }
    const auto& fetched = algorithms();
    const EVP_CIPHER* aes =
        key->aes_size == 16 ? fetched.aes_128_cbc.get() : fetched.aes_256_cbc.get();
    char digest[] = "SHA256";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->hmac.data(), key->hmac_size),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_end()};
    const int ready = seal ? EVP_EncryptInit_ex2(cipher, aes, key->aes.data(), iv, nullptr)
                           : EVP_DecryptInit_ex2(cipher, aes, key->aes.data(), iv, nullptr);
    const bool done = ready == 1 && EVP_MAC_CTX_set_params(mac, parameters) == 1;
    pki::wipe(&*key, sizeof *key);
    if (!done) return -1;
    if (seal) return 1;
    return is_current && SSL_version(ssl) != TLS1_3_VERSION ? 1 : 2;
}

int new_session(SSL* ssl, SSL_SESSION* session)
{
    const auto& policy = policy_of(ssl);
    // A TLS 1.3 ticket carries its session; only with tickets off the cache has to.
    if (SSL_SESSION_get_protocol_version(session) == TLS1_3_VERSION && policy.session_tickets)
        return 0;
    unsigned id_size = 0;
    const unsigned char* id = SSL_SESSION_get_id(session, &id_size);
    unsigned char* der = nullptr;
    const int size = i2d_SSL_SESSION(session, &der);
    if (size <= 0 || id_size == 0) return 0;
    if (policy.external) { // it may take a while: the connection sees to it
        auto& core = *static_cast<Stream::Core*>(SSL_get_app_data(ssl));
        core.new_session = std::make_unique<NewSession>(
            NewSession{.id = std::string(reinterpret_cast<const char*>(id), id_size),
                       .session = pki::Secret({der, static_cast<size_t>(size)}),
                       .lifetime = std::chrono::seconds(SSL_SESSION_get_timeout(session))});
        OPENSSL_clear_free(der, static_cast<size_t>(size));
        return 0;
    }
    const int64_t now = std::time(nullptr);
    policy.cache->store({id, id_size}, {der, static_cast<size_t>(size)},
                        now + SSL_SESSION_get_timeout(session), now);
    OPENSSL_clear_free(der, static_cast<size_t>(size));
    return 0; // we keep no reference
}

SSL_SESSION* get_session(SSL* ssl, const unsigned char* id, int id_size, int* copy)
{
    *copy = 0; // the caller gets our reference
    std::optional<std::string> der;
    if (policy_of(ssl).external) {
        auto& core = *static_cast<Stream::Core*>(SSL_get_app_data(ssl));
        const std::string_view wanted(reinterpret_cast<const char*>(id),
                                      static_cast<size_t>(id_size));
        if (core.session_wanted == wanted) der = core.session_found; // a second hello asks again
    } else {
        der = policy_of(ssl).cache->find({id, static_cast<size_t>(id_size)}, std::time(nullptr));
    }
    if (!der) return nullptr;
    const auto* at = reinterpret_cast<const unsigned char*>(der->data());
    SSL_SESSION* session = d2i_SSL_SESSION(nullptr, &at, static_cast<long>(der->size()));
    pki::wipe(der->data(), der->size());
    if (!session) pki::forget_errors();
    return session;
}

void remove_session(SSL_CTX* context, SSL_SESSION* session)
{
    const auto* policy = static_cast<const Context::Policy*>(SSL_CTX_get_app_data(context));
    unsigned size = 0;
    const unsigned char* id = SSL_SESSION_get_id(session, &size);
    if (policy && policy->cache && size > 0) policy->cache->remove({id, size});
}

// SSL_CTX_set_tlsext_status_cb(3): the client asked for the certificate's status. The certificate
// is chosen by then.
int staple(SSL* ssl, void*)
{
    const std::string response = Context::of(ssl).staple_for(ssl);
    if (response.empty()) return SSL_TLSEXT_ERR_NOACK;
    auto* copy = static_cast<unsigned char*>(OPENSSL_memdup(response.data(), response.size()));
    if (!copy) return SSL_TLSEXT_ERR_NOACK;
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, static_cast<long>(response.size())); // takes it
    return SSL_TLSEXT_ERR_OK;
}

// RFC 7301 §3.2: the server's preference decides, unless ProtocolsHonorOrder is off; nothing in
// common is a fatal alert.
int choose_protocol(SSL* ssl, const unsigned char** chosen, unsigned char* chosen_size,
                    const unsigned char* offered, unsigned offered_size, void*)
{
    const auto& policy = policy_of(ssl);
    std::string_view first = policy.alpn;
    std::string_view second(reinterpret_cast<const char*>(offered), offered_size);
    if (policy.client_chooses_alpn) std::swap(first, second);
    unsigned char* selected = nullptr;
    if (SSL_select_next_proto(&selected, chosen_size,
                              reinterpret_cast<const unsigned char*>(first.data()),
                              static_cast<unsigned>(first.size()),
                              reinterpret_cast<const unsigned char*>(second.data()),
                              static_cast<unsigned>(second.size()))
        != OPENSSL_NPN_NEGOTIATED) {
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    }
    *chosen = selected;
    return SSL_TLSEXT_ERR_OK;
}

} // namespace

const Context::Policy& policy_of(const SSL* ssl)
{
    return *static_cast<const Context::Policy*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

void install_callbacks(Context::Policy& policy)
{
    SSL_CTX* context = policy.context.get();
    SSL_CTX_set_app_data(context, &policy);
    if (policy.tickets && policy.session_tickets) {
        SSL_CTX_set_tlsext_ticket_key_evp_cb(context, ticket_key);
    }
    if (policy.cache || policy.external) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_SERVER | SSL_SESS_CACHE_NO_INTERNAL
                                                    | SSL_SESS_CACHE_NO_AUTO_CLEAR);
        SSL_CTX_sess_set_new_cb(context, new_session);
        SSL_CTX_sess_set_get_cb(context, get_session);
        SSL_CTX_sess_set_remove_cb(context, remove_session);
    } else {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    }
    SSL_CTX_set_tlsext_status_cb(context, staple);
    SSL_CTX_set_info_callback(context, note_alert);
    if (policy.key_log) SSL_CTX_set_keylog_callback(context, note_secret);
    if (!policy.alpn.empty()) SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

} // namespace signet::tls
