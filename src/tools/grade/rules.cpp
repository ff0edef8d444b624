// The rules of the rating: one function that looks, one that mends, one line in the table.
#include "tls/settings.h"
#include "tools/grade/rating.h"

#include <algorithm>

namespace signet::tools::grade {
namespace {

constexpr long half_a_year = 15552000; // seconds: what SSL Labs asks of HSTS

constexpr std::string_view versions_line = "SSLProtocol -all +TLSv1.2 +TLSv1.3";
constexpr std::string_view suites_line = "SSLPolicy intermediate";
constexpr std::string_view hsts_line =
    "Header always set Strict-Transport-Security \"max-age=63072000\"";

// Mozilla's intermediate suites, by number.
const std::vector<uint16_t> good_tls13 = {0x1301, 0x1302, 0x1303};
const std::vector<uint16_t> good_tls12 = {0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8};

// "RC4-SHA, RC4-MD5 and 3 more"
std::string listed(const std::vector<std::string>& names)
{
    std::string text;
    for (size_t i = 0; i < names.size() && i < 4; ++i) text += (i ? ", " : "") + names[i];
    if (names.size() > 4) text += " and " + std::to_string(names.size() - 4) + " more";
    return text;
}

template <class Wanted> std::string suites_that(const Survey& survey, Wanted wanted)
{
    std::vector<std::string> names;
    for (const auto& suite : survey.all_suites()) {
        if (wanted(suite)) names.push_back(suite.name);
    }
    return listed(names);
}

// Reference clients whose result is not as it should be.
template <class Wanted> std::string references_that(const Survey& survey, Wanted wanted)
{
    std::vector<std::string> names;
    for (const auto& result : survey.clients) {
        if (result.is_reference && result.version != 0 && wanted(suite_of(result.suite))) {
            names.push_back(result.client);
        }
    }
    return listed(names);
}

template <class Wanted> std::string certificates_that(const Survey& survey, Wanted wanted)
{
    for (const auto& one : survey.certificates) {
        if (wanted(one)) return one.subject.empty() ? "the certificate" : one.subject;
    }
    return {};
}

void mend_suites(Survey& survey)
{
    for (auto& [version, suites] : survey.suites) {
        suites = version == 0x0304 ? good_tls13 : good_tls12;
    }
    for (auto& result : survey.clients) {
        if (result.version != 0) result.suite = result.version == 0x0304 ? 0x1301 : 0xc02f;
    }
    survey.dh_bits = 0;
}

void mend_versions(Survey& survey)
{
    std::erase_if(survey.suites, [](const auto& one) { return one.first < 0x0303; });
    if (!survey.offers(0x0303)) survey.suites[0x0303] = good_tls12;
    if (!survey.offers(0x0304)) survey.suites[0x0304] = good_tls13;
    survey.fallback_testable = survey.fallback_signal = true;
}

// Rules.

std::string ssl3(const Survey& survey)
{
    return survey.offers(0x0300) ? "SSL 3.0 is offered" : "";
}
std::string ssl3_best(const Survey& survey)
{
    return !survey.suites.empty() && survey.suites.rbegin()->first <= 0x0300
               ? "nothing better than SSL 3.0 is offered"
               : "";
}
std::string early_tls(const Survey& survey)
{
    std::vector<std::string> names;
    for (const auto version : {uint16_t{0x0301}, uint16_t{0x0302}}) {
        if (survey.offers(version)) names.push_back(version_name(version));
    }
    return names.empty() ? "" : listed(names) + " offered";
}
std::string no_tls12(const Survey& survey)
{
    const bool lacks = !survey.suites.empty() && survey.suites.rbegin()->first < 0x0303;
    return lacks ? "TLS 1.2 is not offered" : "";
}
std::string no_tls13(const Survey& survey)
{
    return survey.offers(0x0304) ? "" : "TLS 1.3 is not offered";
}
std::string only_tls13(const Survey& survey)
{
    return survey.suites.size() == 1 && survey.offers(0x0304)
               ? "only TLS 1.3 is offered, so the fallback signal cannot be tested"
               : "";
}
std::string weak_suites(const Survey& survey)
{
    return suites_that(survey, [](const Suite& suite) {
        return suite.bits < 112 || suite.anonymous || suite.is_export;
    });
}
std::string rc4(const Survey& survey)
{
    return suites_that(survey, [](const Suite& suite) { return suite.rc4; });
}
std::string small_blocks(const Survey& survey)
{
    const bool late = !survey.suites.empty() && survey.suites.rbegin()->first >= 0x0302;
    const auto who = references_that(survey, [](const Suite& suite) { return suite.small_blocks; });
    return late && !who.empty() ? "64-bit blocks are used with " + who : "";
}
std::string no_forward_secrecy(const Survey& survey)
{
    const auto who =
        references_that(survey, [](const Suite& suite) { return !suite.forward_secrecy; });
    return who.empty() ? "" : "no forward secrecy with " + who;
}
std::string no_aead(const Survey& survey)
{
    const auto who = references_that(survey, [](const Suite& suite) { return !suite.aead; });
    return who.empty() ? "" : "no AEAD suite with " + who;
}
std::string tiny_key(const Survey& survey)
{
    const auto who = certificates_that(survey, [](const CertificateFacts& one) {
        return (one.kind == pki::KeyKind::rsa && one.bits < 1024) || one.exponent_is_one
               || one.broken_signature;
    });
    return who.empty() ? "" : "a key below 1024 bits, exponent 1, or an MD2/MD5 signature: " + who;
}
std::string small_key(const Survey& survey)
{
    const auto who = certificates_that(survey, [](const CertificateFacts& one) {
        return one.kind == pki::KeyKind::rsa && one.bits < 2048;
    });
    return who.empty() ? "" : "an RSA key below 2048 bits: " + who;
}
void mend_keys(Survey& survey)
{
    for (auto& one : survey.certificates) {
        if (one.kind == pki::KeyKind::rsa) one.bits = std::max(one.bits, 2048);
        one.exponent_is_one = one.broken_signature = false;
    }
}
std::string small_dh(const Survey& survey)
{
    return survey.dh_bits && survey.dh_bits < 2048
               ? "DH parameters of " + std::to_string(survey.dh_bits) + " bits"
               : "";
}
std::string chain_gap(const Survey& survey)
{
    const auto who =
        certificates_that(survey, [](const CertificateFacts& one) { return !one.chain_complete; });
    return who.empty() ? "" : "the chain of " + who + " lacks an issuer";
}
void mend_chain(Survey& survey)
{
    for (auto& one : survey.certificates) one.chain_complete = true;
}
std::string unsafe_renegotiation(const Survey& survey)
{
    return survey.insecure_renegotiation ? "insecure renegotiation is allowed" : "";
}
std::string no_renegotiation_info(const Survey& survey)
{
    return survey.secure_renegotiation ? "" : "secure renegotiation (RFC 5746) is not supported";
}
std::string compressed(const Survey& survey)
{
    return survey.compression ? "TLS compression is on (CRIME)" : "";
}
std::string no_fallback_signal(const Survey& survey)
{
    return survey.fallback_testable && !survey.fallback_signal ? "TLS_FALLBACK_SCSV is not honoured"
                                                               : "";
}
std::string hsts(const Survey& survey)
{
    if (!survey.hsts_known) return "the page could not be fetched, so HSTS is not known";
    if (survey.hsts.empty()) return "Strict-Transport-Security is not sent";
    const auto age = hsts_age(survey.hsts.front());
    if (!age) return "Strict-Transport-Security has no max-age that can be read";
    if (*age < half_a_year) {
        return "Strict-Transport-Security has a max-age of " + std::to_string(*age)
               + " seconds; 15552000 (180 days) are needed";
    }
    return survey.hsts.size() > 1 ? "Strict-Transport-Security is sent more than once" : "";
}
void mend_hsts(Survey& survey)
{
    survey.hsts = {"max-age=63072000"};
    survey.hsts_known = true;
}
std::string old_signature(const Survey& survey)
{
    const auto who =
        certificates_that(survey, [](const CertificateFacts& one) { return one.weak_signature; });
    return who.empty() ? "" : "a SHA-1 signature in the chain of " + who;
}
void mend_signature(Survey& survey)
{
    for (auto& one : survey.certificates) one.weak_signature = false;
}

// clang-format off
constexpr Rule table[] = {
    {480, Letter::f, "SSLProtocol", versions_line, ssl3_best, mend_versions},
    {480, Letter::b, "SSLProtocol", versions_line, ssl3, mend_versions},
    {481, Letter::b, "SSLProtocol", versions_line, early_tls, mend_versions},
    {482, Letter::c, "SSLProtocol", versions_line, no_tls12, mend_versions},
    {483, Letter::a_minus, "SSLProtocol", versions_line, no_tls13, mend_versions},
    {484, Letter::f, "SSLCipherSuite", suites_line, weak_suites, mend_suites},
    {485, Letter::b, "SSLCipherSuite", suites_line, rc4, mend_suites},
    {486, Letter::c, "SSLCipherSuite", suites_line, small_blocks, mend_suites},
    {487, Letter::b, "SSLCipherSuite", suites_line, no_forward_secrecy, mend_suites},
    {488, Letter::b, "SSLCipherSuite", suites_line, no_aead, mend_suites},
    {489, Letter::f, "SSLCertificateFile", "", tiny_key, mend_keys},
    {489, Letter::b, "SSLCertificateFile", "", small_key, mend_keys},
    {490, Letter::b, "SSLCertificateFile", "", chain_gap, mend_chain},
    {491, Letter::f, "SSLInsecureRenegotiation", "SSLInsecureRenegotiation off", unsafe_renegotiation,
     [](Survey& survey) { survey.insecure_renegotiation = false; }},
    {491, Letter::a_minus, "SSLInsecureRenegotiation", "", no_renegotiation_info,
     [](Survey& survey) { survey.secure_renegotiation = true; }},
    {492, Letter::c, "SSLCompression", "SSLCompression off", compressed,
     [](Survey& survey) { survey.compression = false; }},
    {493, Letter::a, "Header", hsts_line, hsts, mend_hsts},
    {494, Letter::a, "SSLProtocol", "", no_fallback_signal,
     [](Survey& survey) { survey.fallback_signal = true; }},
    {495, Letter::a, "SSLCertificateFile", "", old_signature, mend_signature},
    {496, Letter::b, "SSLCipherSuite", suites_line, small_dh, mend_suites},
    {497, Letter::a, "SSLProtocol", versions_line, only_tls13, mend_versions},
};
// clang-format on

} // namespace

std::span<const Rule> rules()
{
    return table;
}

} // namespace signet::tools::grade
