#include "tls/post_mortem.h"

#include "base/text.h"
#include "diagnosis/tls_alerts.h"
#include "tls/context_policy.h"
#include "tls/names.h"
#include "tls/policy.h"

#include <algorithm>

namespace signet::tls {
namespace {

using Numbers = std::vector<uint16_t>;

constexpr uint16_t tls1_2 = 0x0303;
constexpr uint16_t tls1_3 = 0x0304;

bool has(const Numbers& list, uint16_t number)
{
    return std::ranges::find(list, number) != list.end();
}

// What both have, in the client's order.
Numbers common(const Numbers& offered, const Numbers& allowed)
{
    Numbers both;
    std::ranges::copy_if(offered, std::back_inserter(both),
                         [&](uint16_t one) { return has(allowed, one); });
    return both;
}

Numbers without_grease(Numbers list)
{
    std::erase_if(list, [](uint16_t one) { return is_grease(one) || is_signalling_suite(one); });
    return list;
}

Numbers allowed_versions(const Context& context)
{
    constexpr std::pair<uint8_t, uint16_t> all[] = {{Protocols::tls1_3, 0x0304},
                                                    {Protocols::tls1_2, 0x0303},
                                                    {Protocols::tls1_1, 0x0302},
                                                    {Protocols::tls1_0, 0x0301}};
    Numbers versions;
    for (const auto& [bit, number] : all) {
        if (context.settings().protocols.has(bit)) versions.push_back(number);
    }
    return versions;
}

bool is_tls13_suite(uint16_t suite)
{
    return suite >> 8 == 0x13;
}

// The suites of a context, one half of them: those of TLS 1.3 or the others.
Numbers allowed_suites(const Context& context, bool for_tls13)
{
    Numbers suites;
    const auto* ciphers = SSL_CTX_get_ciphers(context.policy().context.get());
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); i++) {
        const auto number = SSL_CIPHER_get_protocol_id(sk_SSL_CIPHER_value(ciphers, i));
        if (is_tls13_suite(number) == for_tls13) suites.push_back(number);
    }
    return suites;
}

// The last Groups (or Curves) of SSLOpenSSLConfCmd, else our own list.
Numbers allowed_groups(const Context& context)
{
    std::string_view list = defaults::groups;
    for (const auto& [command, value] : context.settings().commands) {
        if (iequals(command, "Groups") || iequals(command, "Curves")) list = value;
    }
    Numbers groups;
    for (const auto name : split(list, ':')) {
        if (const auto number = group_number(name); number != 0) groups.push_back(number);
    }
    return groups;
}

// What the keys of this virtual host can sign with.
Numbers our_signatures(const Context& context)
{
    Numbers list;
    for (const auto& one : context.credentials().all()) {
        if (one.signature_algorithm() != 0) {
            list.push_back(one.signature_algorithm());
        } else if (one.kind() == pki::KeyKind::rsa) { // PSS, PKCS#1
            list.insert(list.end(), {0x0804, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601});
        }
    }
    return list;
}

std::string key_kinds(const Context& context)
{
    std::string text;
    for (const auto& one : context.credentials().all()) {
        if (!text.empty()) text += " and ";
        text += one.kind() == pki::KeyKind::rsa ? "RSA"
                : one.curve() != 0              ? "ECDSA " + group_name(one.curve())
                                                : "another kind of";
    }
    return text + " key";
}

bool has_rsa(const Context& context)
{
    return std::ranges::any_of(context.credentials().all(), [](const Credential& one) {
        return one.kind() == pki::KeyKind::rsa;
    });
}

Finding no_version(const Numbers& offered, const Numbers& allowed)
{
    const bool is_old = std::ranges::all_of(offered, [](uint16_t one) { return one < tls1_2; });
    return {.id = handshake_no_shared_protocol,
            .text = "no protocol version in common",
            .cause = is_old ? "the client speaks " + name_list(offered, version_name)
                                  + " at most: software older than 2013, or made to look so"
                            : "SSLProtocol allows " + name_list(allowed, version_name) + " only",
            .fix = is_old ? "update the client; SSLLegacyProtocols on with SSLProtocol +TLSv1 "
                            "+TLSv1.1 lets it in at the price of safety"
                          : "SSLProtocol -all +TLSv1.2 +TLSv1.3"};
}

// No suite of the version that would be spoken is in common: what kind are the client's?
Finding no_suite(const Numbers& offered, uint16_t version)
{
    Finding finding{.id = handshake_no_shared_cipher, .text = "no cipher suite in common"};
    Numbers usable = offered;
    std::erase_if(usable, [&](uint16_t one) { return is_tls13_suite(one) != (version == tls1_3); });
    const auto weak = [](uint16_t one) { return !suite_weakness(one).empty(); };
    if (usable.empty()) {
        finding.cause = "the client offers no suite of " + version_name(version);
        finding.fix = "update the client";
    } else if (std::ranges::all_of(
                   usable, [](uint16_t one) { return suite_weakness(one) == "anonymous"; })) {
        finding.id = handshake_anonymous_suites;
        finding.cause = "the client offers only anonymous suites (ADH, AECDH), which prove no "
                        "identity and are never served";
        finding.fix = "let the client use a suite with a certificate, such as "
                      "ECDHE-RSA-AES128-GCM-SHA256";
    } else if (std::ranges::all_of(usable, weak)) {
        finding.id = handshake_obsolete_suites;
        finding.cause = "the client offers only broken suites: " + name_list(usable, suite_name);
        finding.fix = "update the client; these suites are gone from OpenSSL too";
    } else {
        finding.cause = "SSLCipherSuite" + std::string(version == tls1_3 ? " TLSv1.3" : "")
                        + " lists none of the client's suites";
        finding.fix = "add to SSLCipherSuite one the client knows";
    }
    return finding;
}

// TLS 1.2 and older: the suite fixes the kind of key. Which kind do the common ones need?
Finding wrong_key(const Context& context, const Numbers& suites)
{
    const auto& ecdsa = context.policy().ecdsa_suites;
    const bool needs_ecdsa =
        std::ranges::all_of(suites, [&](uint16_t one) { return ecdsa.contains(one); });
    return {.id = handshake_wrong_key_kind,
            .text = "no certificate for the suites in common",
            .cause = "the suites in common (" + name_list(suites, suite_name) + ") need an "
                     + (needs_ecdsa ? "ECDSA" : "RSA") + " certificate; this virtual host has an "
                     + key_kinds(context),
            .fix = std::string("add a second SSLCertificateFile and SSLCertificateKeyFile with an ")
                   + (needs_ecdsa ? "ECDSA" : "RSA") + " key"};
}

Finding no_group(const Numbers& offered, const Numbers& allowed)
{
    return {.id = handshake_no_shared_group,
            .text = "no key exchange group in common",
            .cause = "the client knows " + name_list(offered, group_name) + ", allowed are "
                     + name_list(allowed, group_name),
            .fix =
                "SSLOpenSSLConfCmd Groups "
                + std::string(offered.empty() ? "X25519:prime256v1" : "with one of the client's")};
}

Finding no_signature(const ClientHello& hello, const Context& context)
{
    const bool only_sha1 = std::ranges::all_of(
        hello.signature_algorithms, [](uint16_t one) { return one >> 8 <= 2 || is_grease(one); });
    if (only_sha1 && !hello.signature_algorithms.empty()) {
        return {.id = handshake_security_level,
                .text = "no signature algorithm in common",
                .cause = "the client can verify SHA-1 signatures only, which OpenSSL's security "
                         "level (SECLEVEL) forbids",
                .fix = "update the client"};
    }
    return {.id = handshake_no_shared_signature,
            .text = "no signature algorithm in common",
            .cause = "the client cannot verify signatures of the " + key_kinds(context),
            .fix = has_rsa(context) ? "add a certificate with an ECDSA P-256 key"
                                    : "add a certificate with an RSA key"};
}

Finding examine_tls13(const ClientHello& hello, const Context& context)
{
    const auto suites = without_grease(hello.suites);
    if (common(suites, allowed_suites(context, true)).empty()) return no_suite(suites, tls1_3);
    const auto groups = without_grease(hello.groups);
    if (common(groups, allowed_groups(context)).empty())
        return no_group(groups, allowed_groups(context));
    Numbers ours = our_signatures(context);
    std::erase_if(ours, [](uint16_t one) { return (one & 0xff) == 1 && one < 0x0800; }); // PKCS#1
    if (!ours.empty() && common(hello.signature_algorithms, ours).empty())
        return no_signature(hello, context);
    return {};
}

Finding examine_tls12(const ClientHello& hello, const Context& context, uint16_t version)
{
    const auto offered = without_grease(hello.suites);
    const auto suites = common(offered, allowed_suites(context, false));
    if (suites.empty()) return no_suite(offered, version);
    const auto& ecdsa = context.policy().ecdsa_suites;
    Numbers fitting = suites;
    const bool rsa = has_rsa(context);
    const auto& all = context.credentials().all();
    const bool has_ecdsa = std::ranges::any_of(
        all, [](const Credential& one) { return one.kind() != pki::KeyKind::rsa; });
    std::erase_if(fitting, [&](uint16_t one) { return ecdsa.contains(one) ? !has_ecdsa : !rsa; });
    if (fitting.empty()) return wrong_key(context, suites);
    const auto groups = without_grease(hello.groups);
    if (!groups.empty() && common(groups, allowed_groups(context)).empty())
        return no_group(groups, allowed_groups(context));
    const auto& signatures = hello.signature_algorithms;
    if (version < tls1_2) {
        if (context.settings().protocols.has(Protocols::legacy)) return {};
        return no_signature(hello, context);
    }
    const auto ours = our_signatures(context);
    if (!ours.empty() && !signatures.empty() && common(signatures, ours).empty())
        return no_signature(hello, context);
    return {};
}

// Reasons of OpenSSL's that a comparison of the two sides can tell more about.
bool is_about_the_offer(int id)
{
    switch (id) {
    case handshake_no_shared_protocol:
    case handshake_no_shared_cipher:
    case handshake_no_shared_group:
    case handshake_no_shared_signature:
    case handshake_no_application_protocol:
    case handshake_failed: return true;
    default: return false;
    }
}

} // namespace

Finding examine(const ClientHello& hello, const Context& context)
{
    const auto offered = without_grease(hello.versions);
    const auto allowed = allowed_versions(context);
    const auto versions = common(offered, allowed);
    if (versions.empty()) return no_version(offered, allowed);
    const uint16_t version = *std::ranges::max_element(versions);
    Finding finding =
        version == tls1_3 ? examine_tls13(hello, context) : examine_tls12(hello, context, version);
    if (finding.id != 0 || hello.alpn.empty()) return finding;
    const auto& protocols = context.settings().alpn;
    if (protocols.empty()
        || std::ranges::any_of(protocols, [&](const auto& one) { return hello.offers(one); }))
        return finding;
    std::string names;
    for (const auto& one : protocols) names += (names.empty() ? "" : " ") + one;
    return {.id = handshake_no_application_protocol,
            .text = "no application protocol in common",
            .cause = "by ALPN the client offers none of: " + names,
            .fix = "Protocols h2 http/1.1"};
}

std::string describe(const ClientHello& hello, const Context& context)
{
    const auto versions = without_grease(hello.versions);
    const auto suites = without_grease(hello.suites);
    const auto groups = without_grease(hello.groups);
    const auto both = common(versions, allowed_versions(context));
    const uint16_t version = both.empty() ? 0 : *std::ranges::max_element(both);
    const auto our_suites = allowed_suites(context, version == tls1_3);
    const auto our_groups = allowed_groups(context);
    const auto signatures = our_signatures(context);
    std::string text =
        "name asked for: " + (hello.server_name.empty() ? "none" : hello.server_name);
    text += "; client offers " + name_list(versions, version_name) + ", suites "
            + name_list(suites, suite_name) + ", groups " + name_list(groups, group_name)
            + ", signatures " + name_list(hello.signature_algorithms, signature_name, 4);
    if (!hello.alpn.empty()) {
        text += ", ALPN";
        for (const auto& one : hello.alpn) text += " " + one.substr(0, 16);
    }
    text += "; allowed here " + name_list(allowed_versions(context), version_name) + ", suites "
            + name_list(our_suites, suite_name) + ", groups " + name_list(our_groups, group_name)
            + ", signatures of the " + key_kinds(context);
    text += "; in common " + name_list(both, version_name) + ", suites "
            + name_list(common(suites, our_suites), suite_name, 3) + ", groups "
            + name_list(common(groups, our_groups), group_name, 3) + ", signatures "
            + name_list(common(hello.signature_algorithms, signatures), signature_name, 2);
    return text;
}

void explain(Failure& failure, const ClientHello& hello, const Context& context)
{
    if (failure.by_peer) {
        explain_alert(failure);
    } else if (is_about_the_offer(failure.id)) {
        auto finding = examine(hello, context);
        if (finding.id != 0) {
            failure.id = finding.id;
            failure.text = std::move(finding.text);
            failure.cause = std::move(finding.cause);
            failure.fix = std::move(finding.fix);
        }
    }
    failure.text += "; " + describe(hello, context);
}

void explain_alert(Failure& failure)
{
    const auto* alert = diagnosis::find_tls_alert(failure.alert);
    if (!alert) return;
    failure.cause = alert->cause;
    failure.fix = alert->fix;
}

std::vector<std::string> take_library_errors()
{
    std::vector<std::string> lines;
    const char* data = nullptr;
    int flags = 0;
    while (const unsigned long code = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags)) {
        char text[256];
        ERR_error_string_n(code, text, sizeof text);
        std::string line(text);
        if (data && *data && (flags & ERR_TXT_STRING) != 0) line += " (" + std::string(data) + ")";
        lines.push_back(std::move(line));
    }
    return lines;
}

std::string_view apache_hint(std::string_view error)
{
    struct Hint {
        std::string_view first, second, text;
    };
    // mod_ssl looks for these words, in this order.
    constexpr Hint hints[] = {
        {"envelope", "bad decrypt", " -- wrong pass phrase!?"},
        {"sslv3", "alert bad certificate",
         " -- Subject CN in certificate not server name or identical to CA!?"},
        {"self signed certificate in certificate chain", "",
         " -- Client certificate signed by CA not known to server?"},
        {"peer did not return a certificate", "", " -- No CAs known to server for verification?"},
        {"no shared cipher", "",
         " -- Too restrictive SSLCipherSuite or using DSA server certificate?"},
        {"no start line", "",
         " -- Bad file contents or format - or even just a forgotten SSLCertificateKeyFile?"},
        {"bad password read", "", " -- You entered an incorrect pass phrase!?"},
        {"bad mac decode", "",
         " -- Browser still remembered details of a re-created server certificate?"},
    };
    for (const auto& hint : hints) {
        const size_t at = error.find(hint.first);
        if (at != error.npos && error.find(hint.second, at) != error.npos) return hint.text;
    }
    return {};
}

} // namespace signet::tls
