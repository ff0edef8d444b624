#include "tools/explain_tls.h"

#include "base/text.h"
#include "diagnosis/tls_alerts.h"
#include "pki/openssl.h"
#include "tls/names.h"
#include "tls/policy.h"
#include "tools/explain.h"
#include "tools/explain_topic.h"

#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

namespace signet::tools {
namespace {

std::string text_of(const diagnosis::TlsAlert& alert, pki::Facts* found)
{
    if (found) {
        found->push_back({{"alert", alert.number},
                          {"name", alert.name},
                          {"about_certificate", alert.is_about_certificate},
                          {"cause", alert.cause},
                          {"fix", alert.fix}});
    }
    return "TLS alert " + std::to_string(alert.number) + ": " + std::string(alert.name)
           + (alert.is_about_certificate ? "  (about our certificate)" : "") + "\ncause:    "
           + std::string(alert.cause) + "\nfix:      " + std::string(alert.fix) + "\n";
}

// The catalogue's number for the reason texts of OpenSSL that a server's log shows.
struct Reason {
    std::string_view text;
    int id;
};
constexpr Reason reasons[] = {
    {"no shared cipher", tls::handshake_no_shared_cipher},
    {"unsupported protocol", tls::handshake_no_shared_protocol},
    {"version too low", tls::handshake_no_shared_protocol},
    {"wrong version number", tls::handshake_not_tls},
    {"http request", tls::handshake_plain_http},
    {"no suitable key share", tls::handshake_no_shared_group},
    {"no suitable groups", tls::handshake_no_shared_group},
    {"no suitable signature algorithm", tls::handshake_no_shared_signature},
    {"no shared signature algorithms", tls::handshake_no_shared_signature},
    {"inappropriate fallback", tls::handshake_fallback},
    {"no application protocol", tls::handshake_no_application_protocol},
    {"unsafe legacy renegotiation disabled", tls::renegotiation_unsafe},
    {"no renegotiation", tls::renegotiation_refused},
    {"decryption failed or bad record mac", tls::record_bad},
    {"packet length too long", tls::record_bad},
    {"record length mismatch", tls::opening_ssl2},
    {"unexpected eof while reading", tls::record_truncated},
    {"no cipher match", tls::ciphers_invalid},
    {"ee key too small", tls::context_failed},
    {"ca md too weak", tls::context_failed},
};

const SSL_CIPHER* find_cipher(SSL_CTX* context, std::string_view name)
{
    const auto* all = SSL_CTX_get_ciphers(context);
    for (int i = 0; i < sk_SSL_CIPHER_num(all); i++) {
        const SSL_CIPHER* one = sk_SSL_CIPHER_value(all, i);
        const char* standard = SSL_CIPHER_standard_name(one);
        if (iequals(SSL_CIPHER_get_name(one), name) || (standard && iequals(standard, name)))
            return one;
    }
    return nullptr;
}

std::string row(std::string_view label, std::string_view text)
{
    std::string out(label);
    out.resize(20, ' ');
    return out.append(text) + "\n";
}

} // namespace

Result<std::string> explain_alert(std::string_view alert, pki::Facts* found)
{
    const auto number = parse_number<int>(alert);
    const auto* known =
        number ? diagnosis::find_tls_alert(*number) : diagnosis::find_tls_alert(alert);
    if (known) return text_of(*known, found);
    std::string names;
    for (const auto& one : diagnosis::tls_alerts())
        names += " " + std::to_string(one.number) + " " + std::string(one.name);
    return fail("There is no TLS alert " + std::string(alert) + ". Known:" + names);
}

Result<std::string> explain_cipher(std::string_view name, pki::Facts* found)
{
    const pki::SslContextPtr context(SSL_CTX_new(TLS_server_method()));
    if (!context || SSL_CTX_set_cipher_list(context.get(), "ALL:COMPLEMENTOFALL:@SECLEVEL=0") != 1)
        return fail("OpenSSL failed: " + pki::drain_errors());
    const SSL_CIPHER* cipher = find_cipher(context.get(), name);
    if (!cipher) {
        return fail("This OpenSSL knows no suite " + std::string(name)
                    + " (suites with RC4, DES, 3DES and export keys are gone from it); "
                      "`openssl ciphers -v ALL` lists them.");
    }
    const std::string ours = SSL_CIPHER_get_name(cipher);
    const char* standard = SSL_CIPHER_standard_name(cipher);
    const int exchange = SSL_CIPHER_get_kx_nid(cipher);
    const bool is_tls13 = SSL_CIPHER_get_protocol_id(cipher) >> 8 == 0x13;
    const bool keeps_secret = is_tls13 || exchange == NID_kx_ecdhe || exchange == NID_kx_dhe;
    const int auth = SSL_CIPHER_get_auth_nid(cipher);
    const std::string defaults =
        std::string(":") + tls::defaults::cipher_list + ":" + tls::defaults::cipher_suites + ":";
    const auto weakness = tls::suite_weakness(SSL_CIPHER_get_protocol_id(cipher));
    pki::Facts fact;
    fact["protocol"] = is_tls13 ? "TLSv1.3" : SSL_CIPHER_get_version(cipher);
    fact["certificate"] = auth == NID_auth_ecdsa  ? "needs an ECDSA key"
                          : auth == NID_auth_rsa  ? "needs an RSA key"
                          : auth == NID_auth_null ? "none: anybody can answer"
                          : is_tls13              ? "any kind"
                                                  : "other";
    fact["encryption"] =
        std::to_string(SSL_CIPHER_get_bits(cipher, nullptr)) + " bits, "
        + (SSL_CIPHER_is_aead(cipher) ? "authenticated (AEAD)"
                                      : "CBC or stream with a separate MAC: Lucky 13 and kin");
    fact["forward_secrecy"] = keeps_secret ? "yes: a key stolen later opens no recorded session"
                                           : "no: who steals the key reads what was recorded";
    fact["served_by_default"] = defaults.find(":" + ours + ":") != defaults.npos ? "yes" : "no";
    if (!weakness.empty()) fact["never_served"] = weakness;
    std::string out = ours + (standard ? "  (" + std::string(standard) + ")" : "") + "\n";
    for (const auto& [label, text] : fact.items()) {
        std::string words = label + ":";
        std::ranges::replace(words, '_', ' ');
        out += row(words, text.get<std::string>());
    }
    fact["cipher"] = ours;
    if (standard) fact["name"] = standard;
    if (found) found->push_back(std::move(fact));
    return out;
}

Result<std::string> explain_openssl_error(std::string_view text, pki::Facts* found)
{
    if (const size_t colon = text.rfind(':'); colon != text.npos) text.remove_prefix(colon + 1);
    if (const size_t hint = text.find(" -- "); hint != text.npos) text = text.substr(0, hint);
    if (const size_t detail = text.find(" ("); detail != text.npos) text = text.substr(0, detail);
    const auto* known =
        std::ranges::find_if(reasons, [&](const Reason& one) { return iequals(one.text, text); });
    if (known != std::end(reasons)) return explain(std::to_string(known->id), found);
    // "tlsv1 alert unknown ca": what the other side said.
    if (const size_t at = text.find("alert "); at != text.npos)
        return explain_alert(text.substr(at + 6), found);
    return fail("no such error");
}

Result<std::string> explain_openssl_code(std::string_view digits, pki::Facts* found)
{
    unsigned long code = 0;
    const char* end = digits.data() + digits.size();
    if (digits.size() != 8 || std::from_chars(digits.data(), end, code, 16).ptr != end)
        return fail("no code of OpenSSL");
    // Its texts are only loaded by who uses the library; nobody did yet.   OPENSSL_init_ssl(3)
    OPENSSL_init_ssl(OPENSSL_INIT_LOAD_SSL_STRINGS | OPENSSL_INIT_LOAD_CRYPTO_STRINGS, nullptr);
    // Until 1.1.1: library, function, reason in 8, 12 and 12 bits. Since 3.0 9 and 23.
    // ERR_GET_LIB(3). TLS is library 20 in both, so its codes tell which it is.
    const bool is_new = code >> 23 == ERR_LIB_SSL || code >> 24 < 2;
    const auto library = static_cast<int>(is_new ? code >> 23 : code >> 24);
    const auto reason = static_cast<int>(is_new ? code & 0x7fffff : code & 0xfff);
    const unsigned long today = ERR_PACK(library, 0, reason);
    const char* part = ERR_lib_error_string(today);
    const char* text = ERR_reason_error_string(today);
    if (!part || !text) {
        return fail("This OpenSSL knows no error " + std::string(digits)
                    + "; the text after its last colon is what signet explain finds most by.");
    }
    const std::string head =
        "OpenSSL's error " + std::string(digits) + ": " + part + ": " + text + "\n\n";
    if (found) found->push_back({{"openssl_error", digits}, {"library", part}, {"reason", text}});
    if (auto known = explain_openssl_error(text, found)) return head + *known;
    if (auto topic = explain_topic(text, found)) return head + *topic;
    return head;
}

} // namespace signet::tools
