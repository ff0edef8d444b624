#include "tools/grade/profile.h"

#include "base/text.h"
#include "tls/settings.h"

#include <algorithm>

namespace signet::tools::grade {
namespace {

using tls::Protocols;

constexpr std::pair<uint16_t, uint8_t> versions[] = {{0x0300, Protocols::ssl3},
                                                     {0x0301, Protocols::tls1_0},
                                                     {0x0302, Protocols::tls1_1},
                                                     {0x0303, Protocols::tls1_2},
                                                     {0x0304, Protocols::tls1_3}};

constexpr std::pair<std::string_view, uint16_t> groups[] = {
    {"X25519MLKEM768", 0x11ec}, {"X25519", 29}, {"prime256v1", 23}, {"secp384r1", 24}};

void compare_versions(const Survey& survey, const tls::MozillaProfile& profile,
                      std::vector<std::string>& differences)
{
    for (const auto& [version, bit] : versions) {
        const bool wanted = (profile.protocols & bit) != 0;
        if (survey.offers(version) == wanted) continue;
        differences.push_back(version_name(version) + (wanted ? " is not offered" : " is offered"));
    }
}

bool is_listed(std::string_view list, std::string_view name)
{
    const auto names = split(list, ':');
    return std::ranges::find(names, name) != names.end();
}

void compare_suites(const Survey& survey, const tls::MozillaProfile& profile,
                    std::vector<std::string>& differences)
{
    std::vector<std::string> offered;
    for (const auto& suite : survey.all_suites()) {
        offered.push_back(suite.name);
        const auto list = suite.tls13 ? profile.cipher_suites : profile.cipher_list;
        if (!is_listed(list, suite.name)) {
            differences.push_back("the suite " + suite.name + " is offered");
        }
    }
    const bool has_ecdsa = std::ranges::any_of(
        survey.certificates, [](const auto& one) { return one.kind == pki::KeyKind::ecdsa; });
    const bool has_rsa = std::ranges::any_of(
        survey.certificates, [](const auto& one) { return one.kind == pki::KeyKind::rsa; });
    for (const auto list : {profile.cipher_suites, profile.cipher_list}) {
        for (const auto name : split(list, ':')) {
            // A suite needs a certificate of its kind.
            const bool for_ecdsa = name.find("ECDSA") != name.npos;
            const bool tls13 = name.starts_with("TLS_");
            if (!tls13 && ((for_ecdsa && !has_ecdsa) || (!for_ecdsa && !has_rsa))) continue;
            if (std::ranges::find(offered, name) != offered.end()) continue;
            differences.push_back("the suite " + std::string(name) + " is not offered");
        }
    }
}

void compare_groups(const Survey& survey, const tls::MozillaProfile& profile,
                    std::vector<std::string>& differences)
{
    for (auto name : split(profile.groups, ':')) {
        const bool optional = name.starts_with('?');
        if (optional) name.remove_prefix(1);
        for (const auto& [known, number] : groups) {
            if (known != name) continue;
            if (std::ranges::find(survey.groups, number) != survey.groups.end()) continue;
            differences.push_back("the group " + std::string(name) + " is not offered"
                                  + (optional ? " (this OpenSSL does not know it)" : ""));
        }
    }
    for (const auto number : survey.groups) {
        const bool listed = std::ranges::any_of(groups, [&](const auto& known) {
            return known.second == number
                   && profile.groups.find(known.first) != std::string_view::npos;
        });
        if (!listed) differences.push_back("the group " + group_name(number) + " is offered");
    }
}

void compare_certificates(const Survey& survey, const tls::MozillaProfile& profile,
                          std::vector<std::string>& differences)
{
    for (const auto& one : survey.certificates) {
        const bool is_rsa = one.kind == pki::KeyKind::rsa;
        if (is_rsa && !profile.wants_rsa) differences.emplace_back("the certificate's key is RSA");
        if (!is_rsa && !profile.wants_ecdsa) {
            differences.emplace_back("the certificate's key is not RSA");
        }
        if (is_rsa && profile.rsa_bits && one.bits < profile.rsa_bits) {
            differences.push_back("the RSA key has " + std::to_string(one.bits) + " bits");
        }
        const long days = static_cast<long>((one.not_after - one.not_before) / 86400);
        if (days > profile.longest_life) {
            differences.push_back("the certificate lives " + std::to_string(days) + " days, "
                                  + std::to_string(profile.longest_life) + " at most");
        }
    }
}

} // namespace

std::vector<std::string> compare(const Survey& survey, const tls::MozillaProfile& profile)
{
    std::vector<std::string> differences;
    compare_versions(survey, profile, differences);
    compare_suites(survey, profile, differences);
    compare_groups(survey, profile, differences);
    compare_certificates(survey, profile, differences);
    const auto age = survey.hsts.empty() ? std::optional<long>(0) : hsts_age(survey.hsts.front());
    if (age.value_or(0) < profile.hsts_age) {
        differences.push_back("HSTS has a max-age of " + std::to_string(age.value_or(0)) + ", "
                              + std::to_string(profile.hsts_age) + " at least");
    }
    // With suites that are all good, the client knows best which its hardware is good at.
    const bool has_choice = survey.offers(0x0303) && survey.suites.at(0x0303).size() > 1;
    if (has_choice && profile.server_order != survey.server_order) {
        differences.emplace_back(profile.server_order ? "the client's order of suites decides"
                                                      : "the server's order of suites decides");
    }
    return differences;
}

} // namespace signet::tools::grade
