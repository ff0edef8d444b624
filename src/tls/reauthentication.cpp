// Asking a client for its certificate, or for other suites, after the handshake: renegotiation
// (RFC 5246 §7.4.1.1, RFC 5746) under TLS 1.2, post-handshake authentication (RFC 8446 §4.6.2)
// under TLS 1.3.
#include "tls/context_policy.h"
#include "tls/stream_core.h"

#include <openssl/rand.h>

namespace signet::tls {
namespace {

// What comes of it must not be resumed by a connection on which nobody asked.
bool set_session_apart(SSL* ssl)
{
    unsigned char apart[SSL_MAX_SID_CTX_LENGTH];
    if (RAND_bytes(apart, sizeof apart) != 1) return false;
    SSL_SESSION* session = SSL_get_session(ssl);
    return SSL_set_session_id_context(ssl, apart, sizeof apart) == 1
           && (SSL_version(ssl) != TLS1_3_VERSION || !session
               || SSL_SESSION_set1_id_context(session, apart, sizeof apart) == 1);
}

bool begin_renegotiation(SSL* ssl, const Reauthentication& wanted)
{
    if (!wanted.cipher_list.empty() && SSL_set_cipher_list(ssl, wanted.cipher_list.c_str()) != 1)
        return false;
    SSL_clear_options(ssl, SSL_OP_NO_RENEGOTIATION);
    return SSL_renegotiate(ssl) == 1;
}

} // namespace

bool Stream::may_reauthenticate() const
{
    return core_->ssl && state_ == State::established;
}

const ClientIdentity& Stream::client() const
{
    static const ClientIdentity nobody;
    return session_ ? session_->client : nobody;
}

const Stream::Verification& Stream::verification() const
{
    return core_->verification;
}

std::vector<VerificationNote> Stream::take_notes()
{
    return std::exchange(core_->notes, {});
}

void Stream::relax_verification(VerifyClient mode)
{
    core_->verification.mode = mode;
    if (core_->ssl) SSL_set_verify(core_->ssl.get(), openssl_mode(mode), nullptr);
}

Result<void> Stream::reauthenticate(const Reauthentication& wanted, Chain& out)
{
    auto& core = *core_;
    if (!may_reauthenticate()) return fail("the connection is not OpenSSL's any more");
    core.out = &out;
    SSL* ssl = core.ssl.get();
    const auto before = core.verification;
    core.verification.mode = wanted.mode;
    core.verification.depth = wanted.depth;
    if (!wanted.cipher_list.empty()) core.verification.cipher_list = wanted.cipher_list;
    SSL_set_verify(ssl, openssl_mode(wanted.mode), nullptr);
    const bool later = SSL_version(ssl) == TLS1_3_VERSION;
    const bool begun =
        set_session_apart(ssl)
        && (later ? SSL_verify_client_post_handshake(ssl) == 1 : begin_renegotiation(ssl, wanted))
        && SSL_do_handshake(ssl) == 1;
    if (begun && context_->asks_responders()) SSL_set_mode(ssl, SSL_MODE_ASYNC);
    if (!begun) {
        SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
        core.verification = before;
        SSL_set_verify(ssl, openssl_mode(before.mode), nullptr);
        return pki::fail_openssl(later ? "SSL_verify_client_post_handshake" : "SSL_renegotiate");
    }
    core.reauthentication = Core::Reauthenticating::asked;
    core.data_meanwhile = !core.is_drained() || core.plain_at < core.plain.size();
    core.generous = false;
    core.verify_error.clear();
    return {};
}

bool Stream::is_reauthenticating() const
{
    return core_->reauthentication != Core::Reauthenticating::no && state_ == State::established;
}

bool Stream::had_data_meanwhile() const
{
    return core_->data_meanwhile;
}

void Handshake::finish_reauthentication()
{
    SSL* ssl = core_.ssl.get();
    core_.reauthentication = Stream::Core::Reauthenticating::no;
    SSL_clear_mode(ssl, SSL_MODE_ASYNC);
    core_.dropped.reset();
    SSL_set_options(ssl, SSL_OP_NO_RENEGOTIATION);
    describe_session();
    identify_client();
}

// The same check again of a certificate that was shown before (SSLOptions +OptRenegotiate).
bool Stream::verify_again(const Reauthentication& wanted)
{
    auto& core = *core_;
    if (!may_reauthenticate() || !session_->client.certificate) return false;
    SSL* ssl = core.ssl.get();
    core.verification.mode = wanted.mode;
    core.verification.depth = wanted.depth;
    core.generous = false;
    core.verify_error.clear();
    SSL_set_verify(ssl, openssl_mode(wanted.mode), nullptr);
    const std::unique_ptr<X509_STORE_CTX, pki::Deleter<X509_STORE_CTX_free>> check(
        X509_STORE_CTX_new());
    X509_STORE* store = SSL_CTX_get_cert_store(SSL_get_SSL_CTX(ssl));
    if (!check
        || X509_STORE_CTX_init(check.get(), store, session_->client.certificate.get(),
                               SSL_get_peer_cert_chain(ssl))
               != 1)
        return false;
    X509_STORE_CTX_set_ex_data(check.get(), SSL_get_ex_data_X509_STORE_CTX_idx(), ssl);
    X509_STORE_CTX_set_default(check.get(), "ssl_client");
    X509_STORE_CTX_set_verify_cb(check.get(), SSL_get_verify_callback(ssl));
    core.verifies_again = true;
    const bool good = X509_verify_cert(check.get()) == 1;
    core.verifies_again = false;
    SSL_set_verify_result(ssl, X509_STORE_CTX_get_error(check.get()));
    pki::forget_errors();
    Handshake(*this).identify_client();
    return good;
}

} // namespace signet::tls
