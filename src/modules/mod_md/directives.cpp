// The directives of mod_md: words into config.h.
#include "base/file.h"
#include "base/text.h"
#include "modules/mod_md/config.h"
#include "server/core_directives.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace signet::mod_md {
namespace {

using config::in_server, config::override_none;
using server::Takes, server::Words;

Result<std::chrono::seconds> duration_of(const Words& words, std::string_view text)
{
    // Durations of mod_md may also be in days: "30d".
    std::string plain(text);
    int factor = 1;
    if (plain.ends_with('d') || plain.ends_with('D')) {
        plain.back() = 'h';
        factor = 24;
    }
    const auto parsed = server::core::parse_duration(plain);
    if (!parsed || parsed->count() < 0) {
        return words.refuse(780, words.name() + ": '" + std::string(text) + "' is not a duration",
                            "a time such as 30s, 12h or 5d");
    }
    return std::chrono::duration_cast<std::chrono::seconds>(*parsed) * factor;
}

template <auto Member> Result<void> set_duration(Config& config, const Words& words)
{
    auto time = duration_of(words, words[0]);
    if (!time) return std::unexpected(time.error());
    config.write().*Member = *time;
    return {};
}

Result<Window> window_of(const Words& words)
{
    const std::string& text = words[0];
    if (text.ends_with('%')) {
        const auto percent = parse_number<int>(std::string_view(text).substr(0, text.size() - 1));
        if (!percent || *percent < 1 || *percent > 99)
            return words.refuse(780, words.name() + ": has to be between 1% and 99%");
        return Window{.percent = *percent};
    }
    auto time = duration_of(words, text);
    if (!time) return std::unexpected(time.error());
    return Window{.fixed = *time};
}

template <auto Member> Result<void> set_window(Config& config, const Words& words)
{
    auto window = window_of(words);
    if (!window) return std::unexpected(window.error());
    config.write().settings().*Member = *window;
    return {};
}

Result<void> staple_window(Config& config, const Words& words)
{
    auto window = window_of(words);
    if (!window) return std::unexpected(window.error());
    config.write().staple_renew = *window;
    return {};
}

template <auto Member> Result<void> set_domain_text(Config& config, const Words& words)
{
    config.write().settings().*Member = words[0];
    return {};
}
// A file, or "none".
template <auto Member> Result<void> set_domain_file(Config& config, const Words& words)
{
    config.write().settings().*Member = iequals(words[0], "none") ? "" : words.path(words[0]);
    return {};
}
template <auto Member> Result<void> add_domain_file(Config& config, const Words& words)
{
    auto& said = config.write();
    if (!said.inside) {
        return fail(words.name() + " is only valid inside a '<MDomainSet' context, not here");
    }
    (said.settings().*Member).push_back(words.path(words[0]));
    return {};
}
template <auto Member> Result<void> set_command(Config& config, const Words& words)
{
    auto& command = config.write().*Member;
    command.clear();
    for (size_t i = 0; i < words.size(); ++i) command.push_back(words[i]);
    return {};
}

// One of a few words; the index of the one it is.
Result<size_t> choose(const Words& words, std::initializer_list<std::string_view> known)
{
    const auto found =
        std::ranges::find_if(known, [&](std::string_view one) { return iequals(words[0], one); });
    if (found != known.end()) return static_cast<size_t>(found - known.begin());
    std::string list;
    for (const auto one : known) list += (list.empty() ? "" : ", ") + std::string(one);
    return words.refuse(780, words.name() + ": unknown value '" + words[0] + "'", "one of " + list);
}

template <auto Member> Result<void> set_flag(Config& config, const Words& words)
{
    const auto choice = choose(words, {"off", "on"});
    if (!choice) return std::unexpected(choice.error());
    config.write().*Member = *choice == 1;
    return {};
}
template <auto Member> Result<void> set_domain_flag(Config& config, const Words& words)
{
    const auto choice = choose(words, {"off", "on"});
    if (!choice) return std::unexpected(choice.error());
    config.write().settings().*Member = *choice == 1;
    return {};
}

bool is_name(std::string_view name)
{
    if (name.starts_with("*.")) name.remove_prefix(2);
    return !name.empty() && name.size() <= 253 && !name.starts_with('.')
           && std::ranges::all_of(name, [](char c) { return is_alnum(c) || c == '-' || c == '.'; });
}

// Names of a domain, and "auto" or "manual" among them.
Result<void> add_names(DomainWish& domain, const Words& words)
{
    for (size_t i = 0; i < words.size(); ++i) {
        std::string name = lowercase(words[i]);
        if (name.ends_with('>')) name.pop_back();
        if (name.empty()) continue;
        if (name == "auto" || name == "manual") {
            domain.settings.members_automatic = name == "auto";
        } else if (!is_name(name)) {
            return words.refuse(781, words.name() + ": '" + words[i] + "' is not a domain name",
                                "host names, auto or manual");
        } else if (std::ranges::find(domain.names, name) == domain.names.end()) {
            domain.names.push_back(std::move(name));
        }
    }
    if (domain.names.empty()) return words.refuse(781, "MDomain needs at least one domain name");
    domain.name = domain.names.front();
    return {};
}

Result<void> m_domain(Config& config, const Words& words)
{
    auto& said = config.write();
    DomainWish domain{.position = words.position()};
    if (auto added = add_names(domain, words); !added) return added;
    said.domains.push_back(std::move(domain));
    return {};
}

Result<void> begin_domain_set(Config& config, const Words& words)
{
    auto& said = config.write();
    if (said.inside) return fail("<MDomainSet> is not allowed inside <MDomainSet>");
    if (auto added = m_domain(config, words); !added) return added;
    said.inside = said.domains.size() - 1;
    return {};
}

Result<void> end_domain_set(Config& config, const Words&)
{
    config.write().inside.reset();
    return {};
}

Result<void> m_members(Config& config, const Words& words)
{
    const auto choice = choose(words, {"auto", "manual"});
    if (!choice) return std::unexpected(choice.error());
    config.write().settings().members_automatic = *choice == 0;
    return {};
}

Result<void> m_member(Config& config, const Words& words)
{
    auto& said = config.write();
    if (!said.inside) return m_members(config, words);
    return add_names(said.domains[*said.inside], words);
}

Result<void> certificate_authority(Config& config, const Words& words)
{
    std::vector<std::string> urls;
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        if (iequals(word, "letsencrypt")) {
            urls.emplace_back("https://acme-v02.api.letsencrypt.org/directory");
        } else if (iequals(word, "letsencrypt-test")) {
            urls.emplace_back("https://acme-staging-v02.api.letsencrypt.org/directory");
        } else if (iequals(word, "buypass")) {
            urls.emplace_back("https://api.buypass.com/acme/directory");
        } else if (istarts_with(word, "https://") || istarts_with(word, "http://")) {
            urls.push_back(word);
        } else {
            return words.refuse(782, "MDCertificateAuthority: '" + word + "' is not a URL",
                                "URLs of ACME directories, letsencrypt or buypass");
        }
    }
    if (urls.empty()) return words.refuse(782, "MDCertificateAuthority needs a URL");
    config.write().settings().authorities = std::move(urls);
    return {};
}

Result<void> agreement(Config& config, const Words& words)
{
    // Before 2.4.33 this was the URL of the terms, which says the same.
    const bool is_url = istarts_with(words[0], "http://") || istarts_with(words[0], "https://");
    config.write().settings().agreed = is_url || iequals(words[0], "accepted");
    return {};
}

Result<void> protocol(Config&, const Words& words)
{
    if (iequals(words[0], "ACME")) return {};
    return words.refuse(780, "MDCertificateProtocol: unknown protocol '" + words[0] + "'", "ACME");
}

Result<void> challenges(Config& config, const Words& words)
{
    std::vector<std::string> types;
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string type = lowercase(words[i]);
        if (type != "http-01" && type != "tls-alpn-01" && type != "dns-01") {
            return words.refuse(780, "MDCAChallenges: unknown type '" + words[i] + "'",
                                "http-01, tls-alpn-01 or dns-01");
        }
        types.push_back(type);
    }
    if (types.empty()) return words.refuse(780, "MDCAChallenges needs a type of challenge");
    config.write().settings().challenges = std::move(types);
    return {};
}

Result<void> renew_mode(Config& config, const Words& words)
{
    const auto choice = choose(words, {"auto", "always", "manual"});
    if (!choice) return std::unexpected(choice.error());
    config.write().settings().mode = static_cast<RenewMode>(*choice);
    return {};
}

Result<void> require_https(Config& config, const Words& words)
{
    const auto choice = choose(words, {"off", "temporary", "permanent"});
    if (!choice) return std::unexpected(choice.error());
    config.write().settings().require_https = static_cast<RequireHttps>(*choice);
    return {};
}

Result<void> match_names(Config& config, const Words& words)
{
    const auto choice = choose(words, {"all", "servernames"});
    if (!choice) return std::unexpected(choice.error());
    config.write().match_all_names = *choice == 0;
    return {};
}

Result<void> dns_version(Config& config, const Words& words)
{
    const auto choice = choose(words, {"1", "2"});
    if (!choice) return std::unexpected(choice.error());
    config.write().dns_version = static_cast<int>(*choice) + 1;
    return {};
}

Result<KeyWish> key_of(const Words& words, std::string_view type)
{
    if (iequals(type, "rsa")) return KeyWish{.is_rsa = true};
    if (istarts_with(type, "rsa")) {
        if (const auto bits = parse_number<int>(type.substr(3)))
            return KeyWish{.is_rsa = true, .bits = *bits};
    }
    for (const auto& [said, curve] : {std::pair{"P-256", "P-256"},
                                      {"secp256r1", "P-256"},
                                      {"prime256v1", "P-256"},
                                      {"P-384", "P-384"},
                                      {"secp384r1", "P-384"},
                                      {"P-521", "P-521"},
                                      {"secp521r1", "P-521"}}) {
        if (iequals(type, said)) return KeyWish{.curve = curve};
    }
    return words.refuse(780,
                        "MDPrivateKeys: unsupported private key type '" + std::string(type) + "'",
                        "Default, RSA with a number of bits, or a curve such as P-256");
}

Result<void> private_keys(Config& config, const Words& words)
{
    std::vector<KeyWish> keys;
    for (size_t i = 0; i < words.size(); ++i) {
        if (iequals(words[i], "default")) {
            if (words.size() > 1)
                return words.refuse(780, "MDPrivateKeys: 'Default' allows no other parameter");
            continue;
        }
        auto key = key_of(words, words[i]);
        if (!key) return std::unexpected(key.error());
        if (key->is_rsa && i + 1 < words.size() && parse_number<int>(words[i + 1])) {
            key->bits = *parse_number<int>(words[++i]);
        }
        if (key->is_rsa && (key->bits < 2048 || key->bits > 16384))
            return words.refuse(780, "MDPrivateKeys: RSA keys have 2048 to 16384 bits");
        const auto is_same = [&](const KeyWish& one) {
            return one.is_rsa == key->is_rsa && (one.is_rsa || one.curve == key->curve);
        };
        if (std::ranges::any_of(keys, is_same)) {
            return words.refuse(780, "MDPrivateKeys: two keys of type '"
                                         + (key->is_rsa ? "RSA" : key->curve)
                                         + "' are not possible");
        }
        keys.push_back(*key);
    }
    if (keys.empty()) keys.push_back(KeyWish{.is_rsa = true}); // Apache's default
    config.write().settings().keys = std::move(keys);
    return {};
}

Result<void> external_account(Config& config, const Words& words)
{
    ExternalAccountWish wish;
    if (words.size() == 2) {
        wish = {.key_id = words[0], .hmac = words[1]};
    } else if (!iequals(words[0], "none")) {
        const auto text = read_file(words.path(words[0]), 1 << 16);
        if (!text) return words.refuse(783, "MDExternalAccountBinding: " + text.error().text);
        const auto json = nlohmann::json::parse(*text, nullptr, false);
        if (!json.is_object() || !json.contains("kid") || !json.contains("hmac")
            || !json["kid"].is_string() || !json["hmac"].is_string()) {
            return words.refuse(783, "MDExternalAccountBinding: " + words[0]
                                         + " has no \"kid\" and \"hmac\"");
        }
        wish = {.key_id = json["kid"], .hmac = json["hmac"]};
    }
    config.write().settings().external_account = std::move(wish);
    return {};
}

Result<void> port_map(Config& config, const Words& words)
{
    auto& said = config.write();
    for (size_t i = 0; i < words.size(); ++i) {
        const std::string_view word = words[i];
        const size_t colon = word.find(':');
        const std::string_view from = word.substr(0, colon);
        const std::string_view to = colon == word.npos ? "" : word.substr(colon + 1);
        const int port = to == "-" ? 0 : parse_number<uint16_t>(to).value_or(0);
        if (port == 0 && to != "-")
            return words.refuse(780, "MDPortMap: '" + words[i] + "'", "http:8080 or https:-");
        if (from == "http" || from == "80")
            said.http_port = port;
        else if (from == "https" || from == "443")
            said.https_port = port;
        else
            return words.refuse(780, "MDPortMap: '" + words[i] + "'", "http:8080 or https:-");
    }
    return {};
}

Result<void> dns_command(Config& config, const Words& words)
{
    if (words.size() == 0) return words.refuse(780, "MDChallengeDns01 needs a program");
    std::vector<std::string> command;
    for (size_t i = 0; i < words.size(); ++i) command.push_back(words[i]);
    command.front() = words.path(command.front());
    config.write().settings().dns_command = std::move(command);
    return {};
}

Result<void> rehearsal(Config& config, const Words& words)
{
    const bool is_url = istarts_with(words[0], "https://");
    if (!is_url && !iequals(words[0], "off") && !iequals(words[0], "auto"))
        return words.refuse(780, "MDRehearsal: '" + words[0] + "'", "auto, off or a URL");
    config.write().rehearsal = is_url ? words[0] : lowercase(words[0]);
    return {};
}

Result<void> store_directory(Config& config, const Words& words)
{
    config.write().store = words[0];
    return {};
}

Result<void> http_proxy(Config& config, const Words& words)
{
    if (!istarts_with(words[0], "http://") && !istarts_with(words[0], "https://"))
        return words.refuse(780, "MDHttpProxy: '" + words[0] + "' is not a URL",
                            "http://host:port");
    config.write().proxy = words[0];
    return {};
}

Result<void> retry_failover(Config& config, const Words& words)
{
    const auto number = parse_number<int>(words[0]);
    if (!number || *number < 1) return words.refuse(780, "MDRetryFailover: a number of failures");
    config.write().retry_failover = *number;
    return {};
}

Result<void> order_limit(Config& config, const Words& words)
{
    const auto number = parse_number<int>(words[0]);
    if (!number || *number < 1) return words.refuse(780, "MDOrderLimit: a number of orders a week");
    config.write().order_limit = *number;
    return {};
}

Result<void> store_locks(Config&, const Words& words)
{
    // LMDB's own locks hold back a second writer, whatever is said here.
    if (iequals(words[0], "on") || iequals(words[0], "off")) return {};
    auto time = duration_of(words, words[0]);
    if (!time) return std::unexpected(time.error());
    return {};
}

// MDCertificateCheck is the older name of MDCertificateMonitor.
Result<void> monitor(Config& config, const Words& words)
{
    config.write().monitor_name = words[0];
    config.write().monitor_url = words[1];
    return {};
}
constexpr server::Directive<Config> table[] = {
    {"MDomain", Takes::raw, m_domain, in_server, override_none, "domain names, auto or manual"},
    {"<MDomainSet>", Takes::raw, begin_domain_set, in_server, override_none, "domain names",
     end_domain_set},
    {"MDMember", Takes::raw, m_member, in_server, override_none, "domain names"},
    {"MDMembers", Takes::one, m_members, in_server, override_none, "auto or manual"},
    {"MDCertificateAuthority", Takes::raw, certificate_authority, in_server, override_none,
     "URLs of ACME directories"},
    {"MDCertificateAgreement", Takes::one, agreement, in_server, override_none, "accepted"},
    {"MDCertificateProtocol", Takes::one, protocol, in_server, override_none, "ACME"},
    {"MDContactEmail", Takes::one, set_domain_text<&DomainSettings::contact>, in_server,
     override_none, "a mail address"},
    {"MDCAChallenges", Takes::raw, challenges, in_server, override_none,
     "http-01, tls-alpn-01, dns-01"},
    {"MDRenewMode", Takes::one, renew_mode, in_server, override_none, "auto, always or manual"},
    {"MDDriveMode", Takes::one, renew_mode, in_server, override_none, "auto, always or manual"},
    {"MDRenewWindow", Takes::one, set_window<&DomainSettings::renew_window>, in_server,
     override_none, "a duration or a percentage"},
    {"MDWarnWindow", Takes::one, set_window<&DomainSettings::warn_window>, in_server, override_none,
     "a duration or a percentage"},
    {"MDRenewViaARI", Takes::one, set_domain_flag<&DomainSettings::via_ari>, in_server,
     override_none, "On or Off"},
    {"MDPrivateKeys", Takes::raw, private_keys, in_server, override_none,
     "RSA with bits, or curves"},
    {"MDMustStaple", Takes::one, set_domain_flag<&DomainSettings::must_staple>, in_server,
     override_none, "On or Off"},
    {"MDProfile", Takes::one, set_domain_text<&DomainSettings::profile>, in_server, override_none,
     "the name of a profile of the CA"},
    {"MDProfileMandatory", Takes::one, set_domain_flag<&DomainSettings::profile_mandatory>,
     in_server, override_none, "On or Off"},
    {"MDRequireHttps", Takes::one, require_https, in_server, override_none,
     "off, temporary or permanent"},
    {"MDExternalAccountBinding", Takes::one_or_two, external_account, in_server, override_none,
     "a key id and an HMAC, a file, or none"},
    {"MDCACertificateFile", Takes::one, set_domain_file<&DomainSettings::ca_file>, in_server,
     override_none, "a file of trust anchors, or none"},
    {"MDHttpProxyCACertificateFile", Takes::one, set_domain_file<&DomainSettings::proxy_ca_file>,
     in_server, override_none, "a file of trust anchors, or none"},
    {"MDHttpProxy", Takes::one, http_proxy, in_server, override_none, "the URL of a proxy"},
    {"MDChallengeDns01", Takes::raw, dns_command, in_server, override_none, "a program"},
    {"MDChallengeDns01Version", Takes::one, dns_version, in_server, override_none, "1 or 2"},
    {"MDCertificateFile", Takes::one, add_domain_file<&DomainSettings::certificate_files>,
     in_server, override_none, "a PEM file"},
    {"MDCertificateKeyFile", Takes::one, add_domain_file<&DomainSettings::key_files>, in_server,
     override_none, "a PEM file"},
    {"MDStoreDir", Takes::one, store_directory, in_server, override_none, "a directory"},
    {"MDStoreLocks", Takes::one, store_locks, in_server, override_none, "on, off or a time"},
    {"MDBaseServer", Takes::one, set_flag<&Said::base_server>, in_server, override_none,
     "On or Off"},
    {"MDMatchNames", Takes::one, match_names, in_server, override_none, "all or servernames"},
    {"MDPortMap", Takes::one_or_two, port_map, in_server, override_none,
     "http:port and https:port"},
    {"MDCheckInterval", Takes::one, set_duration<&Said::check_interval>, in_server, override_none,
     "a duration"},
    {"MDInitialDelay", Takes::one, set_duration<&Said::initial_delay>, in_server, override_none,
     "a duration"},
    {"MDActivationDelay", Takes::one, set_duration<&Said::activation_delay>, in_server,
     override_none, "a duration"},
    {"MDRetryDelay", Takes::one, set_duration<&Said::retry_delay>, in_server, override_none,
     "a duration"},
    {"MDRetryFailover", Takes::one, retry_failover, in_server, override_none, "a number"},
    {"MDOrderLimit", Takes::one, order_limit, in_server, override_none,
     "orders within a week at one CA"},
    {"MDRehearsal", Takes::one, rehearsal, in_server, override_none,
     "auto, off or the URL of a staging directory"},
    {"MDMessageCmd", Takes::raw, set_command<&Said::message_command>, in_server, override_none,
     "a program with its arguments"},
    {"MDNotifyCmd", Takes::raw, set_command<&Said::notify_command>, in_server, override_none,
     "a program with its arguments"},
    {"MDServerStatus", Takes::one, set_flag<&Said::server_status>, in_server, override_none,
     "On or Off"},
    {"MDCertificateStatus", Takes::one, set_flag<&Said::certificate_status>, in_server,
     override_none, "On or Off"},
    {"MDCertificateCheck", Takes::two, monitor, in_server, override_none,
     "a name and the beginning of a URL"},
    {"MDCertificateMonitor", Takes::two, monitor, in_server, override_none,
     "a name and the beginning of a URL"},
    {"MDStapling", Takes::one, set_domain_flag<&DomainSettings::stapling>, in_server, override_none,
     "On or Off"},
    {"MDStapleOthers", Takes::one, set_flag<&Said::staple_others>, in_server, override_none,
     "On or Off"},
    {"MDStaplingKeepResponse", Takes::one, set_duration<&Said::staple_keep>, in_server,
     override_none, "a duration"},
    {"MDStaplingRenewWindow", Takes::one, staple_window, in_server, override_none,
     "a duration or a percentage"},
};

} // namespace

Config merge(const Config& outer, const Config& inner)
{
    return inner.said ? inner : outer;
}

std::span<const server::Directive<Config>> directives()
{
    return table;
}

} // namespace signet::mod_md
