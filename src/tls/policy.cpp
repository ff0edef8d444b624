#include "tls/policy.h"

#include "base/text.h"

namespace signet::tls {
namespace {

using diagnosis::Severity;

constexpr uint8_t every = Protocols::tls1_0 | Protocols::tls1_1 | Protocols::modern;

// The bits of a protocol word without its sign; SSLv2 has none. Nothing: unknown.
std::optional<uint8_t> bits_of(std::string_view word)
{
    if (iequals(word, "SSLv2")) return uint8_t{0};
    if (iequals(word, "SSLv3")) return uint8_t{Protocols::ssl3};
    if (iequals(word, "TLSv1")) return uint8_t{Protocols::tls1_0};
    if (iequals(word, "TLSv1.1")) return uint8_t{Protocols::tls1_1};
    if (iequals(word, "TLSv1.2")) return uint8_t{Protocols::tls1_2};
    if (iequals(word, "TLSv1.3")) return uint8_t{Protocols::tls1_3};
    if (iequals(word, "all")) return every;
    return std::nullopt;
}

std::string names_of(uint8_t bits)
{
    std::string text;
    const auto add = [&](uint8_t bit, const char* name) {
        if (bits & bit) text += (text.empty() ? "" : ", ") + std::string(name);
    };
    add(Protocols::ssl3, "SSLv3");
    add(Protocols::tls1_0, "TLSv1");
    add(Protocols::tls1_1, "TLSv1.1");
    return text;
}

} // namespace

Protocols parse_protocols(std::span<const std::string_view> words, bool legacy_allowed,
                          pki::Problems& problems)
{
    uint8_t set = 0;
    uint8_t named = 0; // asked for by name, not by "all"
    bool ssl2 = false;
    for (std::string_view word : words) {
        const char sign = word.starts_with('+') || word.starts_with('-') ? word.front() : '\0';
        if (sign) word.remove_prefix(1);
        const auto bits = bits_of(word);
        if (!bits) {
            report(problems, Severity::error, protocol_illegal,
                   "SSLProtocol: Illegal protocol '" + std::string(word) + "'", {},
                   "one of all, TLSv1.2, TLSv1.3 (and TLSv1, TLSv1.1 with SSLLegacyProtocols on)");
            return {.bits = Protocols::modern};
        }
        if (sign == '-') {
            set = static_cast<uint8_t>(set & ~*bits);
            named = static_cast<uint8_t>(named & ~*bits);
            continue;
        }
        if (!iequals(word, "all")) named |= *bits;
        if (*bits == 0) {
            ssl2 = true;
        } else if (sign == '+') {
            set |= *bits;
        } else {
            if (set != 0) {
                report(problems, Severity::warn, protocol_overrides,
                       "SSLProtocol: Protocol '" + std::string(word)
                           + "' overrides already set parameter(s). Check if a +/- prefix is "
                             "missing.");
            }
            set = *bits;
        }
    }

    const bool empty_as_written = set == 0 && !ssl2;
    const uint8_t refused = legacy_allowed ? uint8_t{Protocols::ssl3} : Protocols::legacy;
    const uint8_t removed = set & refused & named;
    set = static_cast<uint8_t>(set & ~refused);
    if (removed != 0 || ssl2) {
        std::string which = ssl2 ? "SSLv2" : "";
        if (removed != 0) which += (ssl2 ? ", " : "") + names_of(removed);
        report(problems, Severity::warn, protocol_legacy_removed,
               "SSLProtocol: " + which + " not served"
                   + (set == 0 ? "; TLSv1.2 and TLSv1.3 are" : ""));
    }
    if (empty_as_written) {
        report(problems, Severity::emerg, protocol_none_left,
               "No SSL protocols available [hint: SSLProtocol]");
    }
    return {.bits = set == 0 ? uint8_t{Protocols::modern} : set};
}

namespace {

pki::SslContextPtr scratch_context()
{
    return pki::SslContextPtr(SSL_CTX_new(TLS_server_method()));
}

CipherSuites parse_tls13_suites(std::string_view list, pki::Problems& problems)
{
    CipherSuites result{.is_tls13 = true, .list = std::string(list)};
    const auto context = scratch_context();
    if (context && SSL_CTX_set_ciphersuites(context.get(), result.list.c_str()) == 1
        && !list.empty()) {
        return result;
    }
    report(problems, Severity::emerg, ciphers_invalid,
           "Unable to configure permitted TLSv1.3 ciphers", pki::drain_errors(),
           std::string("SSLCipherSuite TLSv1.3 ") + defaults::cipher_suites);
    result.list = defaults::cipher_suites;
    return result;
}

} // namespace

CipherSuites parse_cipher_suites(std::span<const std::string_view> words, pki::Problems& problems)
{
    std::string_view list = words.empty() ? std::string_view() : words.back();
    if (words.size() > 1) {
        if (words[0] == "TLSv1.3") return parse_tls13_suites(list, problems);
        if (words[0] != "SSL") {
            report(problems, Severity::error, ciphers_invalid,
                   "procotol '" + std::string(words[0]) + "' not supported", {},
                   "SSLCipherSuite [SSL|TLSv1.3] list");
            return {.list = defaults::cipher_list};
        }
    }
    // Red Hat's packages name the system-wide policy, which this OpenSSL does not know.
    if (list == "PROFILE=SYSTEM") list = defaults::cipher_list;

    // What nobody may get, whatever the list adds. Apache appends the first three as well.
    CipherSuites result{.list = std::string(list) + ":!aNULL:!eNULL:!EXP:!RC4:!SSLv2"};
    const auto context = scratch_context();
    if (!list.empty() && context
        && SSL_CTX_set_cipher_list(context.get(), result.list.c_str()) == 1) {
        return result;
    }
    const std::string reasons = pki::drain_errors();
    const bool is_empty = list.empty() || reasons.find("no cipher match") != std::string::npos;
    report(problems, Severity::emerg, is_empty ? ciphers_empty : ciphers_invalid,
           "Unable to configure permitted SSL ciphers", reasons,
           std::string("SSLCipherSuite ") + defaults::cipher_list);
    result.list = defaults::cipher_list;
    return result;
}

std::vector<std::string> expand_cipher_list(const std::string& list)
{
    std::vector<std::string> names;
    const auto context = scratch_context();
    if (!context || SSL_CTX_set_cipher_list(context.get(), list.c_str()) != 1
        || SSL_CTX_set_ciphersuites(context.get(), "") != 1) {
        pki::forget_errors();
        return names;
    }
    const auto* ciphers = SSL_CTX_get_ciphers(context.get());
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        names.emplace_back(SSL_CIPHER_get_name(sk_SSL_CIPHER_value(ciphers, i)));
    }
    return names;
}

} // namespace signet::tls
