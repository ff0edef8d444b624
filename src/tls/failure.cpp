// Why handshakes fail, sorted: from OpenSSL's reasons and alerts to the catalogue's entries.
#include "tls/policy.h"
#include "tls/stream_core.h"

#include <openssl/sslerr.h>

namespace signet::tls {

std::string_view alert_name(int alert)
{
    switch (alert) { // RFC 8446 §6
    case 0: return "close_notify";
    case 10: return "unexpected_message";
    case 20: return "bad_record_mac";
    case 22: return "record_overflow";
    case 40: return "handshake_failure";
    case 42: return "bad_certificate";
    case 43: return "unsupported_certificate";
    case 44: return "certificate_revoked";
    case 45: return "certificate_expired";
    case 46: return "certificate_unknown";
    case 47: return "illegal_parameter";
    case 48: return "unknown_ca";
    case 49: return "access_denied";
    case 50: return "decode_error";
    case 51: return "decrypt_error";
    case 70: return "protocol_version";
    case 71: return "insufficient_security";
    case 80: return "internal_error";
    case 86: return "inappropriate_fallback";
    case 90: return "user_canceled";
    case 100: return "no_renegotiation";
    case 109: return "missing_extension";
    case 110: return "unsupported_extension";
    case 112: return "unrecognized_name";
    case 113: return "bad_certificate_status_response";
    case 115: return "unknown_psk_identity";
    case 116: return "certificate_required";
    case 120: return "no_application_protocol";
    default: return "unknown";
    }
}

void note_alert(const SSL* ssl, int where, int value)
{
    if ((where & SSL_CB_LOOP) != 0 && SSL_get_state(ssl) == TLS_ST_SR_FINISHED) {
        auto& asked = static_cast<Stream::Core*>(SSL_get_app_data(ssl))->reauthentication;
        if (asked == Stream::Core::Reauthenticating::asked)
            asked = Stream::Core::Reauthenticating::answered;
    }
    if ((where & SSL_CB_ALERT) == 0) return;
    const bool fatal = (value >> 8) == SSL3_AL_FATAL;
    if (!fatal) return; // close_notify and warnings show up as return values
    auto* core = static_cast<Stream::Core*>(SSL_get_app_data(ssl));
    core->alert = value & 0xff;
    core->alert_by_peer = (where & SSL_CB_READ) != 0;
}

int failure_id(unsigned long openssl_error, int alert, bool by_peer)
{
    if (by_peer) {
        switch (alert) {
        case SSL_AD_UNKNOWN_CA:
        case SSL_AD_BAD_CERTIFICATE:
        case SSL_AD_UNSUPPORTED_CERTIFICATE:
        case SSL_AD_CERTIFICATE_EXPIRED:
        case SSL_AD_CERTIFICATE_REVOKED:
        case SSL_AD_CERTIFICATE_UNKNOWN: return handshake_unknown_certificate;
        default: return peer_alert;
        }
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
    case SSL_R_NO_RENEGOTIATION: return renegotiation_refused;
    case SSL_R_DECRYPTION_FAILED_OR_BAD_RECORD_MAC:
    case SSL_R_BAD_RECORD_TYPE:
    case SSL_R_ENCRYPTED_LENGTH_TOO_LONG:
    case SSL_R_PACKET_LENGTH_TOO_LONG: return record_bad;
    default: break;
    }
    if (alert == SSL_AD_BAD_RECORD_MAC || alert == SSL_AD_RECORD_OVERFLOW) return record_bad;
    return alert == SSL_AD_DECODE_ERROR || alert == SSL_AD_UNEXPECTED_MESSAGE ? handshake_malformed
                                                                              : handshake_failed;
}

} // namespace signet::tls
