#include "server/tls_log.h"

#include "base/text.h"
#include "diagnosis/catalogue.h"
#include "server/error_log.h"
#include "server/tls_counters.h"
#include "server/vhost.h"
#include "server/worker.h"
#include "tls/facts.h"
#include "tls/post_mortem.h"
#include "tls/stream.h"

namespace signet::server {
namespace {

constexpr int early_data_refused = 835;

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

// "; cause: …; fix: …", the catalogue's where this case has none of its own.
void append_advice(std::string& text, int id, std::string_view cause, std::string_view fix)
{
    const auto* entry = diagnosis::find(id);
    if (cause.empty() && entry) cause = entry->cause;
    if (fix.empty() && entry) fix = entry->fix;
    text.append("; cause: ").append(cause).append("; fix: ").append(fix);
}

// The catalogue's symptom, cause and fix in one line.
void say_advice(const VirtualHost& vhost, const Peer& peer, int id)
{
    const auto* entry = diagnosis::find(id);
    std::string text(entry ? entry->symptom : "");
    append_advice(text, id, {}, {});
    log_event(vhost, &peer, {.severity = Severity::info, .module = "ssl", .id = id, .text = text});
}

// As Apache, which does not name the client here.
void log_library_error(const VirtualHost& vhost, std::string_view error)
{
    const std::string text =
        "SSL Library Error: " + std::string(error) + std::string(tls::apache_hint(error));
    log_event(vhost, nullptr, {.severity = Severity::info, .module = "ssl", .text = text});
}

// Scanners may not fill the log: what was left out before is summed up first.
bool may_write(Worker& worker, const VirtualHost& vhost, int id)
{
    constexpr int summary_id = 386;
    const auto now = worker.loop.now();
    if (const auto summary = worker.tls_lines.take_summary(now); !summary.empty()) {
        const std::string text =
            "failed TLS connections that were not logged one by one: " + summary;
        log_event(vhost, nullptr,
                  {.severity = Severity::info, .module = "ssl", .id = summary_id, .text = text});
    }
    return worker.tls_lines.allows(id, now);
}

void log_early_data_refusal(const VirtualHost& vhost, const Peer& peer, const tls::Stream& stream)
{
    const auto reason = stream.early_data_refusal();
    if (reason == tls::EarlyDataRefusal::none) return;
    const auto text = "early data was not taken: " + std::string(text_of(reason));
    log_event(
        vhost, &peer,
        {.severity = Severity::info, .module = "ssl", .id = early_data_refused, .text = text});
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
        if (note.id != 0) {
            std::string text = note.text + note.about;
            append_advice(text, note.id, {}, {});
            log_event(vhost, &peer,
                      {.severity = note.severity,
                       .module = "ssl",
                       .apache_id = note.apache_id,
                       .id = note.id,
                       .text = text});
            continue;
        }
        const bool is_brief = note.apache_id == "AH02276" && !informs;
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
    log_early_data_refusal(vhost, peer, stream);
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

void trace_tls(const VirtualHost& vhost, const Peer& peer, tls::Stream& stream)
{
    if (!log_enabled(vhost, &peer, Severity::debug, "ssl", 3)) return;
    stream.trace_messages([&vhost, &peer](int level, std::string_view line) {
        log_event(vhost, &peer,
                  {.severity = Severity::debug, .trace = level, .module = "ssl", .text = line});
    });
}

void log_tls_failure(Worker& worker, const VirtualHost& vhost, const Peer& peer,
                     tls::Stream& stream)
{
    const auto& failure = stream.failure();
    log_tls_verification(vhost, peer, stream);
    if (!may_write(worker, vhost, failure.id)) return;
    if (stream.context() && failure.in_handshake) log_name_asked_for(vhost, peer, stream);
    if (failure.in_handshake) log_early_data_refusal(vhost, peer, stream);
    const bool by_library = failure.alert >= 0 || !failure.library_errors.empty();
    if (!failure.in_handshake) {
        say(vhost, peer, Severity::info, "AH01992", "SSL library error 1 reading data");
    } else if (by_library) {
        say(vhost, peer, Severity::info, "AH02008", "SSL library error 1 in handshake ",
            name_of(vhost));
    } else {
        say(vhost, peer, Severity::info, "AH02006", "SSL handshake stopped: connection was closed");
    }
    for (const auto& error : failure.library_errors) log_library_error(vhost, error);
    std::string text = failure.text;
    append_advice(text, failure.id, failure.cause, failure.fix);
    log_event(vhost, &peer,
              {.severity = Severity::info, .module = "ssl", .id = failure.id, .text = text});
}

void log_tls_plain_http(Worker& worker, const VirtualHost& vhost, const Peer& peer)
{
    if (!log_enabled(vhost, &peer, Severity::info, "ssl")) return;
    if (!may_write(worker, vhost, http_on_tls_port)) return;
    say(vhost, peer, Severity::info, "AH01996",
        "SSL handshake failed: HTTP spoken on HTTPS port; trying to send HTML error page");
    log_library_error(vhost, "error:0A00009C:SSL routines::http request");
    say_advice(vhost, peer, http_on_tls_port);
}

void log_misplaced_protocol(Worker& worker, const VirtualHost& vhost, const Peer& peer, int id)
{
    if (!log_enabled(vhost, &peer, Severity::info, "ssl")) return;
    if (may_write(worker, vhost, id)) say_advice(vhost, peer, id);
}

void log_tls_renegotiation(Worker& worker, const VirtualHost& vhost, const Peer& peer,
                           const tls::Stream& stream)
{
    if (!log_enabled(vhost, &peer, Severity::info, "ssl")) return;
    if (!may_write(worker, vhost, client_renegotiation)) return;
    say(vhost, peer, Severity::info, "AH02042", "rejecting client initiated renegotiation (",
        std::to_string(stream.renegotiations_refused()), " in ", std::to_string(peer.requests),
        " requests)");
    say_advice(vhost, peer, client_renegotiation);
}

void log_slow_handshake(const VirtualHost& vhost, const Peer& peer, const HandshakeTimes& times)
{
    constexpr int id = 390;
    const auto ms = [](std::chrono::nanoseconds time) {
        return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count())
               + " ms";
    };
    std::string text = "slow TLS handshake: " + ms(times.whole) + ", of these "
                       + ms(times.hello_wait) + " until the ClientHello was complete, "
                       + ms(times.work) + " computing here, " + ms(times.answer_wait())
                       + " waiting for the client's answer; the slow stage was "
                       + std::string(times.slowest());
    append_advice(text, id, {}, {});
    log_event(vhost, &peer, {.severity = Severity::info, .module = "ssl", .id = id, .text = text});
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
