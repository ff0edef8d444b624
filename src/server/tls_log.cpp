#include "server/tls_log.h"

#include "base/text.h"
#include "server/error_log.h"
#include "server/vhost.h"
#include "tls/facts.h"
#include "tls/stream.h"

namespace signet::server {
namespace {

// "localhost:443", as mod_ssl names servers.
std::string name_of(const VirtualHost& vhost)
{
    const unsigned port = vhost.server_port != 0 ? vhost.server_port : 443U;
    return "(server " + vhost.server_name + ":" + std::to_string(port) + ")";
}

template <class... Pieces>
void say(const VirtualHost& vhost, const Peer& peer, Severity severity, std::string_view apache_id,
         const Pieces&... pieces)
{
    if (!log_enabled(vhost, &peer, severity, "ssl")) return;
    std::string text;
    ((text += pieces), ...);
    log_event(vhost, &peer,
              {.severity = severity, .module = "ssl", .apache_id = apache_id, .text = text});
}

void log_name_asked_for(const VirtualHost& vhost, const Peer& peer, const tls::Stream& stream)
{
    const auto sni = stream.server_name();
    if (sni.empty()) {
        say(vhost, peer, Severity::debug, "AH02645",
            "Server name not provided via TLS extension (using default/first virtual host)");
    } else if (stream.context() == vhost.tls_context.get() && !iequals(sni, vhost.server_name)) {
        say(vhost, peer, Severity::debug, "AH02044", "No matching SSL virtual host for servername ",
            sni, " found (using default/first virtual host)");
    } else {
        say(vhost, peer, Severity::debug, "AH02043", "SSL virtual host for servername ", sni,
            " found");
    }
}

} // namespace

void log_tls_accepted(const VirtualHost& vhost, const Peer& peer)
{
    if (!log_enabled(vhost, &peer, Severity::info, "ssl")) return;
    say(vhost, peer, Severity::info, "AH01964", "Connection to child ", std::to_string(peer.id),
        " established ", name_of(vhost));
}

void log_tls_verification(const VirtualHost& vhost, const Peer& peer, tls::Stream& stream)
{
    const bool informs = log_enabled(vhost, &peer, Severity::info, "ssl");
    for (const auto& note : stream.take_notes()) {
        // Why a client was refused must be in the log at any level.
        const bool is_brief = note.severity == Severity::info && !informs;
        say(vhost, peer, is_brief ? Severity::error : note.severity,
            is_brief ? std::string_view("AH02039") : note.apache_id, note.text,
            is_brief ? std::string_view() : std::string_view(note.about));
    }
}

void log_tls_established(const VirtualHost& vhost, const Peer& peer, tls::Stream& stream)
{
    if (log_enabled(vhost, &peer, Severity::debug, "ssl")) log_name_asked_for(vhost, peer, stream);
    log_tls_verification(vhost, peer, stream);
    if (!log_enabled(vhost, &peer, Severity::info, "ssl")) return;
    say(vhost, peer, Severity::debug, "AH02041", "Protocol: ", stream.protocol(),
        ", Cipher: ", stream.cipher(), " (", tls::fact(stream, "SSL_CIPHER_USEKEYSIZE"), "/",
        tls::fact(stream, "SSL_CIPHER_ALGKEYSIZE"), " bits)");
    const auto& client = stream.client();
    if (client.certificate && (client.generous || client.result != X509_V_OK)) {
        say(vhost, peer, Severity::info, "AH02009",
            "SSL client authentication failed, accepting certificate based on \"SSLVerifyClient "
            "optional_no_ca\" configuration");
    }
}

// Apache's line, for programs that search for it, and what we know about the reason.
void log_tls_failure(const VirtualHost& vhost, const Peer& peer, tls::Stream& stream)
{
    const auto& failure = stream.failure();
    if (stream.context() && log_enabled(vhost, &peer, Severity::info, "ssl"))
        log_name_asked_for(vhost, peer, stream);
    log_tls_verification(vhost, peer, stream);
    if (!log_enabled(vhost, &peer, Severity::info, "ssl")) return;
    say(vhost, peer, Severity::info, "AH02008", "SSL library error 1 in handshake ",
        name_of(vhost));
    log_event(
        vhost, &peer,
        {.severity = Severity::info, .module = "ssl", .id = failure.id, .text = failure.text});
}

void log_tls_plain_http(const VirtualHost& vhost, const Peer& peer)
{
    say(vhost, peer, Severity::info, "AH01996",
        "SSL handshake failed: HTTP spoken on HTTPS port; trying to send HTML error page");
}

void log_tls_stopped(const VirtualHost& vhost, const Peer& peer)
{
    say(vhost, peer, Severity::info, "AH02006", "SSL handshake stopped: connection was closed");
}

void log_tls_closed(const VirtualHost& vhost, const Peer& peer, bool in_order)
{
    const auto severity = in_order ? Severity::debug : Severity::info;
    if (!log_enabled(vhost, &peer, severity, "ssl")) return;
    say(vhost, peer, severity, in_order ? "AH02001" : "AH01998", "Connection closed to child ",
        std::to_string(peer.id), in_order ? " with standard shutdown " : " with abortive shutdown ",
        name_of(vhost));
}

} // namespace signet::server
