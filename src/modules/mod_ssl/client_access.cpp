// What a directory demands of the client's certificate and suite, after the handshake: it is asked
// for by renegotiation (TLS 1.2) or post-handshake authentication (TLS 1.3).
// https://httpd.apache.org/docs/2.4/mod/mod_ssl.html#sslverifyclient
#include "base/text.h"
#include "modules/mod_ssl/config.h"
#include "modules/mod_ssl/refusal.h"
#include "server/request.h"
#include "server/request_expression.h"
#include "server/response.h"
#include "tls/facts.h"
#include "tls/policy.h"
#include "tls/stream.h"

namespace signet::mod_ssl {
namespace {

using server::Outcome;
using server::Request;
using server::Response;
using server::Severity;
using tls::VerifyClient;

constexpr int body_too_large = 657;
constexpr int requirement_not_met = 659;
constexpr int asked_too_early = 836;
constexpr size_t usual_kept_body = size_t{128} * 1024;

template <class... Pieces>
void say(const Request& request, Severity severity, std::string_view apache_id, int id,
         const Pieces&... pieces)
{
    if (!log_enabled(request, severity, "ssl")) return;
    std::string text;
    ((text += pieces), ...);
    log_event(
        request,
        {.severity = severity, .module = "ssl", .apache_id = apache_id, .id = id, .text = text});
}

// A body that was read before the handshake, for whoever wants it afterwards. Lives in the arena.
class KeptBody final : public server::RequestBody {
public:
    void keep(std::string_view bytes, server::RequestBody& from)
    {
        bytes_ = bytes;
        from_ = &from;
    }
    Result<std::string_view> read() override { return std::exchange(bytes_, {}); }
    [[nodiscard]] std::optional<uint64_t> content_length() const override
    {
        return from_->content_length();
    }
    [[nodiscard]] const http::Headers& trailers() const override { return from_->trailers(); }

private:
    std::string_view bytes_{};
    server::RequestBody* from_ = nullptr;
};

// Reads the body now: what follows on the connection must be the handshake. A client that waits for
// 100 Continue has not sent it yet, and sends it afterwards.
Outcome keep_body(const Config& config, Request& request, std::string_view apache_id,
                  std::string_view what)
{
    if (!request.body || request.headers.has("Expect")) return Outcome::declined;
    const size_t limit = config.kept_body_size.value_or(usual_kept_body);
    std::string gathered;
    while (true) {
        const auto piece = request.body->read();
        if (!piece && piece.error().kind == Error::Kind::cancelled) return 400;
        if (!piece || piece->size() > limit - gathered.size()) {
            if (limit > 0) {
                say(request, Severity::error, "AH02018", body_too_large,
                    "request body exceeds maximum size (", std::to_string(limit),
                    ") for SSL buffer");
            }
            say(request, Severity::error, apache_id, body_too_large,
                "could not buffer message body to allow ", what, " to proceed");
            return 413;
        }
        if (piece->empty()) break;
        gathered += *piece;
    }
    auto* kept = new (request.arena.allocate(sizeof(KeptBody), alignof(KeptBody))) KeptBody;
    kept->keep(request.arena.copy(gathered), *request.body);
    request.body = kept;
    return Outcome::declined;
}

// Stronger than what is in place: Apache's order is none, optional (with or without CA), require.
bool is_stronger(VerifyClient wanted, VerifyClient in_place)
{
    const auto rank = [](VerifyClient one) {
        return one == VerifyClient::none ? 0 : one == VerifyClient::require ? 2 : 1;
    };
    return rank(wanted) > rank(in_place);
}

// Connections made for other virtual hosts come in: then this one's own demand has not been met by
// the handshake.
bool is_shared(const Config& config)
{
    return config.sni_policy == SniPolicy::insecure && config.verify_client
           && *config.verify_client != VerifyClient::none;
}

VerifyClient wanted_mode(const Config& config)
{
    const auto own = config.wanted_verify_client.value_or(VerifyClient::none);
    return is_shared(config) && is_stronger(*config.verify_client, own) ? *config.verify_client
                                                                        : own;
}

bool contains_cipher(const std::string& list, std::string_view cipher)
{
    for (const auto& one : tls::expand_cipher_list(list)) {
        if (one == cipher) return true;
    }
    return false;
}

Outcome refuse_certificate(const Request& request, bool has_certificate)
{
    if (has_certificate) {
        return refuse_client(
            request, certificate_not_good,
            {"AH02262", "Re-negotiation handshake failed: Client verification failed"});
    }
    return refuse_client(
        request, certificate_missing,
        {"AH02263", "Re-negotiation handshake failed: Client certificate missing"});
}

// What comes of asking: the client is whom the directory wants, or 403.
Outcome judge(const tls::Stream& stream, const Request& request, VerifyClient wanted)
{
    if (wanted != VerifyClient::require) return Outcome::declined;
    const auto& client = stream.client();
    const bool is_bad = client.result != X509_V_OK || !client.error.empty();
    if (is_bad || !client.certificate) return refuse_certificate(request, is_bad);
    return Outcome::declined;
}

// Nobody can be asked before the first handshake is over; the client may send the request again
// then.   RFC 8470 §5.2
Outcome refuse_early(const Request& request)
{
    say(request, Severity::info, "", asked_too_early,
        "a request in early data needs the client's certificate: answered with 425, the client "
        "sends it again");
    return 425;
}

// HTTP/2 has other requests under way. RFC 8740: the stream is reset, HTTP/1.1 is asked for.
Outcome refuse_http2(Request& request)
{
    request.notes.set("ssl-renegotiate-forbidden", "verify-client");
    return refuse_client(request, cannot_ask, {});
}

Outcome refuse_later(Request& request, const tls::Stream& stream, const Error& error)
{
    request.error_notes = "Reason: Cannot perform Post-Handshake Authentication.<br />";
    // A client that does not offer it has left OpenSSL, which would say the same.
    return refuse_client(
        request, cannot_ask,
        {"AH10158", "cannot perform post-handshake authentication",
         stream.may_reauthenticate()
             ? std::string_view(error.text)
             : std::string_view("error:0A000117:SSL routines::extension not received")});
}

// TLS 1.3.   RFC 8446 §4.6.2
Outcome authenticate_later(const Config& config, Request& request, const tls::Stream& stream,
                           int depth)
{
    const auto wanted = wanted_mode(config);
    if (wanted == VerifyClient::none) return Outcome::declined;
    const auto in_place = stream.verification();
    bool asks = is_stronger(wanted, in_place.mode);
    if (config.wanted_verify_depth && depth < in_place.depth) {
        say(request, Severity::debug, "AH10128", 0,
            "Reduced client verification depth will force renegotiation");
        asks = true;
    }
    if (!asks) return Outcome::declined;
    if (request.peer->is_early) return refuse_early(request);
    auto* asker = stream.reauthenticator();
    if (!asker) return refuse_http2(request);
    // What was shown already need not be shown again.
    if (stream.client().certificate && stream.may_reauthenticate()) {
        (void)asker->stream().verify_again({.mode = wanted, .depth = depth});
        return judge(stream, request, VerifyClient::require);
    }
    if (const auto kept =
            keep_body(config, request, "AH10228", "TLS Post-Handshake Authentication");
        kept.is_status())
        return kept;
    say(request, Severity::debug, "AH10129", 0, "verify client post handshake");
    const auto asked = asker->reauthenticate({.mode = wanted, .depth = depth});
    if (!asked && stream.is_established() && asked.error().kind != Error::Kind::cancelled
        && asked.error().kind != Error::Kind::timed_out)
        return refuse_later(request, stream, asked.error());
    return asked ? judge(stream, request, wanted)
                 : refuse_certificate(request, !stream.client().error.empty());
}

// TLS 1.2.   RFC 5246 §7.4.1.1
class Renegotiation {
public:
    Renegotiation(const Config& config, Request& request, const tls::Stream& stream, int depth)
        : config_(config)
        , request_(request)
        , stream_(stream)
        , depth_(depth)
    {
    }

    Outcome run()
    {
        look_at_suite();
        look_at_depth();
        look_at_mode();
        if (!needed_) {
            relax();
            return Outcome::declined;
        }
        auto* asker = stream_.reauthenticator();
        if (!asker) return refuse_http2(request_);
        if (!is_quick_) {
            if (const auto kept = keep_body(config_, request_, "AH02257", "SSL renegotiation");
                kept.is_status())
                return kept;
        }
        say(request_, Severity::info, "AH02221", 0, "Requesting connection re-negotiation");
        const auto outcome = is_quick_ ? verify_again(*asker) : ask(*asker);
        return outcome.is_status() ? outcome : suite_is_right();
    }

private:
    // Without OptRenegotiate any other list leads to a new handshake, whatever the suite.
    void look_at_suite()
    {
        if (!config_.wanted_cipher_list) return;
        const auto& wanted = *config_.wanted_cipher_list;
        const auto& in_place = stream_.verification().cipher_list;
        const bool optimized = (config_.effective_options() & opt_renegotiate) != 0;
        if (optimized ? contains_cipher(wanted, stream_.cipher())
                      : wanted == in_place
                            || tls::expand_cipher_list(wanted) == tls::expand_cipher_list(in_place))
            return;
        say(request_, Severity::debug, "AH02220", 0,
            "Reconfigured cipher suite will force renegotiation");
        needed_ = true;
    }

    void look_at_depth()
    {
        if (!config_.wanted_verify_depth || depth_ >= stream_.verification().depth) return;
        say(request_, Severity::debug, "AH02254", 0,
            "Reduced client verification depth will force renegotiation");
        needed_ = true;
    }

    void look_at_mode()
    {
        const auto in_place = stream_.verification().mode;
        wanted_ =
            config_.wanted_verify_client || is_shared(config_) ? wanted_mode(config_) : in_place;
        if (needed_ || !is_stronger(wanted_, in_place)) return;
        needed_ = true;
        is_quick_ = (config_.effective_options() & opt_renegotiate) != 0
                    && in_place == VerifyClient::none && stream_.client().certificate;
        say(request_, Severity::debug, "AH02255", 0, "Changed client verification type will force ",
            is_quick_ ? "quick " : "", "renegotiation");
    }

    // A directory that asks for less is not bothered by what the server asked for.
    void relax()
    {
        if (config_.wanted_verify_client && stream_.reauthenticator()
            && wanted_ != stream_.verification().mode)
            stream_.reauthenticator()->stream().relax_verification(wanted_);
    }

    [[nodiscard]] tls::Reauthentication wanted() const
    {
        return {.mode = wanted_,
                .depth = depth_,
                .cipher_list = config_.wanted_cipher_list.value_or("")};
    }

    Outcome verify_again(tls::Reauthenticator& asker)
    {
        say(request_, Severity::debug, "AH02258", 0,
            "Performing quick renegotiation: just re-verifying the peer");
        if (!asker.stream().verify_again(wanted())) {
            say(request_, Severity::error, "AH02224", certificate_not_good,
                "Re-negotiation verification step failed");
        }
        return judge(stream_, request_, wanted_);
    }

    Outcome ask(tls::Reauthenticator& asker)
    {
        say(request_, Severity::debug, "AH02260", 0,
            "Performing full renegotiation: complete handshake protocol (",
            tls::fact(stream_, "SSL_SECURE_RENEG") == "true" ? "client does" : "client does not",
            " support secure renegotiation)");
        const auto asked = asker.reauthenticate(wanted());
        if (!asked && stream_.is_established() && asked.error().kind != Error::Kind::cancelled
            && asked.error().kind != Error::Kind::timed_out) {
            return refuse_client(request_, certificate_not_good,
                                 {"AH02225", "Re-negotiation request failed", asked.error().text});
        }
        say(request_, Severity::info, "AH02226", 0, "Awaiting re-negotiation handshake");
        if (!asked) {
            return refuse_client(request_, why_broken_off(),
                                 {"AH02261", "Re-negotiation handshake failed"});
        }
        return judge(stream_, request_, wanted_);
    }

    // Where a certificate is required, OpenSSL ends the handshake itself.
    [[nodiscard]] int why_broken_off() const
    {
        if (!stream_.client().error.empty()) return certificate_not_good;
        const auto failed_with = [&](std::string_view reason) {
            return stream_.failure().text.find(reason) != std::string::npos;
        };
        if (failed_with("peer did not return a certificate")) return certificate_missing;
        return failed_with("unsafe legacy renegotiation") ? legacy_renegotiation
                                                          : renegotiation_broken_off;
    }

    Outcome suite_is_right()
    {
        if (!config_.wanted_cipher_list
            || contains_cipher(*config_.wanted_cipher_list, stream_.cipher()))
            return Outcome::declined;
        say(request_, Severity::warn, "AH02264", certificate_not_good,
            "SSL cipher suite not renegotiated: access to ", request_.filename,
            " denied using cipher ", stream_.cipher());
        return 403;
    }

    const Config& config_;
    Request& request_;
    const tls::Stream& stream_;
    int depth_;
    VerifyClient wanted_ = VerifyClient::none;
    bool needed_ = false;
    bool is_quick_ = false;
};

} // namespace

bool wants_client_check(const Config& config)
{
    return config.wanted_verify_client || config.wanted_verify_depth || config.wanted_cipher_list
           || is_shared(config);
}

Outcome check_client(const Config& config, Request& request, Response&)
{
    const auto* stream = request.peer->tls;
    if (!stream) return Outcome::declined;
    const int depth = config.wanted_verify_depth.value_or(stream->verification().depth);
    if (stream->protocol() == "TLSv1.3") return authenticate_later(config, request, *stream, depth);
    return Renegotiation(config, request, *stream, depth).run();
}

// With Satisfy Any it is left to Require whether the request may go on (unless StrictRequire).
Outcome forbid(Request& request)
{
    request.notes.set("ssl-access-forbidden", "1");
    if (!request.notes.has("satisfy-any")) return 403;
    request.admitted = false;
    return Outcome::declined;
}

Outcome check_requirements(const Config& config, Request& request, Response&)
{
    for (const auto& requirement : config.requirements) {
        server::RequestExpression context(request);
        const auto holds = requirement->test(context);
        if (!holds) {
            say(request, Severity::error, "AH02265", requirement_not_met, "access to ",
                request.filename, " failed, reason: Failed to execute SSL requirement expression: ",
                holds.error().text);
            return forbid(request);
        }
        if (*holds) continue;
        say(request, Severity::info, "AH02266", 0, "Access to ", request.filename, " denied for ",
            request.client().ip(), " (requirement expression not fulfilled)");
        say(request, Severity::info, "AH02228", 0, "Failed expression: ", requirement->text());
        say(request, Severity::error, "AH02229", requirement_not_met, "access to ",
            request.filename, " failed, reason: SSL requirement expression not fulfilled");
        return forbid(request);
    }
    return Outcome::declined;
}

} // namespace signet::mod_ssl
