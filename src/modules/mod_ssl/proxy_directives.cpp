#include "base/file.h"
#include "base/text.h"
#include "modules/mod_ssl/config.h"
#include "modules/mod_ssl/problem_report.h"
#include "server/configuration.h"
#include "tls/policy.h"

#include <any>
#include <filesystem>
#include <sys/stat.h>

namespace signet::mod_ssl {
namespace {

using server::Directive;
using server::Takes;
using server::Words;
using P = ProxyTls;

constexpr int not_allowed_here = 7;
constexpr int bad_value = 680;
constexpr int file_missing = 352;

// <Proxy> looks like a directory section to the tables: no other may hold them.
Result<void> begin(Config& config, const Words& words)
{
    using enum server::SectionKind;
    const auto section = words.place().section;
    if (!words.at_server_level() && section != proxy) {
        const std::string name = section == location    ? "<Location>"
                                 : section == files     ? "<Files>"
                                 : section == condition ? "<If>"
                                                        : "<Directory>";
        return words.refuse(not_allowed_here, words.name() + " not allowed in " + name + " context",
                            "server config, virtual host or <Proxy>");
    }
    auto& contexts = words.configuration().shared["ssl.proxy_contexts"];
    if (!contexts.has_value()) contexts = std::make_shared<P::Contexts>();
    config.proxy.contexts = std::any_cast<std::shared_ptr<P::Contexts>>(contexts);
    return {};
}

template <std::optional<bool> P::*member> Result<void> flag(Config& config, const Words& words)
{
    if (auto fits = begin(config, words); !fits) return fits;
    config.proxy.*member = words.on();
    return {};
}

Result<void> protocol(Config& config, const Words& words)
{
    if (auto fits = begin(config, words); !fits) return fits;
    pki::Problems problems;
    std::vector<std::string_view> views;
    for (size_t i = 0; i < words.size(); ++i) views.push_back(words[i]);
    config.proxy.protocols = tls::parse_protocols(views, true, problems);
    config.proxy.protocols_position = words.position();
    // Whether none is left counts only with SSLProxyEngine on.
    bool none_left = false;
    std::erase_if(problems, [&](pki::Problem& problem) {
        if (problem.message.starts_with("SSLProtocol:"))
            problem.message.replace(0, 12, "SSLProxyProtocol:");
        const bool erased = problem.id == tls::protocol_none_left;
        none_left = none_left || erased;
        return erased;
    });
    if (none_left) config.proxy.protocols->bits = 0;
    return report_problems(problems, words);
}

Result<void> cipher_suite(Config& config, const Words& words)
{
    if (auto fits = begin(config, words); !fits) return fits;
    pki::Problems problems;
    std::vector<std::string_view> views;
    for (size_t i = 0; i < words.size(); ++i) views.push_back(words[i]);
    auto suites = tls::parse_cipher_suites(views, problems);
    (suites.is_tls13 ? config.proxy.cipher_suites : config.proxy.cipher_list) =
        std::move(suites.list);
    return report_problems(problems, words);
}

Result<void> verify(Config& config, const Words& words)
{
    if (auto fits = begin(config, words); !fits) return fits;
    using tls::VerifyClient;
    static constexpr std::pair<std::string_view, VerifyClient> modes[] = {
        {"none", VerifyClient::none},         {"off", VerifyClient::none},
        {"optional", VerifyClient::optional}, {"require", VerifyClient::require},
        {"on", VerifyClient::require},        {"optional_no_ca", VerifyClient::optional_no_ca},
    };
    for (const auto& [name, mode] : modes) {
        if (!iequals(words[0], name)) continue;
        config.proxy.verify = mode;
        return {};
    }
    return words.refuse(bad_value, "SSLProxyVerify: Invalid argument '" + words[0] + "'",
                        "none, optional, require or optional_no_ca", "SSLProxyVerify require");
}

Result<void> verify_depth(Config& config, const Words& words)
{
    if (auto fits = begin(config, words); !fits) return fits;
    const auto depth = parse_number<int>(words[0]);
    if (!depth || *depth < 0) {
        return words.refuse(bad_value, "SSLProxyVerifyDepth: Invalid argument '" + words[0] + "'",
                            "a number, 0 or more", "SSLProxyVerifyDepth 5");
    }
    config.proxy.verify_depth = *depth;
    return {};
}

Result<void> revocation_check(Config& config, const Words& words)
{
    if (auto fits = begin(config, words); !fits) return fits;
    using Check = P::RevocationCheck;
    const auto refuse = [&](const std::string& word) {
        return words.refuse(bad_value, words.name() + ": Invalid argument '" + word + "'",
                            "none, leaf or chain, and no_crl_for_cert_ok", words.name() + " chain");
    };
    if (iequals(words[0], "none")) {
        config.proxy.crl_check = Check::none;
    } else if (iequals(words[0], "leaf")) {
        config.proxy.crl_check = Check::leaf;
    } else if (iequals(words[0], "chain")) {
        config.proxy.crl_check = Check::chain;
    } else {
        return refuse(words[0]);
    }
    for (size_t i = 1; i < words.size(); ++i) {
        if (!iequals(words[i], "no_crl_for_cert_ok")) return refuse(words[i]);
        config.proxy.crl_may_be_missing = true;
    }
    return {};
}

// As Apache, files are looked at while the line is read.
template <std::optional<P::Place> P::*member, bool is_directory>
Result<void> place(Config& config, const Words& words)
{
    if (auto fits = begin(config, words); !fits) return fits;
    std::string path = words.path(words[0]);
    struct stat about {};
    const bool there = ::stat(path.c_str(), &about) == 0;
    if (words.configuration().preparing && is_directory && (!there || !S_ISDIR(about.st_mode))) {
        return words.refuse(file_missing,
                            words.name() + ": directory '" + path + "' does not exist",
                            "a directory of PEM files");
    }
    if (words.configuration().preparing && !is_directory
        && (!there || !S_ISREG(about.st_mode) || about.st_size == 0)) {
        return words.refuse(file_missing,
                            words.name() + ": file '" + path + "' does not exist or is empty",
                            "a PEM file");
    }
    config.proxy.*member = P::Place{std::move(path), words.position()};
    return {};
}

// Keys are read now, by root: the workers that need them may not.
void keep_pair(P& settings, const std::string& path)
{
    auto bytes = read_file(path, size_t{16} << 20);
    if (!bytes) return; // check_proxy_tls says why
    settings.pairs.push_back(std::make_shared<const pki::Secret>(std::string_view(*bytes)));
    pki::wipe(bytes->data(), bytes->size());
}

Result<void> machine_file(Config& config, const Words& words)
{
    if (auto placed = place<&P::machine_file, false>(config, words); !placed) return placed;
    if (words.configuration().preparing) keep_pair(config.proxy, config.proxy.machine_file->path);
    return {};
}

Result<void> machine_path(Config& config, const Words& words)
{
    if (auto placed = place<&P::machine_path, true>(config, words); !placed) return placed;
    std::error_code error;
    if (!words.configuration().preparing) return {};
    for (const auto& entry :
         std::filesystem::directory_iterator(config.proxy.machine_path->path, error)) {
        if (entry.is_regular_file(error)) keep_pair(config.proxy, entry.path());
    }
    return {};
}

// Server, virtual host and <Proxy>.
constexpr uint8_t where = config::allowed_server | config::in_directory;

constexpr Directive<Config> table[] = {
    {"SSLProxyEngine", Takes::flag, flag<&P::engine>, where, 0, "On or Off"},
    {"SSLProxyProtocol", Takes::raw, protocol, where, 0, "[+|-]protocol …"},
    {"SSLProxyCipherSuite", Takes::one_or_two, cipher_suite, where, 0,
     "[SSL|TLSv1.3] and an OpenSSL cipher list"},
    {"SSLProxyVerify", Takes::one, verify, where, 0, "none, optional, require or optional_no_ca"},
    {"SSLProxyVerifyDepth", Takes::one, verify_depth, where, 0, "a number"},
    {"SSLProxyCACertificateFile", Takes::one, place<&P::ca_file, false>, where, 0, "a PEM file"},
    {"SSLProxyCACertificatePath", Takes::one, place<&P::ca_path, true>, where, 0, "a directory"},
    {"SSLProxyCARevocationFile", Takes::one, place<&P::crl_file, false>, where, 0, "a PEM file"},
    {"SSLProxyCARevocationPath", Takes::one, place<&P::crl_path, true>, where, 0, "a directory"},
    {"SSLProxyCARevocationCheck", Takes::raw, revocation_check, where, 0,
     "none, leaf or chain, and no_crl_for_cert_ok"},
    {"SSLProxyMachineCertificateFile", Takes::one, machine_file, where, 0,
     "a PEM file of certificates with their keys"},
    {"SSLProxyMachineCertificatePath", Takes::one, machine_path, where, 0,
     "a directory of such files"},
    {"SSLProxyMachineCertificateChainFile", Takes::one, place<&P::machine_chain, false>, where, 0,
     "a PEM file of intermediate certificates"},
    {"SSLProxyCheckPeerCN", Takes::flag, flag<&P::check_peer_cn>, where, 0, "On or Off"},
    {"SSLProxyCheckPeerName", Takes::flag, flag<&P::check_peer_name>, where, 0, "On or Off"},
    {"SSLProxyCheckPeerExpire", Takes::flag, flag<&P::check_peer_expire>, where, 0, "On or Off"},
};

} // namespace

ProxyTls merge(const ProxyTls& outer, const ProxyTls& inner)
{
    ProxyTls merged = outer;
    const auto take = [](auto& into, const auto& from) {
        if (from) into = from;
    };
    if (inner.contexts) merged.contexts = inner.contexts;
    take(merged.engine, inner.engine);
    take(merged.check_peer_cn, inner.check_peer_cn);
    take(merged.check_peer_name, inner.check_peer_name);
    take(merged.check_peer_expire, inner.check_peer_expire);
    if (inner.protocols) {
        merged.protocols = inner.protocols;
        merged.protocols_position = inner.protocols_position;
    }
    take(merged.cipher_list, inner.cipher_list);
    take(merged.cipher_suites, inner.cipher_suites);
    take(merged.verify, inner.verify);
    take(merged.verify_depth, inner.verify_depth);
    take(merged.ca_file, inner.ca_file);
    take(merged.ca_path, inner.ca_path);
    take(merged.crl_file, inner.crl_file);
    take(merged.crl_path, inner.crl_path);
    if (inner.crl_check) {
        merged.crl_check = inner.crl_check;
        merged.crl_may_be_missing = inner.crl_may_be_missing;
    }
    if (inner.machine_file || inner.machine_path) merged.pairs = inner.pairs;
    take(merged.machine_file, inner.machine_file);
    take(merged.machine_path, inner.machine_path);
    take(merged.machine_chain, inner.machine_chain);
    return merged;
}

std::span<const Directive<Config>> proxy_directives()
{
    return table;
}

} // namespace signet::mod_ssl
