#include "tools/grade/cipher_string.h"

#include "base/text.h"
#include "tls/policy.h"
#include "tools/grade/suites.h"

#include <algorithm>
#include <set>

namespace signet::tools::grade {
namespace {

// The words between colons, commas or spaces.
std::vector<std::string> tokens_of(std::string_view list)
{
    std::vector<std::string> tokens(1);
    for (const char c : list) {
        if (c == ':' || c == ',' || c == ' ' || c == ';')
            tokens.emplace_back();
        else
            tokens.back() += c;
    }
    std::erase(tokens, std::string());
    return tokens;
}

std::string joined(const std::vector<std::string>& tokens, size_t without)
{
    std::string list;
    for (size_t i = 0; i < tokens.size(); ++i) {
        if (i != without) list += (list.empty() ? "" : ":") + tokens[i];
    }
    return list;
}

bool has_tag(const OldSuite& suite, std::string_view wanted)
{
    return std::ranges::any_of(split_words(suite.tags), [&](auto tag) { return tag == wanted; });
}

// "RC4+RSA": every part has to fit.
bool fits(const OldSuite& suite, std::string_view token)
{
    if (token == suite.name) return true;
    // OpenSSL's default of that time: everything with authentication and encryption.
    if (token == "DEFAULT") return has_tag(suite, "ALL") && !has_tag(suite, "aNULL");
    if (token == "COMPLEMENTOFALL") return has_tag(suite, "eNULL");
    const auto parts = split(token, '+');
    return std::ranges::all_of(parts, [&](auto part) { return has_tag(suite, part); });
}

} // namespace

std::vector<uint16_t> broken_suites_of(std::string_view list)
{
    std::set<uint16_t> chosen;
    std::set<uint16_t> killed;
    for (const std::string& token : tokens_of(list)) {
        const char sign = token[0];
        const bool has_sign = sign == '!' || sign == '-' || sign == '+';
        const std::string_view word = std::string_view(token).substr(has_sign ? 1 : 0);
        for (const auto& suite : old_suites()) {
            if (!fits(suite, word)) continue;
            if (sign == '!') killed.insert(suite.number);
            if (sign == '!' || sign == '-') chosen.erase(suite.number);
            // +WORD moves what is chosen to the end and adds nothing.
            if (!has_sign && !killed.contains(suite.number)) chosen.insert(suite.number);
        }
    }
    return {chosen.begin(), chosen.end()};
}

std::vector<IdleToken> idle_tokens(std::string_view list)
{
    const auto tokens = tokens_of(list);
    const auto whole = tls::expand_cipher_list(joined(tokens, tokens.size()));
    std::vector<IdleToken> idle;
    if (whole.empty()) return idle;
    for (size_t i = 0; i < tokens.size(); ++i) {
        const std::string& token = tokens[i];
        if (token.starts_with('@')) continue;
        if (tls::expand_cipher_list(joined(tokens, i)) != whole) continue;
        const bool has_sign = token[0] == '!' || token[0] == '-' || token[0] == '+';
        const bool selects = !tls::expand_cipher_list(token.substr(has_sign ? 1 : 0)).empty();
        std::string reason = "what it names is there, or gone, already";
        if (!selects)
            reason = "no suite of this OpenSSL answers to it";
        else if (token[0] == '+')
            reason = "+ moves suites to the end and adds none; they are there";
        idle.push_back({.token = token, .reason = reason});
    }
    return idle;
}

} // namespace signet::tools::grade
