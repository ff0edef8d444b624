// Versions, suites, HSTS, stapling, certificates: what is written, and what it comes to.
#include "base/file.h"
#include "base/text.h"
#include "pki/certificate.h"
#include "tls/context.h"
#include "tls/policy.h"
#include "tools/check/inspection.h"
#include "tools/configuration_options.h"
#include "tools/grade/cipher_string.h"
#include "tools/grade/suites.h"
#include "tools/grade/vhosts.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <set>

namespace signet::tools::check {
namespace {

using config::Node;

constexpr std::string_view policy = "SSLPolicy intermediate";
constexpr std::string_view hsts_line =
    "Header always set Strict-Transport-Security \"max-age=63072000\"";

bool is_on(const Node& section, std::string_view name)
{
    const Node* line = last_of(section.children, name);
    return line && !line->words.empty() && iequals(line->words[0].text, "on");
}

std::string name_of(const Node& vhost)
{
    const Node* line = last_of(vhost.children, "ServerName");
    if (!line || line->words.empty()) return "";
    const std::string name = lowercase(line->words[0].text);
    return name.substr(0, name.find(':'));
}

void broken_suites(Inspection& inspection)
{
    inspection.each({"SSLCipherSuite"}, [&](const Node& node, Sections) {
        if (node.words.empty() || iequals(node.words[0].text, "TLSv1.3")) return;
        const auto broken = grade::broken_suites_of(node.words.back().text);
        if (broken.empty()) return;
        std::string names;
        for (size_t i = 0; i < broken.size() && i < 6; ++i) {
            names += (i ? ", " : "") + grade::suite_name(broken[i]);
        }
        if (broken.size() > 6) names += " and " + std::to_string(broken.size() - 6) + " more";
        auto& finding = inspection.report(149, node, "as written, the list contains " + names);
        finding.fix = policy;
        finding.edits = replace(node, std::string(policy));
    });
}

void idle_words(Inspection& inspection)
{
    inspection.each({"SSLCipherSuite"}, [&](const Node& node, Sections) {
        if (node.words.empty() || iequals(node.words[0].text, "TLSv1.3")) return;
        std::string text;
        for (const auto& idle : grade::idle_tokens(node.words.back().text)) {
            text += (text.empty() ? "" : "; ") + idle.token + " (" + idle.reason + ")";
        }
        if (!text.empty()) inspection.report(141, node, text);
    });
}

void broken_versions(Inspection& inspection)
{
    inspection.each({"SSLProtocol"}, [&](const Node& node, Sections around) {
        std::vector<std::string_view> words;
        for (const auto& word : node.words) words.push_back(word.text);
        pki::Problems problems;
        (void)tls::parse_protocols(words, false, problems);
        const bool removed = std::ranges::any_of(problems, [](const pki::Problem& one) {
            return one.id == tls::protocol_legacy_removed;
        });
        const Node* legacy = around.empty()
                                 ? last_of(inspection.nodes(), "SSLLegacyProtocols")
                                 : last_of(around.back()->children, "SSLLegacyProtocols");
        if (!removed || legacy) return;
        auto& finding = inspection.report(150, node, problems.front().message);
        finding.fix = "SSLProtocol -all +TLSv1.2 +TLSv1.3";
        finding.edits = replace(node, finding.fix);
    });
}

void no_hsts(Inspection& inspection)
{
    for (const auto& node : inspection.nodes()) {
        if (!iequals(node.name, "VirtualHost") || !is_on(node, "SSLEngine")) continue;
        const auto hsts = grade::hsts_of(inspection.nodes(), &node);
        if (!hsts.values.empty()) {
            const auto age = grade::hsts_age(hsts.values.front());
            if (!age || *age < 15552000) {
                auto& finding = inspection.report(
                    148, *hsts.line, "max-age is missing or below 15552000 (180 days)");
                finding.fix = hsts_line;
            }
            continue;
        }
        auto& finding = inspection.report(148, node, "no Strict-Transport-Security is sent");
        finding.fix = hsts_line;
        if (const Node* engine = last_of(node.children, "SSLEngine")) {
            finding.edits = insert_after(*engine, std::string(hsts_line));
        }
    }
}

void hsts_over_http(Inspection& inspection)
{
    inspection.each({"Header"}, [&](const Node& node, Sections around) {
        if (node.arguments.find("Strict-Transport-Security") == std::string::npos) return;
        if (iequals(node.words[0].text, "unset")) return;
        const auto host = std::ranges::find_if(
            around, [](const Node* section) { return iequals(section->name, "VirtualHost"); });
        // With a condition (env=HTTPS, expr=…) the author has thought of it.
        if (host == around.end() || is_on(**host, "SSLEngine") || node.words.size() > 4) return;
        inspection.report(158, node, line_of(**host) + " has no SSLEngine on");
    });
}

void hsts_without_tls_below(Inspection& inspection)
{
    std::set<std::string> with_tls;
    std::map<std::string, const Node*> without;
    for (const auto& node : inspection.nodes()) {
        if (!iequals(node.name, "VirtualHost")) continue;
        const auto name = name_of(node);
        if (name.empty()) continue;
        if (is_on(node, "SSLEngine"))
            with_tls.insert(name);
        else
            without.emplace(name, &node);
    }
    for (const auto& node : inspection.nodes()) {
        if (!iequals(node.name, "VirtualHost") || !is_on(node, "SSLEngine")) continue;
        const auto hsts = grade::hsts_of(inspection.nodes(), &node);
        if (hsts.values.empty()) continue;
        const bool all = ifind(hsts.values.front(), "includeSubDomains") != std::string::npos;
        const std::string suffix = "." + name_of(node);
        if (!all || suffix.size() < 2) continue;
        for (const auto& [name, host] : without) {
            if (!name.ends_with(suffix) || with_tls.contains(name)) continue;
            inspection.report(140, *hsts.line,
                              name + " (" + host->position.text()
                                  + ") has no TLS, and browsers will not reach it any more");
        }
    }
}

void certificates_at_that_date(Inspection& inspection)
{
    if (!inspection.configuration() || !inspection.options().is_later) return;
    const auto look = [&](const server::VirtualHost& vhost) {
        if (!vhost.tls_context) return;
        for (const auto& one : vhost.tls_context->credentials().all()) {
            if (!one.leaf() || X509_up_ref(one.leaf()) != 1) continue;
            const pki::Certificate leaf{pki::X509Ptr(one.leaf())};
            if (leaf.not_after() >= inspection.options().now) continue;
            inspection.report(156, vhost.position,
                              vhost.server_name + ": " + leaf.subject() + " ends on "
                                  + moment_text(leaf.not_after()) + ", before "
                                  + moment_text(inspection.options().now));
        }
    };
    look(inspection.configuration()->main);
    for (const auto& vhost : inspection.configuration()->vhosts) look(*vhost);
}

void stapling_without_responder(Inspection& inspection)
{
    const Node* stapling = nullptr;
    inspection.each({"SSLUseStapling"}, [&](const Node& node, Sections) {
        if (!node.words.empty() && iequals(node.words[0].text, "on")) stapling = &node;
    });
    if (!stapling || !inspection.configuration()) return;
    for (const auto& vhost : inspection.configuration()->vhosts) {
        if (!vhost->tls_context) continue;
        for (const auto& one : vhost->tls_context->credentials().all()) {
            if (!one.leaf()) continue;
            STACK_OF(OPENSSL_STRING)* urls = X509_get1_ocsp(one.leaf());
            const bool has_one = sk_OPENSSL_STRING_num(urls) > 0;
            X509_email_free(urls);
            if (!has_one) {
                inspection.report(167, *stapling,
                                  "the certificate of " + vhost->server_name
                                      + " names no OCSP responder");
            }
        }
    }
}

void same_serial(Inspection& inspection)
{
    if (!inspection.configuration()) return;
    std::map<std::string, std::string> known; // issuer and serial → the certificate
    for (const auto& vhost : inspection.configuration()->vhosts) {
        if (!vhost->tls_context) continue;
        for (const auto& one : vhost->tls_context->credentials().all()) {
            if (!one.leaf() || X509_up_ref(one.leaf()) != 1) continue;
            const pki::Certificate leaf{pki::X509Ptr(one.leaf())};
            BIGNUM* number = ASN1_INTEGER_to_BN(X509_get0_serialNumber(leaf.get()), nullptr);
            char* digits = number ? BN_bn2hex(number) : nullptr;
            const std::string serial = digits ? digits : "";
            OPENSSL_free(digits);
            BN_free(number);
            const auto [at, is_new] = known.emplace(leaf.issuer() + "|" + serial, leaf.der());
            if (is_new || at->second == leaf.der()) continue;
            inspection.report(168, vhost->position,
                              "two certificates of " + leaf.issuer() + " have the serial number "
                                  + serial);
        }
    }
}

void client_certificates_per_directory(Inspection& inspection)
{
    inspection.each({"SSLVerifyClient"}, [&](const Node& node, Sections around) {
        if (node.words.empty() || iequals(node.words[0].text, "none") || around.empty()) return;
        if (iequals(around.back()->name, "VirtualHost")) return;
        inspection.report(166, node,
                          "in " + line_of(*around.back())
                              + " the certificate is asked for only after "
                                "the request was read");
    });
}

void look_at_lists(Inspection& inspection, const Node& node, const std::string& path)
{
    const auto bytes = read_file(path);
    if (!bytes) return;
    const pki::BioPtr bio(BIO_new_mem_buf(bytes->data(), static_cast<int>(bytes->size())));
    while (X509_CRL* list = PEM_read_bio_X509_CRL(bio.get(), nullptr, nullptr, nullptr)) {
        const ASN1_TIME* next = X509_CRL_get0_nextUpdate(list);
        time_t now = inspection.options().now;
        if (next && X509_cmp_time(next, &now) < 0) {
            char issuer[256] = "";
            X509_NAME_oneline(X509_CRL_get_issuer(list), issuer, sizeof issuer);
            inspection.report(170, node, path + ": the list of " + issuer + " has expired");
        }
        X509_CRL_free(list);
    }
    pki::forget_errors();
}

void expired_lists(Inspection& inspection)
{
    inspection.each({"SSLCARevocationFile", "SSLCARevocationPath"},
                    [&](const Node& node, Sections) {
                        if (node.words.empty()) return;
                        const std::string path = inspection.path(node.words[0].text);
                        std::error_code error;
                        if (!std::filesystem::is_directory(path, error))
                            return look_at_lists(inspection, node, path);
                        // Hash links lead to files of the same directory.
                        for (const auto& entry : std::filesystem::directory_iterator(path, error)) {
                            if (entry.is_regular_file(error) && !entry.is_symlink(error))
                                look_at_lists(inspection, node, entry.path().string());
                        }
                    });
}

void library(Inspection& inspection)
{
    const std::string built = OPENSSL_VERSION_TEXT;
    const std::string runs = OpenSSL_version(OPENSSL_VERSION);
    const unsigned built_line = OPENSSL_VERSION_MAJOR;
    if (OPENSSL_version_major() != built_line || OPENSSL_version_minor() != OPENSSL_VERSION_MINOR) {
        inspection.report(171, config::Position{},
                          "built with " + built + ", running with " + runs);
    }
    // https://openssl-library.org/policies/releasestrat/ (distributions may support longer)
    struct Line {
        unsigned major, minor;
        const char* end;
    };
    constexpr Line lines[] = {{1, 1, "2023-09-11"}, {3, 0, "2026-09-07"}, {3, 1, "2025-03-14"},
                              {3, 2, "2025-11-23"}, {3, 3, "2026-04-09"}, {3, 4, "2026-10-22"},
                              {3, 5, "2030-04-08"}};
    for (const auto& line : lines) {
        if (line.major != OPENSSL_version_major() || line.minor != OPENSSL_version_minor())
            continue;
        const auto end = parse_moment(line.end, 0);
        if (!end || *end > inspection.options().now) continue;
        auto& finding = inspection.report(
            171, config::Position{}, runs + ": the project's own support ended on " + line.end);
        finding.severity = diagnosis::Severity::info;
        finding.fix = "nothing, while the distribution still corrects it (Debian does for its "
                      "releases)";
    }
}

constexpr Rule table[] = {
    {149, "cipher strings that ask for broken suites", broken_suites},
    {141, "words of cipher strings without effect", idle_words},
    {150, "versions that are broken", broken_versions},
    {148, "sites without HSTS", no_hsts},
    {158, "HSTS where it does not count", hsts_over_http},
    {140, "HSTS for subdomains without TLS", hsts_without_tls_below},
    {156, "certificates at the date asked about", certificates_at_that_date},
    {167, "stapling without a responder", stapling_without_responder},
    {168, "issuer and serial number used twice", same_serial},
    {166, "client certificates per directory", client_certificates_per_directory},
    {170, "revocation lists that have expired", expired_lists},
    {171, "the TLS library", library},
};

} // namespace

std::span<const Rule> tls_rules()
{
    return table;
}

} // namespace signet::tools::check
