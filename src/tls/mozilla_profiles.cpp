#include "tls/mozilla_profiles.h"

#include "base/text.h"
#include "tls/settings.h"

namespace signet::tls {
namespace {

constexpr auto suites = defaults::cipher_suites;
constexpr auto forward_aead = defaults::cipher_list; // intermediate of 5.8 and 6.0

constexpr std::string_view intermediate_57 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305";
constexpr std::string_view old_58 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA:"
    "ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:"
    "ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:AES128-GCM-SHA256:AES256-GCM-SHA384:"
    "AES128-SHA256:AES256-SHA256:AES128-SHA:AES256-SHA:DES-CBC3-SHA";
constexpr std::string_view old_57 =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:"
    "DHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-CHACHA20-POLY1305:"
    "ECDHE-ECDSA-AES128-SHA256:ECDHE-RSA-AES128-SHA256:ECDHE-ECDSA-AES128-SHA:"
    "ECDHE-RSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA384:"
    "ECDHE-ECDSA-AES256-SHA:ECDHE-RSA-AES256-SHA:DHE-RSA-AES128-SHA256:DHE-RSA-AES256-SHA256:"
    "AES128-GCM-SHA256:AES256-GCM-SHA384:AES128-SHA256:AES256-SHA256:AES128-SHA:AES256-SHA:"
    "DES-CBC3-SHA";

constexpr std::string_view groups_57 = "X25519:prime256v1:secp384r1";
constexpr std::string_view groups_58 = "?X25519MLKEM768:X25519:prime256v1:secp384r1";

constexpr uint8_t tls13 = Protocols::tls1_3;
constexpr uint8_t tls12 = Protocols::modern;
constexpr uint8_t tls10 = Protocols::tls1_0 | Protocols::tls1_1 | Protocols::modern;
constexpr long two_years = 63072000;

constexpr std::string_view modern_clients =
    "Firefox 63, Android 10, Chrome 70, Edge 75, Java 11, OpenSSL 1.1.1, Opera 57, Safari 12.1";
constexpr std::string_view intermediate_clients =
    "Firefox 31.3, Android 4.4.2, Chrome 49, Edge 15, IE 11 on Windows 10, Java 8u161, OpenSSL "
    "1.0.1l, Opera 20, Safari 9";
constexpr std::string_view old_clients =
    "Firefox 1, Android 2.3, Chrome 1, IE 8 on XP, Java 6, OpenSSL 0.9.8, Opera 5, Safari 1";

// The newest version of each name comes first.
constexpr MozillaProfile profiles[] = {
    {"modern", "6.0", tls13, "", suites, groups_58, false, true, false, 0, 90, two_years,
     modern_clients},
    {"modern", "5.8", tls13, "", suites, groups_58, false, true, false, 0, 90, two_years,
     modern_clients},
    {"modern", "5.7", tls13, "", suites, groups_57, false, true, false, 0, 90, two_years,
     modern_clients},
    {"intermediate", "6.0", tls12, forward_aead, suites, groups_58, false, true, true, 2048, 366,
     two_years, intermediate_clients},
    {"intermediate", "5.8", tls12, forward_aead, suites, groups_58, false, true, true, 2048, 366,
     two_years, intermediate_clients},
    {"intermediate", "5.7", tls12, intermediate_57, suites, groups_57, false, true, true, 2048, 366,
     two_years, intermediate_clients},
    {"old", "5.8", tls10, old_58, suites, groups_58, true, false, true, 2048, 366, two_years,
     old_clients},
    {"old", "5.7", tls10, old_57, suites, groups_57, true, false, true, 2048, 366, two_years,
     old_clients},
};

} // namespace

std::span<const MozillaProfile> mozilla_profiles()
{
    return profiles;
}

const MozillaProfile* find_mozilla_profile(std::string_view name, std::string_view version)
{
    for (const auto& profile : profiles) {
        if (iequals(profile.name, name) && (version.empty() || profile.version == version)) {
            return &profile;
        }
    }
    return nullptr;
}

std::string profile_suggestion(std::string_view name)
{
    std::string_view nearest;
    size_t least = 5; // changes; more is another word
    for (const auto& profile : profiles) {
        const size_t changes = edit_distance(name, profile.name);
        if (changes >= least || changes >= profile.name.size()) continue;
        least = changes;
        nearest = profile.name;
    }
    return nearest.empty() ? std::string() : "; did you mean " + std::string(nearest) + "?";
}

} // namespace signet::tls
