#include "server/door.h"

#include "base/text.h"
#include "config/known_directives.h"

#include <algorithm>
#include <array>

namespace signet::server {
namespace {

// Modules whose every directive is about who may come in.
bool is_access_module(std::string_view module)
{
    static constexpr std::array prefixes{"mod_auth", "mod_authn", "mod_authz", "mod_allowmethods",
                                         "mod_allowhandlers", "mod_session_crypto"};
    return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return module.starts_with(prefix); });
}

// [F], [G] and their long forms forbid; L, R and the rest only redirect.
bool rewrite_flags_forbid(std::string_view flags)
{
    if (!flags.starts_with('[') || !flags.ends_with(']')) return false;
    for (const auto flag : split(flags.substr(1, flags.size() - 2), ',')) {
        if (iequals(flag, "F") || iequals(flag, "forbidden") || iequals(flag, "G") || iequals(flag, "gone")) {
            return true;
        }
        if (istarts_with(flag, "R=4") || istarts_with(flag, "redirect=4")) return true;
    }
    return false;
}

bool names_an_identity(std::string_view test)
{
    static constexpr std::array identities{"REMOTE_ADDR", "REMOTE_HOST", "REMOTE_USER", "REMOTE_IDENT",
                                           "AUTH_TYPE", "SSL_CLIENT", "LA-U:", "Authorization", "Cookie"};
    return std::ranges::any_of(identities, [&](std::string_view name) { return ifind(test, name) != test.npos; });
}

} // namespace

std::optional<std::string> door_opened_by_ignoring(const config::Node& node)
{
    const auto* known = config::find_known_directive(node.name);
    if (!known) return std::nullopt;
    const auto word = [&](size_t i) { return i < node.words.size() ? std::string_view(node.words[i].text) : ""; };
    if (iequals(node.name, "AuthType") && iequals(word(0), "none")) return std::nullopt;
    if (iequals(node.name, "AuthName")) return std::nullopt; // a label; AuthType decides
    if (is_access_module(known->module)) return "requests would be served without its check";
    if (iequals(node.name, "RewriteRule") && rewrite_flags_forbid(word(2))) {
        return "URLs that this rule forbids would be served";
    }
    if (iequals(node.name, "RewriteCond") && names_an_identity(word(0))) {
        return "a rule that depends on who the client is would not run";
    }
    if (known->module == "mod_remoteip") return "access rules would see the proxy's address instead of the client's";
    return std::nullopt;
}

} // namespace signet::server
