#include "tools/transcript.h"

#include "base/text.h"
#include "diagnosis/catalogue.h"
#include "diagnosis/tls_alerts.h"
#include "pki/certificate.h"
#include "pki/check.h"
#include "pki/describe.h"
#include "tls/names.h"
#include "tls/policy.h"
#include "tls/probe_failure.h"
#include "tools/console.h"
#include "tools/explain_tls.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>
#include <openssl/x509_vfy.h>

namespace signet::tools {
namespace {

constexpr size_t most_findings = 100;
constexpr size_t most_certificates = 20;
constexpr size_t most_places = 200;  // of the same words: a paste has one connection, or a few
constexpr size_t longest_word = 100; // of what is quoted

// Values of "Verify return code" that have a message of their own. openssl-verification-options(1)
int message_for_verdict(long code)
{
    switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return pki::certificate_expired;
    case X509_V_ERR_CERT_NOT_YET_VALID: return pki::certificate_not_yet_valid;
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: return pki::chain_incomplete;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return pki::certificate_wrong_name;
    case X509_V_ERR_EE_KEY_TOO_SMALL:
    case X509_V_ERR_CA_KEY_TOO_SMALL: return pki::key_too_small;
    case X509_V_ERR_CA_MD_TOO_WEAK: return pki::signature_weak;
    default: return tls::probe_not_trusted;
    }
}

// Notes of pki::describe() that have a message of their own.
int message_for_note(std::string_view note)
{
    if (note.contains("too small")) return pki::key_too_small;
    if (note.contains("expired")) return pki::certificate_expired;
    if (note.contains("not valid yet")) return pki::certificate_not_yet_valid;
    if (note.contains("no alternative")) return pki::certificate_wrong_name;
    return tls::probe_not_trusted;
}

class Reader {
public:
    explicit Reader(std::string_view text)
        : text_(text)
        , failed_(has("(NONE)") || has("Cipher    : 0000"))
    {
    }

    Transcript read()
    {
        look_at_connection();
        look_at_version();
        look_at_alerts();
        look_at_certificates();
        look_at_verdicts();
        look_at_renegotiation();
        look_at_session();
        look_at_answer();
        return std::move(found_);
    }

private:
    [[nodiscard]] bool has(std::string_view words) const { return text_.find(words) != text_.npos; }
    // Calls `visit` with what follows each place of the words, the first most_places of them.
    template <class Visit> void each(std::string_view words, Visit visit) const
    {
        size_t at = 0;
        for (size_t i = 0; i < most_places && (at = text_.find(words, at)) != text_.npos; i++) {
            at += words.size();
            visit(text_.substr(at, longest_word));
        }
    }
    // Up to the end of the line, or what a lost line end leaves: two spaces.
    static std::string_view line_of(std::string_view rest)
    {
        return trim(rest.substr(0, std::min(rest.find_first_of("\r\n"), rest.find("   "))));
    }
    static std::string_view word_of(std::string_view rest)
    {
        rest = rest.substr(std::min(rest.find_first_not_of(": "), rest.size()));
        return rest.substr(0, rest.find_first_of(" ,;\t\r\n"));
    }
    void fact(const char* name, std::string_view value)
    {
        std::pair<std::string, std::string> one(name, pki::visible(value));
        if (found_.facts.size() < most_findings
            && std::ranges::find(found_.facts, one) == found_.facts.end())
            found_.facts.push_back(std::move(one));
    }
    void finding(int id, std::string_view seen, std::string cause = {}, std::string fix = {})
    {
        const std::string visible = pki::visible(seen);
        const bool known = std::ranges::any_of(found_.findings, [&](const auto& one) {
            return one.id == id && (id != 0 || one.seen == visible);
        });
        if (known || found_.findings.size() >= most_findings) return;
        found_.findings.push_back({id, visible, std::move(cause), std::move(fix)});
    }

    void look_at_connection()
    {
        for (const auto words : {"Connection refused", "connect:errno=", "No route to host",
                                 "Connection timed out", "Could not resolve host"}) {
            if (has(words)) finding(tls::probe_no_connection, words);
        }
        for (const auto words :
             {"wrong version number", "packet length too long", "record layer failure"}) {
            if (has(words)) finding(transcript_no_tls, words);
        }
        if (has("SSL-enabled server port")) finding(tls::handshake_plain_http, "400: plain HTTP");
        // s_client says so when it sent none; since OpenSSL 3 only while -msg or -state talks.
        if (has("Can't use SSL_get_servername"))
            finding(transcript_without_name, "Can't use SSL_get_servername");
    }

    void judge_version(std::string_view version)
    {
        if (!version.starts_with("TLSv") && !version.starts_with("SSLv")) return;
        fact("version", version);
        if (version != "TLSv1.3" && version != "TLSv1.2" && !failed_)
            finding(tls::handshake_no_shared_protocol, version,
                    std::string(version)
                        + " is obsolete: no browser speaks it, and signet only TLS "
                          "1.0 and 1.1 where SSLLegacyProtocols says so.",
                    "Update the program that is older; SSLProtocol -all +TLSv1.2 +TLSv1.3.");
    }
    // s_client writes "(NONE)" or "0000" when there was no handshake.
    void judge_cipher(std::string_view cipher)
    {
        if (cipher.empty() || cipher.starts_with("(NONE)") || cipher == "0000") return;
        fact("cipher", cipher);
        auto known = pki::Facts::array();
        if (!explain_cipher(cipher, &known)) {
            finding(transcript_old_cipher, cipher);
            return;
        }
        const std::string keeps = known[0].value("forward_secrecy", ""),
                          how = known[0].value("encryption", "");
        if (known[0].contains("never_served") || keeps.starts_with("no")
            || how.find("CBC") != how.npos)
            finding(transcript_old_cipher,
                    std::string(cipher) + ": " + how + "; forward secrecy: " + keeps);
    }

    void look_at_version()
    {
        each("Protocol  :", [&](std::string_view rest) { judge_version(word_of(rest)); });
        each("New, TLSv", [&](std::string_view rest) {
            // Before 1.1.0 "TLSv1/SSLv3" stood here for any of them.
            const std::string version = "TLSv" + std::string(word_of(rest));
            if (version.find('/') == version.npos) judge_version(version);
        });
        each("SSL connection using ", [&](std::string_view rest) {
            judge_version(word_of(rest));
            if (const size_t at = rest.find(" / "); at != rest.npos)
                judge_cipher(word_of(rest.substr(at + 3)));
        });
        each("Cipher is ", [&](std::string_view rest) { judge_cipher(word_of(rest)); });
        each("ALPN: server accepted ", [&](std::string_view rest) { fact("alpn", word_of(rest)); });
        each("ALPN protocol: ", [&](std::string_view rest) { fact("alpn", word_of(rest)); });
        each("Server Temp Key: ", [&](std::string_view rest) { fact("group", line_of(rest)); });
    }

    // What a server says by an alert has another reason than what a client says by it.
    void judge_alert(const diagnosis::TlsAlert* alert, bool by_server)
    {
        if (!alert || alert->number == 0) return; // close_notify: all is well
        const std::string seen = std::string(by_server ? "the server" : "the client")
                                 + " sent alert " + std::to_string(alert->number) + ", "
                                 + std::string(alert->name);
        int id = 0;
        if (by_server) {
            switch (alert->number) {
            case 40: id = tls::handshake_no_shared_cipher; break;
            case 70: id = tls::handshake_no_shared_protocol; break;
            case 86: id = tls::handshake_fallback; break;
            case 112: id = tls::handshake_unrecognized_name; break;
            case 120: id = tls::handshake_no_application_protocol; break;
            case 100: id = tls::renegotiation_refused; break;
            default: break;
            }
        }
        if (id == tls::handshake_no_shared_cipher) {
            const auto* entry = diagnosis::find(id);
            return finding(id, seen,
                           std::string(entry->cause)
                               + " Or the port speaks plain HTTP: there, signet answers a "
                                 "ClientHello with this alert.");
        }
        if (id == 0 && by_server && alert->is_about_certificate) {
            return finding(0, seen,
                           "The server did not accept the client's certificate: none was sent, "
                           "its dates are over, or its authority is none of the server's "
                           "(SSLCACertificateFile).",
                           "Send the right one (-cert FILE -key FILE); the server's error log "
                           "says more.");
        }
        if (id != 0) return finding(id, seen);
        finding(0, seen, std::string(alert->cause), std::string(alert->fix));
    }
    void look_at_alerts()
    {
        for (const auto& [words, by_server] : {std::pair("alert read:fatal:", true),
                                               {"alert read:warning:", true},
                                               {"alert write:fatal:", false}}) {
            each(words, [&](std::string_view rest) {
                judge_alert(diagnosis::find_tls_alert(line_of(rest)), by_server);
            });
        }
        each("SSL alert number ", [&](std::string_view rest) { // in an error: it was received
            const auto number = parse_number<int>(word_of(rest));
            if (number) judge_alert(diagnosis::find_tls_alert(*number), true);
        });
        // curl: "(IN), TLS alert, protocol version (582):": 512 is "fatal".
        for (const auto& [words, by_server] :
             {std::pair("(IN), TLS alert, ", true), {"(OUT), TLS alert, ", false}}) {
            each(words, [&](std::string_view rest) {
                const size_t open = rest.find('(');
                const auto number =
                    open == rest.npos
                        ? std::nullopt
                        : parse_number<int>(rest.substr(open + 1, rest.find(')', open) - open - 1));
                if (number && *number >= 512)
                    judge_alert(diagnosis::find_tls_alert(*number - 512), by_server);
            });
        }
    }

    // A certificate with lines lost is a certificate still: spaces mean nothing in base64.
    void judge_certificate(std::string_view base64)
    {
        std::string text;
        for (const char c : base64) {
            if (!is_space(c)) text += c;
        }
        std::string der(text.size(), '\0');
        const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(der.data()),
                                         reinterpret_cast<const unsigned char*>(text.data()),
                                         static_cast<int>(text.size()));
        if (size <= 0) return;
        const size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
        der.resize(static_cast<size_t>(size) - std::min(padding, static_cast<size_t>(size)));
        const auto one = pki::Certificate::from_der(
            {reinterpret_cast<const unsigned char*>(der.data()), der.size()});
        if (!one) return;
        const auto facts = pki::describe(*one, ::time(nullptr));
        for (const char* name : {"subject", "issuer", "not_after", "key", "signature"})
            fact(name, facts.value(name, ""));
        for (const auto& note : facts.value("notes", pki::Facts::array())) {
            const auto words = note.get<std::string>();
            finding(message_for_note(words), "the certificate: " + words);
        }
        const std::string signature = lowercase(facts.value("signature", ""));
        if (signature.starts_with("md5") || signature.starts_with("sha1"))
            finding(pki::signature_weak, "the certificate is signed with " + signature);
    }
    void look_at_certificates()
    {
        constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----",
                                   end = "-----END CERTIFICATE-----";
        size_t at = 0;
        for (size_t i = 0; i < most_certificates && (at = text_.find(begin, at)) != text_.npos;
             i++) {
            at += begin.size();
            const size_t stop = text_.substr(at, 65536).find(end);
            if (stop != text_.npos) judge_certificate(text_.substr(at, stop));
        }
        each("Server public key is ", [&](std::string_view rest) {
            const auto bits = parse_number<int>(word_of(rest));
            // Below 600 bits it is a curve's.
            if (bits && *bits > 600 && *bits < 2048)
                finding(pki::key_too_small, "a server key of " + std::to_string(*bits) + " bits");
        });
    }

    void judge_verdict(std::string_view digits)
    {
        const auto code = parse_number<long>(digits);
        if (!code || *code == X509_V_OK) return;
        const std::string seen =
            "verify error " + std::to_string(*code) + ": " + X509_verify_cert_error_string(*code);
        if (*code != X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY)
            return finding(message_for_verdict(*code), seen);
        // At depth 0 nothing came with the certificate; above it, what is missing is the root.
        if (const size_t error = text_.find("verify error:num=20"); error != text_.npos) {
            const size_t depth = text_.rfind("depth=", error);
            if (depth != text_.npos && word_of(text_.substr(depth + 6, 8)) == "0")
                return finding(pki::chain_incomplete, seen);
            return finding(tls::probe_not_trusted, seen,
                           "The intermediate certificates came, but the root is none that this "
                           "client knows: that of a private authority, or of a new one.",
                           "Give the client the root: -CAfile FILE, curl --cacert FILE.");
        }
        finding(tls::probe_not_trusted, seen,
                "An intermediate certificate is not sent, or the root is that of a private "
                "authority.",
                "signet probe https://HOST/ tells which. Append the intermediates to the file of "
                "SSLCertificateFile, or give the client the root: curl --cacert FILE.");
    }
    void look_at_verdicts()
    {
        each("Verify return code: ", [&](std::string_view rest) {
            if (failed_) return; // without a certificate it is always "0 (ok)"
            fact("verified", word_of(rest) == "0" ? "yes" : "no");
            judge_verdict(word_of(rest));
        });
        each("verify error:num=",
             [&](std::string_view rest) { judge_verdict(rest.substr(0, rest.find(':'))); });
        if (has("SSL certificate verify ok")) fact("verified", "yes");
        each("SSL certificate problem: ", [&](std::string_view rest) {
            fact("verified", "no");
            const auto words = line_of(rest);
            for (int code = 1; code < 100; code++) {
                if (words == X509_verify_cert_error_string(code))
                    return judge_verdict(std::to_string(code));
            }
            finding(tls::probe_not_trusted, words);
        });
        for (const auto words :
             {"no alternative certificate subject name matches", "subjectAltName does not match"}) {
            if (has(words)) finding(pki::certificate_wrong_name, words);
        }
    }

    void look_at_renegotiation()
    {
        const bool is_old = !has("TLSv1.3") && !failed_; // TLS 1.3 has none
        if (is_old && has("Secure Renegotiation IS NOT supported"))
            finding(transcript_old_renegotiation, "Secure Renegotiation IS NOT supported");
        if (has("unsafe legacy renegotiation disabled"))
            finding(tls::renegotiation_unsafe, "unsafe legacy renegotiation disabled");
        if (has("no renegotiation")) finding(tls::renegotiation_refused, "no renegotiation");
        if (has("RENEGOTIATING")) fact("renegotiation", "asked for by the client");
    }

    void look_at_session()
    {
        each("Timeout   : ",
             [&](std::string_view rest) { fact("session_timeout", line_of(rest)); });
        for (const auto words : {"Master-Key: ", "Resumption PSK: "}) {
            each(words, [&](std::string_view rest) {
                if (word_of(rest).size() >= 32) finding(transcript_holds_secret, words);
            });
        }
    }

    // "HTTP/1.1 200 OK", not the request's "GET / HTTP/1.0".
    void look_at_answer()
    {
        each("HTTP/", [&](std::string_view rest) {
            const size_t space = rest.find(' ');
            if (space == rest.npos || space > 3) return;
            const auto status = parse_number<int>(rest.substr(space + 1, 3));
            if (!status || *status < 100 || *status > 599) return;
            const auto line = "HTTP/" + std::string(line_of(rest));
            fact("answer", line);
            if (*status == 421)
                finding(0, line,
                        "The connection was made with another server name (SNI) than the "
                        "Host field asks for, and the two hosts differ in their TLS settings.",
                        "Use one name in both: s_client -servername NAME, curl https://NAME/.");
        });
        if (has("ECDHE") || has("TLS_") || has("TLSv1")) {
            bool said = false;
            for (const auto words : {"Strict-Transport-Security: ", "strict-transport-security: "})
                each(words,
                     [&](std::string_view rest) { fact("hsts", line_of(rest)), said = true; });
            const bool answered = std::ranges::any_of(
                found_.facts, [](const auto& one) { return one.first == "answer"; });
            if (answered && !said) fact("hsts", "none: a browser may be led to http:// again");
        }
        for (const auto words : {"ETag: \"", "etag: \""}) {
            each(words, [&](std::string_view rest) {
                const auto tag = rest.substr(0, rest.find('"'));
                fact("etag",
                     std::string(tag)
                         + (std::ranges::count(tag, '-') == 2
                                ? ": inode, size and time, as before Apache 2.4 (FileETag All)"
                                : ""));
            });
        }
    }

    std::string_view text_;
    bool failed_; // s_client's words for "there was no handshake"
    Transcript found_{};
};

} // namespace

Transcript read_transcript(std::string_view text)
{
    return Reader(text).read();
}

} // namespace signet::tools
