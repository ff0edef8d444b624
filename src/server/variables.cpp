// Server variables by name: CGI's, mod_ssl's, the expression language's.
// https://httpd.apache.org/docs/2.4/expr.html#vars
#include "base/text.h"
#include "server/banner.h"
#include "server/client_host.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/request.h"
#include "server/response.h"
#include "server/scope.h"

#include <ctime>
#include <grp.h>
#include <pwd.h>

namespace signet::server {
namespace {

using Compute = std::string (*)(const Request&);

std::string header(const Request& request, std::string_view name)
{
    return std::string(request.headers.find(name).value_or(""));
}

std::string time_text(int64_t micros, const char* format)
{
    const auto seconds = static_cast<time_t>(micros / 1'000'000);
    tm parts{};
    ::localtime_r(&seconds, &parts);
    char text[64];
    return {text, std::strftime(text, sizeof text, format, &parts)};
}

std::string time_part(const Request& request, const char* format)
{
    return time_text(request.start_micros, format);
}

// The names of a file's owner and group; "" when the machine has none for the number.
std::string user_name(uint32_t id)
{
    passwd entry{};
    passwd* found = nullptr;
    char memory[4096];
    (void)::getpwuid_r(id, &entry, memory, sizeof memory, &found);
    return found ? found->pw_name : std::string();
}

std::string group_name(uint32_t id)
{
    group entry{};
    group* found = nullptr;
    char memory[16384];
    (void)::getgrgid_r(id, &entry, memory, sizeof memory, &found);
    return found ? found->gr_name : std::string();
}

const char* protocol(const Request& request)
{
    switch (request.version) {
    case http::Version::http09: return "HTTP/0.9";
    case http::Version::http10: return "HTTP/1.0";
    case http::Version::http11: return "HTTP/1.1";
    case http::Version::http2: return "HTTP/2.0";
    }
    return "";
}

// Apache picks the ranges after the header has been made: nobody but the log sees 206.
std::string request_status(const Request& request)
{
    const Response& response = *request.response;
    if (response.status == 0) return {};
    return std::to_string(response.status == 206 && !response.head_sent ? 200 : response.status);
}

// The default handler is called as what it sends, while it sends it.
std::string handler_name(const Request& request)
{
    const Response& response = *request.response;
    if (!request.handler.empty() || !request.is_handled || response.is_error_page)
        return std::string(request.handler);
    if (response.content_type.empty()) return "default-handler";
    return std::string(response.content_type.substr(0, response.content_type.find(';')));
}

std::string_view document_root(const Request& request)
{
    if (!request.document_root.empty()) return request.document_root;
    const auto& root = request.scope->core().document_root;
    return root ? std::string_view(*root) : std::string_view();
}

struct Variable {
    std::string_view name;
    Compute compute;
};

// clang-format off
constexpr Variable variables[] = {
    {"HTTP_ACCEPT",           [](const Request& r) { return header(r, "Accept"); }},
    {"HTTP_COOKIE",           [](const Request& r) { return header(r, "Cookie"); }},
    {"HTTP_FORWARDED",        [](const Request& r) { return header(r, "Forwarded"); }},
    {"HTTP_HOST",             [](const Request& r) { return header(r, "Host"); }},
    {"HTTP_PROXY_CONNECTION", [](const Request& r) { return header(r, "Proxy-Connection"); }},
    {"HTTP_REFERER",          [](const Request& r) { return header(r, "Referer"); }},
    {"HTTP_USER_AGENT",       [](const Request& r) { return header(r, "User-Agent"); }},
    {"REQUEST_METHOD",        [](const Request& r) { return std::string(r.method_name); }},
    {"REQUEST_SCHEME",        [](const Request& r) { return std::string(r.is_tls() ? "https" : "http"); }},
    {"REQUEST_URI",           [](const Request& r) { return std::string(r.uri); }},
    {"DOCUMENT_URI",          [](const Request& r) { return std::string(r.uri); }},
    {"REQUEST_FILENAME",      [](const Request& r) { return std::string(r.filename); }},
    {"SCRIPT_FILENAME",       [](const Request& r) { return std::string(r.filename); }},
    {"PATH_INFO",             [](const Request& r) { return std::string(r.path_info); }},
    {"QUERY_STRING",          [](const Request& r) { return std::string(r.query.value_or("")); }},
    {"THE_REQUEST",           [](const Request& r) { return std::string(r.request_line); }},
    {"REQUEST_STATUS",        request_status},
    {"REQUEST_LOG_ID",        [](const Request& r) { return std::string(r.log_id); }},
    {"CONN_LOG_ID",           [](const Request& r) { return r.peer->log_id; }},
    {"LAST_MODIFIED",         [](const Request& r) { return time_text(r.response->headers.has("Last-Modified") ? r.file.mtime_micros : 0, "%Y%m%d%H%M%S"); }},
    {"SCRIPT_USER",           [](const Request& r) { return r.file.type == FileInfo::Type::none ? std::string() : user_name(r.file.owner); }},
    {"SCRIPT_GROUP",          [](const Request& r) { return r.file.type == FileInfo::Type::none ? std::string() : group_name(r.file.group); }},
    {"REMOTE_ADDR",           [](const Request& r) { return r.client().ip(); }},
    {"REMOTE_PORT",           [](const Request& r) { return std::to_string(r.client().port()); }},
    {"REMOTE_HOST",           [](const Request& r) { const auto host = client_host(r); return host.empty() ? r.client().ip() : std::string(host); }},
    {"REMOTE_USER",           [](const Request& r) { return std::string(r.user); }},
    {"REMOTE_IDENT",          [](const Request&) { return std::string(); }},
    {"AUTH_TYPE",             [](const Request& r) { return std::string(r.auth_type); }},
    {"SERVER_ADDR",           [](const Request& r) { return r.peer->local.ip(); }},
    {"SERVER_NAME",           [](const Request& r) { return std::string(r.server_name()); }},
    {"SERVER_PORT",           [](const Request& r) { return std::to_string(r.server_port()); }},
    {"SERVER_ADMIN",          [](const Request& r) { return r.scope->core().server_admin.value_or("[no address given]"); }},
    {"SERVER_PROTOCOL",       [](const Request& r) { return std::string(protocol(r)); }},
    {"SERVER_PROTOCOL_VERSION", [](const Request& r) { return std::to_string(r.version == http::Version::http2 ? 2000 : r.version == http::Version::http11 ? 1001 : r.version == http::Version::http10 ? 1000 : 9); }},
    {"SERVER_SOFTWARE",       [](const Request& r) { return server_banner(*r.configuration); }},
    {"DOCUMENT_ROOT",         [](const Request& r) { return std::string(document_root(r)); }},
    {"API_VERSION",           [](const Request&) { return std::string("20120211"); }},
    {"HANDLER",               handler_name},
    {"CONTENT_TYPE",          [](const Request& r) { return std::string(r.response->content_type); }},
    {"IS_SUBREQ",             [](const Request& r) { return std::string(r.parent ? "true" : "false"); }},
    {"IPV6",                  [](const Request& r) { return std::string(r.peer->client.is_v6() ? "on" : "off"); }},
    {"HTTP2",                 [](const Request& r) { return std::string(r.version == http::Version::http2 ? "on" : "off"); }},
    {"HTTPS",                 [](const Request& r) { return std::string(r.is_tls() ? "on" : "off"); }},
    {"CONN_REMOTE_ADDR",      [](const Request& r) { return r.peer->client.ip(); }},
    {"CONTEXT_PREFIX",        [](const Request& r) { return std::string(r.env.find("CONTEXT_PREFIX").value_or("")); }},
    {"CONTEXT_DOCUMENT_ROOT", [](const Request& r) { return std::string(r.env.find("CONTEXT_DOCUMENT_ROOT").value_or(document_root(r))); }},
    {"TIME_YEAR",             [](const Request& r) { return time_part(r, "%Y"); }},
    {"TIME_MON",              [](const Request& r) { return time_part(r, "%m"); }},
    {"TIME_DAY",              [](const Request& r) { return time_part(r, "%d"); }},
    {"TIME_HOUR",             [](const Request& r) { return time_part(r, "%H"); }},
    {"TIME_MIN",              [](const Request& r) { return time_part(r, "%M"); }},
    {"TIME_SEC",              [](const Request& r) { return time_part(r, "%S"); }},
    {"TIME_WDAY",             [](const Request& r) { return time_part(r, "%w"); }},
    {"TIME",                  [](const Request& r) { return time_part(r, "%Y%m%d%H%M%S"); }},
};
// clang-format on

} // namespace

std::string Request::variable(std::string_view name) const
{
    for (const auto& module : scope->modules()) {
        std::string value;
        if (module.variable
            && module.variable(module, scope->config(module.index), *this, name, value))
            return value;
    }
    for (const auto& variable : variables) {
        if (iequals(variable.name, name)) return variable.compute(*this);
    }
    return {};
}

} // namespace signet::server
