// Who the server is: names, addresses in answers, document root.
// https://httpd.apache.org/docs/2.4/mod/core.html
#include "server/core_directives.h"

#include "base/file.h"
#include "base/text.h"
#include "server/configuration.h"

namespace signet::server::core {
namespace {

// Letters, digits and the punctuation Apache allows in a ServerName (a star is for ServerAlias).
bool is_host_text(std::string_view text)
{
    for (const char c : text) {
        if (c == '*' || c == '?' || c == '[' || c == ']' || is_space(c)) return false;
    }
    return true;
}

} // namespace

Result<void> document_root(CoreConfig& config, const Words& words)
{
    std::string path = words.path(words[0]);
    if (words.configuration().check_document_roots && !is_directory(path)) {
        if (words.place().level != Level::vhost) {
            return words.refuse(
                root_missing, "DocumentRoot '" + path + "' is not a directory, or is not readable",
                "a directory that exists", {});
        }
        words.warn(vhost_root_missing,
                   "AH00112: Warning: DocumentRoot [" + path + "] does not exist");
    }
    while (path.size() > 1 && path.ends_with('/')) path.pop_back();
    config.document_root = std::move(path);
    return {};
}

Result<void> server_admin(CoreConfig& config, const Words& words)
{
    config.server_admin = words[0];
    return {};
}

Result<void> server_name(CoreConfig& config, const Words& words)
{
    std::string_view rest = words[0];
    if (const auto scheme = rest.find("://"); scheme != rest.npos) rest.remove_prefix(scheme + 3);
    if (!is_host_text(rest)) {
        return fail("Invalid ServerName \"" + words[0]
                    + "\" use ServerAlias to set multiple server names.");
    }
    if (const auto colon = rest.find(':'); colon != rest.npos) {
        const auto port = parse_number<uint16_t>(rest.substr(colon + 1));
        if (!port || *port == 0) {
            return fail("The port number \"" + words[0]
                        + "\" is outside the appropriate range (i.e., 1..65535).");
        }
    }
    config.server_name = words[0];
    return {};
}

Result<void> server_alias(CoreConfig& config, const Words& words)
{
    if (words.place().level != Level::vhost) return fail("ServerAlias only used in <VirtualHost>");
    for (size_t i = 0; i < words.size(); ++i) config.server_aliases.push_back(words[i]);
    return {};
}

Result<void> server_path(CoreConfig& config, const Words& words)
{
    config.server_path = words[0];
    return {};
}

Result<void> use_canonical_name(CoreConfig& config, const Words& words)
{
    using enum CoreConfig::CanonicalName;
    if (iequals(words[0], "on")) {
        config.use_canonical_name = on;
    } else if (iequals(words[0], "off")) {
        config.use_canonical_name = off;
    } else if (iequals(words[0], "dns")) {
        config.use_canonical_name = dns;
    } else {
        return fail("parameter must be 'on', 'off', or 'dns'");
    }
    return {};
}

Result<void> use_canonical_physical_port(CoreConfig& config, const Words& words)
{
    config.use_canonical_phys_port = on_or_off(words[0]);
    if (!config.use_canonical_phys_port) return fail("parameter must be 'on' or 'off'");
    return {};
}

Result<void> strict_host_check(CoreConfig& config, const Words& words)
{
    config.strict_host_check = words.on();
    return {};
}

Result<void> qualify_redirect_url(CoreConfig& config, const Words& words)
{
    config.qualify_redirect_url = words.on();
    return {};
}

Result<void> hostname_lookups(CoreConfig& config, const Words& words)
{
    using enum CoreConfig::Lookups;
    if (iequals(words[0], "on")) {
        config.hostname_lookups = on;
    } else if (iequals(words[0], "off")) {
        config.hostname_lookups = off;
    } else if (iequals(words[0], "double")) {
        config.hostname_lookups = double_checked;
    } else {
        return fail("parameter must be 'on', 'off', or 'double'");
    }
    return {};
}

Result<void> server_signature(CoreConfig& config, const Words& words)
{
    using enum CoreConfig::Signature;
    if (iequals(words[0], "on")) {
        config.server_signature = on;
    } else if (iequals(words[0], "off")) {
        config.server_signature = off;
    } else if (iequals(words[0], "email")) {
        config.server_signature = email;
    } else {
        return fail("ServerSignature: use one of: off | on | email");
    }
    return {};
}

Result<void> server_tokens(CoreConfig&, const Words& words)
{
    using Tokens = ProcessSettings::Tokens;
    struct Spelling {
        std::string_view name;
        Tokens tokens;
    };
    static constexpr Spelling spellings[] = {
        {"OS", Tokens::os},
        {"Min", Tokens::minimal},
        {"Minimal", Tokens::minimal},
        {"Major", Tokens::major},
        {"Minor", Tokens::minor},
        {"Prod", Tokens::product},
        {"ProductOnly", Tokens::product},
        {"Full", Tokens::full},
    };
    for (const auto& spelling : spellings) {
        if (!iequals(words[0], spelling.name)) continue;
        words.configuration().process.server_tokens = spelling.tokens;
        return {};
    }
    return fail("ServerTokens takes 1 argument: 'Prod(uctOnly)', 'Major', 'Minor', 'Min(imal)', "
                "'OS', or 'Full'");
}

} // namespace signet::server::core
