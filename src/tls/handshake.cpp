#include "tls/stream_core.h"

#include "base/text.h"
#include "tls/context_policy.h"
#include "tls/key_log.h"
#include "tls/policy.h"
#include "tls/post_mortem.h"

#include <cassert>
#include <cstring>

namespace signet::tls {

void Handshake::refuse(int id, std::string text, int alert)
{
    if (alert >= 0 && core_.out) {
        const char record[] = {21, 3, 1, 0, 2, 2, static_cast<char>(alert)};
        core_.out->append({record, sizeof record});
    }
    core_.failure = std::make_unique<Failure>(Failure{.id = id,
                                                      .text = std::move(text),
                                                      .alert = alert,
                                                      .in_handshake = !stream_.is_established()});
    stream_.state_ = Stream::State::failed;
}

void Handshake::abandon(bool timed_out)
{
    const char* const how = timed_out ? "timeout" : "the client closed the connection";
    std::string where = " before it sent a byte";
    int id = timed_out ? handshake_never_begun : handshake_closed_early;
    if (core_.ssl) {
        where = std::string(" in state ") + SSL_state_string_long(core_.ssl.get());
        id = timed_out ? handshake_timed_out : handshake_closed;
    } else if (!core_.held.empty()) {
        where = " after " + std::to_string(core_.held.size()) + " bytes of the ClientHello";
        if (timed_out) id = handshake_timed_out;
    }
    refuse(id, how + where, -1);
    if (core_.hello && stream_.context_)
        core_.failure->text += "; " + describe(*core_.hello, *stream_.context_);
}

void Handshake::fail_with_openssl(std::string_view what, int ssl_error)
{
    const unsigned long first = ERR_peek_error();
    std::string text(what);
    if (core_.alert >= 0) {
        text += core_.alert_by_peer ? ": the client sent the alert " : ": alert ";
        text += alert_name(core_.alert);
    }
    auto errors = take_library_errors();
    for (const auto& one : errors) text += (&one == errors.data() ? " (" : ", ") + one;
    if (!errors.empty()) text += ")";
    if (errors.empty() && core_.alert < 0) text += ": SSL_get_error " + std::to_string(ssl_error);
    core_.failure =
        std::make_unique<Failure>(Failure{.id = failure_id(first, core_.alert, core_.alert_by_peer),
                                          .text = std::move(text),
                                          .alert = core_.alert,
                                          .by_peer = core_.alert_by_peer,
                                          .library_errors = std::move(errors),
                                          .in_handshake = !stream_.is_established()});
    // Refused to renegotiate, most clients give up with an alert: that is not what went wrong.
    if (core_.renegotiations > 0) core_.failure->id = renegotiation_refused;
    if (core_.hello && stream_.context_) {
        explain(*core_.failure, *core_.hello, *stream_.context_);
    } else if (core_.alert_by_peer && core_.renegotiations == 0) {
        explain_alert(*core_.failure);
    }
    stream_.state_ = Stream::State::failed;
}

bool Handshake::select(const ClientHello& hello)
{
    stream_.context_ = core_.selector->select(hello);
    if (!stream_.context_) {
        refuse(handshake_unrecognized_name,
               hello.server_name.empty() ? "no virtual host for a client without server name"
                                         : "no virtual host for " + hello.server_name,
               SSL_AD_UNRECOGNIZED_NAME);
        return false;
    }
    core_.ssl = stream_.context_->new_ssl(hello);
    BIO* bio = core_.ssl ? new_core_bio(core_) : nullptr;
    if (!bio) {
        refuse(context_failed,
               "Unable to create a new SSL connection from the SSL context: " + pki::drain_errors(),
               SSL_AD_INTERNAL_ERROR);
        return false;
    }
    SSL_set_bio(core_.ssl.get(), bio, bio);
    SSL_set_app_data(core_.ssl.get(), &core_);
    SSL_set_accept_state(core_.ssl.get());
    if (stream_.context_->asks_responders()) SSL_set_mode(core_.ssl.get(), SSL_MODE_ASYNC);
    if (hello.early_data && stream_.context_->takes_early_data()) {
        core_.early = std::make_unique<EarlyData>();
        if (stream_.context_->policy().claims_outside)
            SSL_set_mode(core_.ssl.get(), SSL_MODE_ASYNC);
    }
    if (core_.messages) {
        SSL_set_msg_callback(core_.ssl.get(), trace_message);
        SSL_set_msg_callback_arg(core_.ssl.get(), &core_);
    }
    core_.hello = std::make_unique<ClientHello>(hello);
    stream_.session_ = std::make_unique<Stream::Session>();
    stream_.session_->server_name = hello.server_name;
    const auto& settings = stream_.context_->settings();
    const auto& client = settings.client;
    core_.verification = {
        .mode = client.mode, .depth = client.depth, .cipher_list = settings.cipher_list};
    core_.keeps_openssl = client.may_ask_later && hello.post_handshake_auth;
    core_.session_wanted = stream_.context_->session_to_look_up(hello);
    core_.waits_for_session = !core_.session_wanted.empty();
    return true;
}

// Neither TLS nor HTTP. Always false.
bool Handshake::refuse_opening(Opening opening)
{
    switch (opening) {
    case Opening::ssl2_hello:
        refuse(opening_ssl2, "the client sent an SSLv2 hello", SSL_AD_PROTOCOL_VERSION);
        break;
    case Opening::ssh: refuse(opening_ssh, "the client speaks SSH, not TLS", -1); break;
    case Opening::proxy_header:
        refuse(opening_proxy_header, "the client sent a PROXY header, which is not expected here",
               -1);
        break;
    case Opening::http2_preface:
        refuse(opening_http2, "the client speaks HTTP/2 without TLS (its preface came first)", -1);
        break;
    case Opening::mail: refuse(opening_mail, "the client speaks SMTP, not TLS", -1); break;
    default:
        refuse(handshake_not_tls, "the client does not speak TLS", SSL_AD_UNEXPECTED_MESSAGE);
        break;
    }
    // What Apache's OpenSSL says of such bytes.
    core_.failure->library_errors = {opening == Opening::ssl2_hello
                                         ? "error:0A0000D5:SSL routines::record length mismatch"
                                         : "error:0A00010B:SSL routines::wrong version number"};
    return false;
}

// Looks at the first bytes until the ClientHello is complete, then makes the SSL.
bool Handshake::open()
{
    if (!core_.held.empty()) core_.keep_input();
    const std::string_view bytes = core_.held.empty()
                                       ? std::string_view(core_.input.data(), core_.input.size())
                                       : std::string_view(core_.held);
    const Opening opening = classify(bytes);
    switch (opening) {
    case Opening::tls: break;
    case Opening::incomplete: core_.keep_input(); return false;
    case Opening::plain_http:
        core_.keep_input();
        core_.failure = std::make_unique<Failure>(Failure{
            .id = handshake_plain_http,
            .text =
                "SSL handshake failed: HTTP spoken on HTTPS port; trying to send HTML error page"});
        stream_.state_ = Stream::State::plain_http;
        return false;
    default: return refuse_opening(opening);
    }
    ClientHello hello;
    const auto complete = read_client_hello(bytes, hello);
    if (!complete) {
        refuse(handshake_malformed, complete.error().text, SSL_AD_DECODE_ERROR);
        return false;
    }
    if (!*complete) {
        core_.keep_input();
        return false;
    }
    core_.hello_time = std::chrono::steady_clock::now();
    return select(hello);
}

void Handshake::advance()
{
    const auto begun = std::chrono::steady_clock::now();
    step();
    core_.work += std::chrono::steady_clock::now() - begun;
}

void Handshake::step()
{
    if (!core_.ssl && !open()) return;
    if (core_.waits_for_session || core_.is_paused) {
        core_.keep_input();
        // Nobody sends much before the answer to the hello.
        if (core_.held.size() > 2 * max_client_hello)
            refuse(handshake_malformed, "the client sends on without waiting", SSL_AD_DECODE_ERROR);
        return;
    }
    assert(ERR_peek_error() == 0);
    const bool goes_on = SSL_get_state(core_.ssl.get()) != TLS_ST_BEFORE;
    if (goes_on && SSL_version(core_.ssl.get()) == TLS1_3_VERSION) hear_secrets(core_.ssl.get());
    if (core_.early && !take_early_data()) {
        hear_no_secrets(core_.ssl.get());
        return;
    }
    const int result = SSL_do_handshake(core_.ssl.get());
    hear_no_secrets(core_.ssl.get());
    if (result == 1) {
        finish();
        return;
    }
    const int error = SSL_get_error(core_.ssl.get(), result);
    if (error == SSL_ERROR_WANT_ASYNC) core_.is_paused = true;
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_ASYNC) {
        core_.keep_input(); // nothing is left, as a rule
        return;
    }
    fail_with_openssl("SSL library error " + std::to_string(error) + " in handshake", error);
}

void Handshake::finish()
{
    describe_session();
    identify_client();
    if (core_.session_found) pki::wipe(core_.session_found->data(), core_.session_found->size());
    core_.session_found.reset();
    stream_.state_ = Stream::State::established;
    SSL_clear_mode(core_.ssl.get(), SSL_MODE_ASYNC); // until the client is asked again
    core_.hello.reset();
    if (core_.secrets) leave_openssl();
    core_.early.reset();
}

// Keeps what the facts and the log need, so that the SSL may go.
void Handshake::describe_session()
{
    const SSL* ssl = core_.ssl.get();
    auto& session = *stream_.session_;
    session.version = static_cast<uint16_t>(SSL_version(ssl));
    session.protocol = SSL_get_version(ssl);
    if (const SSL_CIPHER* cipher = SSL_get_current_cipher(ssl)) {
        session.cipher = SSL_CIPHER_get_name(cipher);
        int algorithm_bits = 0;
        session.used_bits = static_cast<int16_t>(SSL_CIPHER_get_bits(cipher, &algorithm_bits));
        session.algorithm_bits = static_cast<int16_t>(algorithm_bits);
    }
    session.resumed = SSL_session_reused(ssl) == 1;
    session.secure_renegotiation = SSL_get_secure_renegotiation_support(core_.ssl.get()) == 1;
    if (const SSL_SESSION* one = SSL_get_session(ssl)) {
        unsigned size = 0;
        const unsigned char* id = SSL_SESSION_get_id(one, &size);
        session.id_size = static_cast<uint8_t>(std::min<unsigned>(size, sizeof session.id));
        std::memcpy(session.id, id, session.id_size);
    }
    const unsigned char* alpn = nullptr;
    unsigned alpn_size = 0;
    SSL_get0_alpn_selected(ssl, &alpn, &alpn_size);
    if (alpn_size > 0) session.alpn.assign(reinterpret_cast<const char*>(alpn), alpn_size);
    if (X509* shown = SSL_get_certificate(ssl); shown && X509_up_ref(shown) == 1)
        session.certificate.reset(shown);
}

// With the traffic secrets and the sequence numbers known, everything that follows is ours.
void Handshake::leave_openssl()
{
    const auto secrets = std::move(core_.secrets);
    if (stream_.session_->version != TLS1_3_VERSION || !stream_.context_->may_leave_openssl()
        || core_.keeps_openssl)
        return;
    const SSL_CIPHER* cipher = SSL_get_current_cipher(core_.ssl.get());
    core_.records = Records::create(
        SSL_CIPHER_get_protocol_id(cipher), secrets->client.bytes(), secrets->server.bytes(),
        core_.records_written + (core_.early ? core_.early->records : 0));
    if (!core_.records) return;
    // Freeing an SSL that was not shut down would take its session out of the cache.
    SSL_set_shutdown(core_.ssl.get(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    core_.ssl.reset();
}

void hear_secrets(const SSL* ssl)
{
    const auto& policy = policy_of(ssl);
    if (policy.may_leave_openssl) SSL_CTX_set_keylog_callback(policy.context.get(), note_secret);
}

void hear_no_secrets(const SSL* ssl)
{
    const auto& policy = policy_of(ssl);
    if (!policy.key_log) SSL_CTX_set_keylog_callback(policy.context.get(), nullptr);
}

void note_secret(const SSL* ssl, const char* line)
{
    if (const auto* log = policy_of(ssl).key_log) log->write(line);
    if (!policy_of(ssl).may_leave_openssl) return;
    // "SERVER_TRAFFIC_SECRET_0 <client random> <secret>", both in hexadecimal
    constexpr std::string_view client_label = "CLIENT_TRAFFIC_SECRET_0 ";
    constexpr std::string_view server_label = "SERVER_TRAFFIC_SECRET_0 ";
    std::string_view text(line);
    const bool is_client = text.starts_with(client_label);
    if (!is_client && !text.starts_with(server_label)) return;
    text.remove_prefix(client_label.size());
    const size_t space = text.find(' ');
    if (space == std::string_view::npos) return;
    text.remove_prefix(space + 1);
    std::array<unsigned char, 64> secret{};
    if (text.size() > 2 * secret.size()) return;
    for (size_t i = 0; i + 1 < text.size(); i += 2) {
        secret[i / 2] =
            static_cast<unsigned char>(hex_digit(text[i]) << 4 | hex_digit(text[i + 1]));
    }
    auto& core = *static_cast<Stream::Core*>(SSL_get_app_data(ssl));
    if (!core.secrets) core.secrets = std::make_unique<TrafficSecrets>();
    auto& into = is_client ? core.secrets->client : core.secrets->server;
    into = pki::Secret(std::span<const unsigned char>(secret.data(), text.size() / 2));
    pki::wipe(secret.data(), secret.size());
}

} // namespace signet::tls
