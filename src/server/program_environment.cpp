#include "server/program_environment.h"

#include "base/text.h"
#include "http/uri.h"
#include "server/core_config.h"
#include "server/error_page.h"
#include "server/request.h"
#include "server/scope.h"
#include "server/subrequest.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace signet::server {
namespace {

// "HTTP_ACCEPT_LANGUAGE"; nothing for a name that could be mistaken for another.
std::optional<std::string> field_variable(std::string_view name)
{
    std::string variable = "HTTP_";
    for (const char c : name) {
        if (c == '-') {
            variable += '_';
        } else if (is_alnum(c)) {
            variable += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
        } else {
            return std::nullopt;
        }
    }
    return variable;
}

// Proxy would become HTTP_PROXY, which programs take for the proxy they should use.
void add_fields(Request& request)
{
    const bool pass_auth = request.scope->core().cgi_pass_auth.value_or(false);
    for (const auto& [name, value] : request.headers) {
        if (iequals(name, "Content-Type")) {
            request.env.set("CONTENT_TYPE", value);
        } else if (iequals(name, "Content-Length")) {
            request.env.set("CONTENT_LENGTH", value);
        } else if (iequals(name, "Proxy")) {
            continue;
        } else if (!pass_auth
                   && (iequals(name, "Authorization") || iequals(name, "Proxy-Authorization"))) {
            continue;
        } else if (const auto variable = field_variable(name)) {
            request.env.set(request.arena.copy(*variable), value);
        }
    }
}

void add_unless_set(Request& request, std::string_view name, std::string_view value)
{
    if (!request.env.has(name)) request.env.set(name, value);
}

void add_redirect(Request& request)
{
    if (!request.previous) return;
    const Request& from = *request.previous;
    const bool qualify = request.scope->core().qualify_redirect_url.value_or(false);
    std::string_view url = from.uri;
    if (qualify) {
        url = request.arena.join(request.absolute_url(from.path_escaped), from.query ? "?" : "",
                                 from.query.value_or(""));
    }
    add_unless_set(request, "REDIRECT_URL", url);
    if (from.query) add_unless_set(request, "REDIRECT_QUERY_STRING", *from.query);
}

void add_common(Request& request)
{
    const auto set = [&](std::string_view name, std::string_view value) {
        request.env.set(name, request.arena.copy(value));
    };
    add_fields(request);
    const char* path = std::getenv("PATH");
    set("PATH", path ? path : "/usr/local/bin:/usr/bin:/bin");
    set("SERVER_SIGNATURE", server_signature(request));
    set("SERVER_SOFTWARE", request.variable("SERVER_SOFTWARE"));
    set("SERVER_NAME", escape_html(request.server_name()));
    for (const auto* name :
         {"SERVER_ADDR", "SERVER_PORT", "REMOTE_ADDR", "DOCUMENT_ROOT", "REQUEST_SCHEME",
          "CONTEXT_PREFIX", "CONTEXT_DOCUMENT_ROOT", "SERVER_ADMIN"}) {
        set(name, request.variable(name));
    }
    set("SCRIPT_FILENAME", request.filename);
    set("REMOTE_PORT", request.variable("REMOTE_PORT"));
    if (const auto host = request.variable("REMOTE_HOST"); host != request.client().ip())
        add_unless_set(request, "REMOTE_HOST", request.arena.copy(host));
    if (request.user.data()) {
        set("REMOTE_USER", request.user);
    } else if (request.previous && request.previous->user.data()) {
        set("REDIRECT_REMOTE_USER", request.previous->user);
    }
    if (!request.auth_type.empty()) set("AUTH_TYPE", request.auth_type);
    add_redirect(request);
}

// The target as the client sent it.
std::string_view original_uri(const Request& request)
{
    std::string_view line = request.original().request_line;
    line = trim(line.substr(std::min(line.find(' '), line.size())));
    return line.substr(0, line.find(' '));
}

void add_path_info(Request& request)
{
    std::string_view script = request.uri;
    const std::string_view info = request.path_info;
    if (!info.empty()) {
        if (script.ends_with(info)) script.remove_suffix(info.size());
        request.env.set("PATH_INFO", info);
        const Request* found = lookup(request, http::escape_path(info, request.arena));
        if (!found->filename.empty()) {
            request.env.set("PATH_TRANSLATED",
                            request.arena.join(found->filename, found->path_info));
        }
    }
    request.env.set("SCRIPT_NAME", script);
}

} // namespace

void add_program_variables(Request& request)
{
    add_common(request);
    request.env.set("GATEWAY_INTERFACE", "CGI/1.1");
    request.env.set("SERVER_PROTOCOL",
                    request.parent ? std::string_view("INCLUDED")
                                   : request.arena.copy(request.variable("SERVER_PROTOCOL")));
    request.env.set("REQUEST_METHOD", request.method_name);
    request.env.set("QUERY_STRING", request.query.value_or(""));
    const bool original = request.scope->core().cgi_original_uri.value_or(true);
    request.env.set("REQUEST_URI", original ? original_uri(request) : request.uri);
    add_path_info(request);
}

std::vector<std::string> program_environment(const Request& request)
{
    std::vector<std::string> out;
    out.reserve(request.env.size() + 1);
    const char* zone = std::getenv("TZ");
    if (zone && !request.env.has("TZ")) out.push_back("TZ=" + std::string(zone));
    for (const auto& [name, value] : request.env) {
        std::string text;
        text.reserve(name.size() + value.size() + 2);
        for (const char c : name) text += is_alnum(c) ? c : '_';
        if (!text.empty() && is_digit(text.front())) text.front() = '_';
        text += '=';
        text += value.substr(0, value.find('\0'));
        out.push_back(std::move(text));
    }
    return out;
}

std::string unescaped(std::string_view word)
{
    std::string out;
    for (size_t i = 0; i < word.size(); ++i) {
        const bool escape = word[i] == '%' && i + 2 < word.size() && hex_digit(word[i + 1]) >= 0
                            && hex_digit(word[i + 2]) >= 0;
        if (!escape) {
            out += word[i];
            continue;
        }
        out += static_cast<char>(hex_digit(word[i + 1]) << 4 | hex_digit(word[i + 2]));
        i += 2;
    }
    return out.substr(0, out.find('\0')); // an argument ends there
}

std::string escaped_for_shell(std::string_view word)
{
    constexpr std::string_view special = "&;`'\"|*?~<>^()[]{}$\\\n\r\xff";
    std::string out;
    for (const char c : word) {
        if (special.find(c) != special.npos) out += '\\';
        out += c;
    }
    return out;
}

std::vector<std::string> program_arguments(const Request& request)
{
    constexpr size_t most = 4095; // APACHE_ARG_MAX, with the program's name
    std::vector<std::string> out;
    std::string_view query = request.query.value_or("");
    if (query.empty() || query.find('=') != query.npos) return out;
    while (out.size() < most - 1) {
        const size_t plus = query.find('+');
        out.push_back(escaped_for_shell(unescaped(query.substr(0, plus))));
        if (plus == query.npos) break;
        query.remove_prefix(plus + 1);
    }
    return out;
}

} // namespace signet::server
