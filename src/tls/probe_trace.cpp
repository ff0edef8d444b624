#include "tls/probe_trace.h"

namespace signet::tls {
namespace {

// RFC 8446 §4, RFC 5246 §7.4
const char* handshake_name(unsigned char type)
{
    switch (type) {
    case SSL3_MT_CLIENT_HELLO: return "ClientHello";
    case SSL3_MT_SERVER_HELLO: return "ServerHello";
    case SSL3_MT_NEWSESSION_TICKET: return "NewSessionTicket";
    case SSL3_MT_ENCRYPTED_EXTENSIONS: return "EncryptedExtensions";
    case SSL3_MT_CERTIFICATE: return "Certificate";
    case SSL3_MT_SERVER_KEY_EXCHANGE: return "ServerKeyExchange";
    case SSL3_MT_CERTIFICATE_REQUEST: return "CertificateRequest";
    case SSL3_MT_SERVER_DONE: return "ServerHelloDone";
    case SSL3_MT_CERTIFICATE_VERIFY: return "CertificateVerify";
    case SSL3_MT_CLIENT_KEY_EXCHANGE: return "ClientKeyExchange";
    case SSL3_MT_FINISHED: return "Finished";
    case SSL3_MT_CERTIFICATE_STATUS: return "CertificateStatus";
    case SSL3_MT_KEY_UPDATE: return "KeyUpdate";
    default: return "another message";
    }
}

void on_message(int sent, int, int type, const void* data, size_t size, SSL*, void* argument)
{
    const auto& options = *static_cast<const ProbeOptions*>(argument);
    const auto* bytes = static_cast<const unsigned char*>(data);
    std::string line = sent ? ">>> " : "<<< ";
    switch (type) {
    case SSL3_RT_HANDSHAKE: line += size > 0 ? handshake_name(bytes[0]) : "Handshake"; break;
    case SSL3_RT_ALERT:
        if (size < 2) return;
        line += std::string("Alert, ") + SSL_alert_type_string_long(bytes[0] << 8) + ": "
                + SSL_alert_desc_string_long(bytes[1]);
        break;
    case SSL3_RT_CHANGE_CIPHER_SPEC: line += "ChangeCipherSpec"; break;
    default: return; // record headers
    }
    options.on_message(line + ", " + std::to_string(size) + " bytes");
}

void on_state(const SSL* ssl, int where, int result)
{
    const auto& options = *static_cast<const ProbeOptions*>(SSL_get_app_data(ssl));
    if (where & SSL_CB_ALERT) {
        options.on_state(std::string("alert ") + (where & SSL_CB_READ ? "received" : "sent") + ", "
                         + SSL_alert_type_string_long(result) + ": "
                         + SSL_alert_desc_string_long(result));
    } else if (where & SSL_CB_LOOP) {
        options.on_state(SSL_state_string_long(ssl));
    } else if ((where & SSL_CB_EXIT) && result == 0) {
        options.on_state(std::string("failed in ") + SSL_state_string_long(ssl));
    }
}

} // namespace

void trace(SSL* ssl, const ProbeOptions& options)
{
    SSL_set_app_data(ssl, const_cast<ProbeOptions*>(&options));
    if (options.on_state) SSL_set_info_callback(ssl, on_state);
    if (!options.on_message) return;
    SSL_set_msg_callback(ssl, on_message);
    SSL_set_msg_callback_arg(ssl, const_cast<ProbeOptions*>(&options));
}

} // namespace signet::tls
