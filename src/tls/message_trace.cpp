// What LogLevel ssl:trace3 and ssl:trace4 show of a handshake: OpenSSL's states in mod_ssl's words,
// and messages as `openssl s_client -msg` prints them.   SSL_CTX_set_msg_callback(3)
#include "diagnosis/tls_alerts.h"
#include "tls/stream_core.h"

#include <fmt/format.h>

namespace signet::tls {
namespace {

constexpr size_t most_bytes = 256; // of one message; a chain of certificates is long

std::string_view version_text(int version)
{
    switch (version) {
    case SSL3_VERSION: return "SSL 3.0";
    case TLS1_VERSION: return "TLS 1.0";
    case TLS1_1_VERSION: return "TLS 1.1";
    case TLS1_2_VERSION: return "TLS 1.2";
    case TLS1_3_VERSION: return "TLS 1.3";
    default: return "???";
    }
}

std::string_view handshake_message(int type)
{
    switch (type) { // RFC 8446 §4, RFC 5246 §7.4
    case SSL3_MT_HELLO_REQUEST: return "HelloRequest";
    case SSL3_MT_CLIENT_HELLO: return "ClientHello";
    case SSL3_MT_SERVER_HELLO: return "ServerHello";
    case SSL3_MT_NEWSESSION_TICKET: return "NewSessionTicket";
    case SSL3_MT_END_OF_EARLY_DATA: return "EndOfEarlyData";
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
    default: return "???";
    }
}

std::string alert_text(int level, int description)
{
    const auto* known = diagnosis::find_tls_alert(description);
    return fmt::format("{} {}", level == SSL3_AL_FATAL ? "fatal" : "warning",
                       known ? known->name : "???");
}

// What a message is called; empty for what is no message (record headers, application data).
std::string message_name(int type, const unsigned char* bytes, size_t count)
{
    switch (type) {
    case SSL3_RT_CHANGE_CIPHER_SPEC: return fmt::format("ChangeCipherSpec [length {:04x}]", count);
    case SSL3_RT_ALERT:
        return fmt::format("Alert [length {:04x}], {}", count,
                           count == 2 ? alert_text(bytes[0], bytes[1]) : "???");
    case SSL3_RT_HANDSHAKE:
        return fmt::format("Handshake [length {:04x}], {}", count,
                           count > 0 ? handshake_message(bytes[0]) : "???");
    default: return {};
    }
}

} // namespace

void trace_message(int is_written, int version, int type, const void* data, size_t count, SSL*,
                   void* argument)
{
    auto& core = *static_cast<Stream::Core*>(argument);
    const auto* bytes = static_cast<const unsigned char*>(data);
    const std::string name = message_name(type, bytes, count);
    if (name.empty() || !core.messages) return;
    std::string line =
        fmt::format("{} {}, {}:", is_written ? ">>>" : "<<<", version_text(version), name);
    const size_t shown = std::min(count, most_bytes);
    for (size_t i = 0; i < shown; i++)
        fmt::format_to(std::back_inserter(line), " {:02x}", bytes[i]);
    if (shown < count) line += " ...";
    (*core.messages)(4, line);
}

void trace_state(Stream::Core& core, const SSL* ssl, int where, int value)
{
    const char* const state = SSL_state_string_long(ssl);
    std::string line;
    if ((where & SSL_CB_HANDSHAKE_START) != 0) {
        line = "Handshake: start";
    } else if ((where & SSL_CB_HANDSHAKE_DONE) != 0) {
        line = "Handshake: done";
    } else if ((where & SSL_CB_LOOP) != 0) {
        line = fmt::format("Loop: {}", state);
    } else if ((where & SSL_CB_ALERT) != 0) {
        line = fmt::format("{}: Alert: {}:{}", (where & SSL_CB_READ) != 0 ? "Read" : "Write",
                           SSL_alert_type_string_long(value), SSL_alert_desc_string_long(value));
    } else if ((where & SSL_CB_EXIT) != 0 && value <= 0) {
        line = fmt::format("Exit: {} in {}", value == 0 ? "failed" : "error", state);
    } else {
        return;
    }
    (*core.messages)(3, "OpenSSL: " + line);
}

void trace_own_record(Stream::Core& core, const Records::Opened& opened)
{
    switch (opened.kind) {
    case Records::Kind::closed:
        (*core.messages)(4, "<<< TLS 1.3, Alert [length 0002], warning close_notify: 01 00");
        break;
    case Records::Kind::failed:
        (*core.messages)(4, fmt::format("{} TLS 1.3, Alert [length 0002], {}: 02 {:02x}",
                                        opened.by_peer ? "<<<" : ">>>",
                                        alert_text(SSL3_AL_FATAL, opened.alert), opened.alert));
        break;
    default:
        (*core.messages)(4, "<<< TLS 1.3, a record without data (KeyUpdate, warning or empty)");
        break;
    }
}

} // namespace signet::tls
