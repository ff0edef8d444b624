#include "modules/mod_rewrite/uris.h"

#include "base/text.h"
#include "http/uri.h"
#include "modules/mod_rewrite/trace.h"
#include "server/request.h"
#include "server/vhost.h"

#include <algorithm>

namespace signet::mod_rewrite {
namespace {

struct KnownScheme {
    std::string_view text;
    bool has_query;
};
constexpr KnownScheme schemes[] = {
    {"ajp://", true},     {"balancer://", true}, {"fcgi://", true},  {"ftp://", false},
    {"gopher://", false}, {"h2://", true},       {"h2c://", true},   {"http://", true},
    {"https://", true},   {"ldap://", false},    {"mailto:", true},  {"news:", false},
    {"nntp://", false},   {"scgi://", true},     {"uwsgi://", true}, {"ws://", true},
    {"wss://", true},
};

bool names_vhost(const server::VirtualHost& vhost, std::string_view host)
{
    const auto is_host = [&](std::string_view name) { return iequals(name, host); };
    return is_host(vhost.server_name) || std::ranges::any_of(vhost.aliases, is_host);
}

// Apache's ap_matches_request_vhost: an address of the <VirtualHost>, or its name and port.
bool is_this_vhost(const server::Request& request, std::string_view host, unsigned port)
{
    const auto& vhost = *request.vhost;
    for (const auto& address : vhost.addresses) {
        const size_t colon = address.rfind(':');
        const auto number =
            colon == std::string::npos
                ? std::nullopt
                : parse_number<uint16_t>(std::string_view(address).substr(colon + 1));
        if (iequals(std::string_view(address).substr(0, number ? colon : address.size()), host)
            && (!number || *number == port)) {
            return true;
        }
    }
    return port == vhost.server_port && names_vhost(vhost, host);
}

} // namespace

Scheme scheme_of(std::string_view uri)
{
    for (const auto& known : schemes) {
        if (istarts_with(uri, known.text)) return {known.text.size(), known.has_query};
    }
    return {};
}

std::string_view escape_uri(std::string_view text, Arena& arena)
{
    auto escaped = http::escape_path(text, arena);
    // escape_path protects a first segment with a colon by "./", which is not wanted here.
    if (text.substr(0, text.find('/')).find(':') != text.npos) escaped.remove_prefix(2);
    return escaped;
}

std::string unescape_uri(std::string_view text)
{
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        const int high = i + 2 < text.size() && text[i] == '%' ? hex_digit(text[i + 1]) : -1;
        const int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
        if (low < 0) {
            out += text[i];
            continue;
        }
        const char byte = static_cast<char>(high * 16 + low);
        if (byte == '\0') break; // a text ends there, for Apache
        out += byte;
        i += 2;
    }
    return out;
}

std::string_view escape_absolute_uri(std::string_view uri, size_t scheme, Arena& arena)
{
    size_t start = scheme;
    if (start > 0 && uri[start - 1] == '/') {
        start = uri.find('/', start);
        if (start == uri.npos || ++start == uri.size()) return uri;
        if (istarts_with(uri, "ldap")) { // its parts stand between up to four question marks
            std::string out(uri.substr(0, start));
            auto rest = uri.substr(start);
            for (int part = 0; part < 4 && rest.find('?') != rest.npos; ++part) {
                const size_t mark = rest.find('?');
                out.append(escape_uri(rest.substr(0, mark), arena)).append("?");
                rest.remove_prefix(mark + 1);
            }
            return arena.copy(out.append(escape_uri(rest, arena)));
        }
    }
    return arena.join(uri.substr(0, start), escape_uri(uri.substr(start), arena));
}

std::string_view qualify(std::string_view uri, const server::Request& request)
{
    if (request.method == http::Method::connect || is_absolute_uri(uri)) return uri;
    return request.arena.copy(
        request.absolute_url(request.arena.join(uri.starts_with('/') ? "" : "/", uri)));
}

std::string_view reduce(std::string_view uri, const server::Request& request)
{
    const std::string_view scheme = request.uses_https() ? "https" : "http";
    if (!istarts_with(uri, scheme) || !uri.substr(scheme.size()).starts_with("://")) return uri;
    const auto rest = uri.substr(scheme.size() + 3);
    const size_t end = std::min(rest.find('/'), rest.size());
    const auto authority = rest.substr(0, end);
    const size_t colon = authority.find(':');
    unsigned port = request.uses_https() ? 443 : 80;
    if (colon != authority.npos) {
        port = parse_number<uint16_t>(authority.substr(colon + 1)).value_or(0);
    }
    if (!is_this_vhost(request, authority.substr(0, colon), port)) return uri;
    return end < rest.size() ? rest.substr(end) : std::string_view("/");
}

std::string_view replace_prefix(std::string_view path, std::string_view prefix,
                                std::string_view with, const server::Request& request)
{
    if (prefix.ends_with('/')) prefix.remove_suffix(1);
    if (!path.starts_with(prefix) || path.substr(prefix.size()).find('/') != 0) return path;
    const auto rest = path.substr(prefix.size() + 1);
    trace(request, 5, "", "strip matching prefix: ", path, " -> ", rest);
    const bool needs_slash = !with.empty() && !with.ends_with('/');
    const auto made = request.arena.join(with, needs_slash ? "/" : "", rest);
    trace(request, 4, "", "add subst prefix: ", rest, " -> ", made);
    return made;
}

} // namespace signet::mod_rewrite
