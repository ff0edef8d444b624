#include "tools/report/redact.h"

#include "base/text.h"

#include <algorithm>

namespace signet::tools::report {
namespace {

constexpr std::string_view gone = "[redacted]";

// Directives whose arguments are secret.
constexpr std::string_view secret_directives[] = {"SSLPassPhraseDialog",
                                                  "SSLProxyMachineCertificatePassPhrase",
                                                  "AuthLDAPBindPassword",
                                                  "SessionCryptoPassphrase",
                                                  "DBDParams",
                                                  "MDExternalAccountBinding",
                                                  "AuthFormFakeBasicAuth",
                                                  "BalancerPassword",
                                                  "MDPrivateKeyPassphrase"};

// Names that have one of these in them hold secrets: SetEnv DB_PASSWORD x, api_key=…
constexpr std::string_view secret_names[] = {
    "password", "passwd",  "passphrase", "secret",        "token",  "apikey",
    "api_key",  "api-key", "credential", "authorization", "cookie", "private_key"};

bool is_secret_name(std::string_view word)
{
    return std::ranges::any_of(secret_names,
                               [&](auto name) { return ifind(word, name) != word.npos; });
}

// https://user:password@host → https://[redacted]@host
void redact_urls(std::string& line)
{
    for (size_t at = 0; (at = line.find("://", at)) != line.npos;) {
        at += 3;
        const size_t end = std::min(line.find_first_of("/ \"'?", at), line.size());
        const size_t sign = line.rfind('@', end);
        if (sign == line.npos || sign < at || sign >= end) continue;
        line.replace(at, sign - at, gone);
    }
}

// After a secret name: the value behind = or : or white space, up to the end of the word or quote.
void redact_values(std::string& line)
{
    for (const auto name : secret_names) {
        for (size_t at = 0; at < line.size();) {
            const size_t hit = ifind(std::string_view(line).substr(at), name);
            if (hit == std::string_view::npos) break;
            size_t begin = at + hit + name.size();
            begin = std::min(line.find_first_of(" =:\t\"'", begin), line.size());
            begin = std::min(line.find_first_not_of(" =:\t\"'", begin), line.size());
            // What comes behind a header's name is secret to the end of the line.
            const bool is_field = name == "authorization" || name == "cookie";
            const size_t end = is_field
                                   ? line.size()
                                   : std::min(line.find_first_of(" \t\"'&;", begin), line.size());
            if (end > begin && line.compare(begin, gone.size(), gone) != 0) {
                line.replace(begin, end - begin, gone);
            }
            at = std::max(begin, at + hit + name.size());
        }
    }
}

} // namespace

std::string redact_line(std::string_view line)
{
    const auto words = split_words(line);
    if (!words.empty()) {
        const auto is = [&](std::string_view name) { return iequals(name, words[0]); };
        if (std::ranges::any_of(secret_directives, is)) {
            const size_t end = static_cast<size_t>(words[0].data() - line.data()) + words[0].size();
            return std::string(line.substr(0, end)) + " " + std::string(gone);
        }
        // RequestHeader set Authorization "Basic …", SetEnv API_KEY …
        const bool sets = istarts_with(words[0], "SetEnv") || iequals(words[0], "Define")
                          || iends_with(words[0], "Header");
        for (size_t i = 1; sets && i + 1 < words.size(); ++i) {
            if (!is_secret_name(words[i]) && !iends_with(words[i], "_key")) continue;
            const size_t end = static_cast<size_t>(words[i].data() - line.data()) + words[i].size();
            return std::string(line.substr(0, end)) + " " + std::string(gone);
        }
    }
    std::string out(line);
    redact_urls(out);
    redact_values(out);
    return out;
}

std::string redact(std::string_view text)
{
    std::string out;
    bool in_key = false;
    while (!text.empty()) {
        const size_t end = text.find('\n');
        const auto line = text.substr(0, end);
        const bool begins =
            line.find("-----BEGIN") != line.npos && line.find("PRIVATE KEY") != line.npos;
        if (begins) out.append("[private key redacted]\n");
        in_key = in_key || begins;
        if (!in_key) out.append(redact_line(line)).append("\n");
        if (line.find("-----END") != line.npos) in_key = false;
        if (end == text.npos) break;
        text.remove_prefix(end + 1);
    }
    return out;
}

} // namespace signet::tools::report
