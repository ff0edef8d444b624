// Why handshakes fail, sorted: from OpenSSL's reasons and alerts to the catalogue's entries.
#include "diagnosis/tls_alerts.h"
#include "tls/policy.h"
#include "tls/stream_core.h"

#include <openssl/sslerr.h>

namespace signet::tls {
namespace {

constexpr int renegotiation_declined = 824; // by the client, whom a directory asked

} // namespace

std::string_view alert_name(int alert)
{
    const auto* known = diagnosis::find_tls_alert(alert);
    return known ? known->name : "unknown";
}

void note_alert(const SSL* ssl, int where, int value)
{
    auto* core = static_cast<Stream::Core*>(SSL_get_app_data(ssl));
    if (core->messages) trace_state(*core, ssl, where, value);
    const OSSL_HANDSHAKE_STATE state = SSL_get_state(ssl);
    if ((where & SSL_CB_LOOP) != 0 && state == TLS_ST_SW_ENCRYPTED_EXTENSIONS) hear_secrets(ssl);
    if ((where & SSL_CB_LOOP) != 0 && state == TLS_ST_SR_FINISHED) {
        auto& asked = core->reauthentication;
        if (asked == Stream::Core::Reauthenticating::asked)
            asked = Stream::Core::Reauthenticating::answered;
    }
    if ((where & SSL_CB_ALERT) == 0) return;
    const bool fatal = (value >> 8) == SSL3_AL_FATAL;
    const bool is_ours = (where & SSL_CB_WRITE) != 0;
    if (!fatal && is_ours && (value & 0xff) == SSL_AD_NO_RENEGOTIATION) core->renegotiations++;
    if (!fatal) return; // close_notify and warnings show up as return values
    core->alert = value & 0xff;
    core->alert_by_peer = (where & SSL_CB_READ) != 0;
}

int failure_id(unsigned long openssl_error, int alert, bool by_peer)
{
    if (by_peer) {
        switch (alert) {
        case SSL_AD_UNKNOWN_CA: return peer_unknown_ca;
        case SSL_AD_CERTIFICATE_EXPIRED: return peer_certificate_expired;
        case SSL_AD_BAD_CERTIFICATE: return peer_bad_certificate;
        case SSL_AD_CERTIFICATE_UNKNOWN: return peer_certificate_unknown;
        case SSL_AD_PROTOCOL_VERSION:
        case SSL_AD_INSUFFICIENT_SECURITY: return peer_protocol_version;
        default: break;
        }
        const auto* known = diagnosis::find_tls_alert(alert);
        return known && known->is_about_certificate ? peer_refused_certificate : peer_alert;
    }
    switch (ERR_GET_REASON(openssl_error)) {
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_VERSION_TOO_LOW:
    case SSL_R_VERSION_TOO_HIGH:
    case SSL_R_NO_PROTOCOLS_AVAILABLE:
    case SSL_R_WRONG_SSL_VERSION: return handshake_no_shared_protocol;
    case SSL_R_NO_SHARED_CIPHER: return handshake_no_shared_cipher;
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SHARED_GROUPS: return handshake_no_shared_group;
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS: return handshake_no_shared_signature;
    case SSL_R_INAPPROPRIATE_FALLBACK: return handshake_fallback;
    case SSL_R_NO_APPLICATION_PROTOCOL: return handshake_no_application_protocol;
    case SSL_R_NO_RENEGOTIATION: return renegotiation_declined;
    case SSL_R_UNSAFE_LEGACY_RENEGOTIATION_DISABLED: return renegotiation_unsafe;
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_ENCRYPTED_LENGTH_TOO_LONG:
    case SSL_R_PACKET_LENGTH_TOO_LONG: return record_bad;
    case SSL_R_RECORD_TOO_SMALL:     // more than 32 without data, one after the other
    case SSL_R_TOO_MANY_WARN_ALERTS: // more than 5
        return record_flood;
    default: break;
    }
    if (alert == SSL_AD_BAD_RECORD_MAC || alert == SSL_AD_RECORD_OVERFLOW) return record_bad;
    return alert == SSL_AD_DECODE_ERROR || alert == SSL_AD_UNEXPECTED_MESSAGE ? handshake_malformed
                                                                              : handshake_failed;
}

} // namespace signet::tls
