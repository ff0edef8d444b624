#include "modules/mod_auth_digest/digest_login.h"

#include "base/text.h"
#include "http/uri.h"
#include "pki/digest.h"

#include <string>

namespace signet::mod_auth_digest {
namespace {

bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == ',';
}

// A quoted value without its quotes and backslashes; the closing quote may be missing.
std::string_view take_quoted(std::string_view& rest, Arena& memory)
{
    rest.remove_prefix(1);
    std::string value;
    while (!rest.empty() && rest.front() != '"') {
        if (rest.front() == '\\' && rest.size() > 1) rest.remove_prefix(1);
        value += rest.front();
        rest.remove_prefix(1);
    }
    rest.remove_prefix(rest.empty() ? 0 : 1);
    return memory.copy(value);
}

std::string_view take_token(std::string_view& rest)
{
    size_t size = 0;
    while (size < rest.size() && !is_blank(rest[size])) ++size;
    const auto token = rest.substr(0, size);
    rest.remove_prefix(size);
    return token;
}

std::string unescaped(std::string_view text)
{
    std::string plain;
    for (size_t i = 0; i < text.size(); ++i) {
        const bool escape = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0
                            && hex_digit(text[i + 2]) >= 0;
        if (!escape) {
            plain += text[i];
            continue;
        }
        plain += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
        i += 2;
    }
    return plain;
}

} // namespace

DigestLogin parse_digest_login(std::string_view words, Arena& memory)
{
    DigestLogin login;
    const std::pair<std::string_view, std::string_view DigestLogin::*> members[] = {
        {"username", &DigestLogin::user},     {"realm", &DigestLogin::realm},
        {"nonce", &DigestLogin::nonce},       {"uri", &DigestLogin::uri},
        {"response", &DigestLogin::response}, {"algorithm", &DigestLogin::algorithm},
        {"cnonce", &DigestLogin::cnonce},     {"opaque", &DigestLogin::opaque},
        {"qop", &DigestLogin::qop},           {"nc", &DigestLogin::count},
    };
    std::string_view rest = words;
    while (true) {
        while (!rest.empty() && is_blank(rest.front())) rest.remove_prefix(1);
        const size_t equals = rest.find('=');
        if (equals == rest.npos) return login;
        const auto name = trim(rest.substr(0, equals));
        rest.remove_prefix(equals + 1);
        while (!rest.empty() && (rest.front() == ' ' || rest.front() == '\t'))
            rest.remove_prefix(1);
        const auto value = rest.starts_with('"') ? take_quoted(rest, memory) : take_token(rest);
        for (const auto& [known, member] : members) {
            if (iequals(known, name)) login.*member = value;
        }
    }
}

bool DigestLogin::is_complete() const
{
    const bool has_basics =
        user.data() && realm.data() && nonce.data() && uri.data() && response.data();
    constexpr size_t md5_digits = 32;
    return has_basics && response.size() == md5_digits
           && (!qop.data() || (cnonce.data() && count.data()));
}

std::string DigestLogin::expected_response(std::string_view ha1, std::string_view method) const
{
    const std::string what = std::string(method) + ":" + std::string(uri);
    std::string text(ha1);
    for (const auto part : {nonce, count, cnonce, qop}) text.append(":").append(part);
    text.append(":").append(pki::hex_digest("md5", what));
    return pki::hex_digest("md5", text);
}

UriMatch match_digest_uri(std::string_view hashed, std::string_view requested,
                          std::string_view host, uint16_t port, uint16_t default_port)
{
    if (hashed == requested) return UriMatch::same;
    const auto said = http::parse_target(hashed, false);
    const auto asked = http::parse_target(requested, false);
    if (!said || !asked) return UriMatch::invalid;
    if (!said->authority.empty()) {
        const auto named = http::parse_authority(said->authority, false);
        if (!named) return UriMatch::invalid;
        const uint16_t named_port = named->port == 0 ? default_port : named->port;
        if (!iequals(named->host, host) || named_port != port) return UriMatch::different;
    }
    if (unescaped(said->path) != unescaped(asked->path)) return UriMatch::different;
    const bool same_query =
        said->query.has_value() == asked->query.has_value()
        && unescaped(said->query.value_or("")) == unescaped(asked->query.value_or(""));
    return same_query ? UriMatch::same : UriMatch::different;
}

} // namespace signet::mod_auth_digest
