#include "tls/probe_failure.h"

#include "base/text.h"
#include "diagnosis/tls_alerts.h"
#include "pki/describe.h"

#include <cstring>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

namespace signet::tls {
namespace {

std::string in_openssls_words(unsigned long error)
{
    const char* reason = ERR_reason_error_string(error);
    return reason ? " (OpenSSL: " + std::string(reason) + ")" : std::string();
}

// An alert of TLS that the server sent, or -1.   SSL_R_SSLV3_ALERT_… are 1000 + its number
int alert_of(unsigned long error)
{
    if (ERR_GET_LIB(error) != ERR_LIB_SSL) return -1;
    const int reason = ERR_GET_REASON(error);
    return reason >= SSL_AD_REASON_OFFSET ? reason - SSL_AD_REASON_OFFSET : -1;
}

// What was offered less of than usual.
std::string narrowed_by(const ProbeOptions& options)
{
    std::string text;
    const auto add = [&](std::string_view option, std::string_view value) {
        text.append(text.empty() ? "" : " ").append(option).append(value);
    };
    if (options.highest_version != 0) {
        add("", options.highest_version == TLS1_3_VERSION   ? "-tls1_3"
                : options.highest_version == TLS1_2_VERSION ? "-tls1_2"
                : options.highest_version == TLS1_1_VERSION ? "-tls1_1"
                                                            : "-tls1");
    }
    if (!options.cipher_list.empty()) add("-cipher ", options.cipher_list);
    if (!options.cipher_suites.empty()) add("-ciphersuites ", options.cipher_suites);
    if (!options.groups.empty()) add("-groups ", options.groups);
    return text;
}

ProbeFailure nothing_in_common(const ProbeOptions& options, const std::string& alert)
{
    const std::string narrowed = narrowed_by(options);
    return {probe_nothing_in_common,
            (narrowed.empty() ? "the server accepts nothing of what this client offers"
                              : "the server accepts nothing of what " + narrowed + " offers")
                + " (alert " + alert + ")"};
}

ProbeFailure of_alert(int number, const Trouble& trouble, const ProbeOptions& options)
{
    const auto* alert = diagnosis::find_tls_alert(number);
    const std::string name = alert ? std::string(alert->name) : std::to_string(number);
    const bool missing = trouble.certificate_asked && !trouble.certificate_sent;
    if (name == "certificate_required" || (name == "handshake_failure" && missing)) {
        return {probe_wants_certificate,
                "the server demands a client certificate, and none was given (alert " + name + ")"};
    }
    if (trouble.certificate_sent && alert && (alert->is_about_certificate || number == 40)) {
        return {probe_certificate_refused, "the server refuses the client certificate of "
                                               + options.certificate + " (alert " + name + ")"};
    }
    if (name == "unrecognized_name") {
        return {probe_name_refused,
                "the server serves nobody called "
                    + (options.server_name.empty() ? options.host : options.server_name)
                    + " (alert " + name + ")"};
    }
    // Apache answers so to a version that it is not set up for.
    const bool is_version = name == "internal_error" && options.highest_version != 0;
    if (name == "handshake_failure" || name == "protocol_version" || name == "insufficient_security"
        || is_version)
        return nothing_in_common(options, name);
    return {probe_alert, "the server ended the connection with the alert " + name};
}

// What else than TLS it is.
ProbeFailure of_first_bytes(std::string_view bytes)
{
    const std::string said =
        " (it said \"" + pki::visible(bytes.substr(0, bytes.find_first_of("\r\n"))) + "\")";
    if (bytes.starts_with("HTTP/")) {
        return {probe_not_tls, "the server speaks HTTP without TLS on this port" + said};
    }
    if (bytes.starts_with("SSH-")) return {probe_not_tls, "this is a port for SSH" + said};
    if (bytes.starts_with("220") || bytes.starts_with("* OK") || bytes.starts_with("+OK")) {
        return {probe_not_tls, "a mail or file server greets without TLS on this port" + said};
    }
    return {probe_not_tls, "what the server says is not TLS" + said};
}

bool looks_like_tls(std::string_view bytes)
{
    return bytes.size() >= 2 && bytes[0] >= 20 && bytes[0] <= 24 && bytes[1] == 3;
}

std::string seconds(const ProbeOptions& options)
{
    const auto count = std::max<int64_t>(options.patience.count() / 1000, 1);
    return std::to_string(count) + (count == 1 ? " second" : " seconds");
}

} // namespace

ProbeFailure explain(const Trouble& trouble, const ProbeOptions& options)
{
    const char* where = trouble.in_handshake ? "the handshake" : "the answer";
    if (trouble.is_plain_http)
        return {probe_not_tls, "the server speaks HTTP without TLS on this port"};
    if (!trouble.first_bytes.empty() && !looks_like_tls(trouble.first_bytes))
        return of_first_bytes(trouble.first_bytes);
    if (trouble.timed_out) {
        return {probe_silence,
                trouble.in_handshake && trouble.first_bytes.empty()
                    ? "the server took the connection, but said nothing for " + seconds(options)
                    : "the server fell silent in the middle of " + std::string(where) + " for "
                          + seconds(options)};
    }
    if (const int alert = alert_of(trouble.error); alert >= 0)
        return of_alert(alert, trouble, options);
    const int reason = ERR_GET_REASON(trouble.error);
    const bool is_tls = ERR_GET_LIB(trouble.error) == ERR_LIB_SSL;
    if (is_tls && reason == SSL_R_BAD_EXTENSION && !options.alpn.empty()) {
        return {probe_bad_protocol, "the server has none of the protocols of -alpn " + options.alpn
                                        + ", and chose one that was not offered"};
    }
    if (is_tls
        && (reason == SSL_R_NO_CIPHERS_AVAILABLE || reason == SSL_R_NO_PROTOCOLS_AVAILABLE
            || reason == SSL_R_UNSUPPORTED_PROTOCOL)) {
        return {probe_nothing_in_common, "there is nothing to offer with " + narrowed_by(options)
                                             + in_openssls_words(trouble.error)};
    }
    const bool ended = (is_tls && reason == SSL_R_UNEXPECTED_EOF_WHILE_READING)
                       || (trouble.error == 0
                           && (trouble.system_error == 0 || trouble.system_error == ECONNRESET
                               || trouble.system_error == EPIPE));
    if (ended) {
        return {trouble.in_handshake ? probe_hung_up : probe_no_answer,
                "the server closed the connection "
                    + (trouble.in_handshake && trouble.first_bytes.empty()
                           ? std::string("without a word")
                           : "in the middle of " + std::string(where))};
    }
    return {trouble.in_handshake ? probe_no_handshake : probe_no_answer,
            std::string(where) + " failed"
                + (trouble.error != 0 ? in_openssls_words(trouble.error)
                                      : ": " + std::string(std::strerror(trouble.system_error)))};
}

ProbeFailure explain_distrust(const ProbeResult& seen, const std::string& name)
{
    const auto& verdict = seen.verdict;
    if (verdict.trusted) return {};
    if (seen.chain.empty()) return {probe_not_trusted, "the server shows no certificate"};
    const std::string words = " (OpenSSL: " + verdict.reason + ")";
    const auto at =
        std::min(static_cast<size_t>(std::max(verdict.depth, 0)), seen.chain.size() - 1);
    const auto& one = seen.chain[at];
    const auto& leaf = seen.chain.front();
    switch (verdict.code) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return {probe_date, "the certificate " + one.subject() + " has expired" + words};
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return {probe_date, "the certificate " + one.subject() + " is not valid yet" + words};
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: {
        std::string names;
        for (const auto& known : leaf.dns_names()) names += (names.empty() ? "" : ", ") + known;
        return {probe_name, name + " is not in the certificate, which is for "
                                + (names.empty() ? leaf.subject() : names) + words};
    }
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return {probe_self_signed, "the certificate " + leaf.subject()
                                       + " is self-signed: nobody vouches for it" + words};
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return {probe_unknown_issuer, "the root " + seen.chain.back().subject()
                                          + " is not among those that are trusted here" + words};
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return {probe_unknown_issuer, "the certificate of " + seen.chain.back().issuer()
                                          + ", who issued the last one that the server sends, is "
                                            "neither sent nor a root that is trusted here"
                                          + words};
    default: return {probe_not_trusted, "the chain cannot be verified" + words};
    }
}

} // namespace signet::tls
