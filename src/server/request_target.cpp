#include "server/request_target.h"

#include "base/text.h"
#include "http/uri.h"
#include "server/core_config.h"
#include "server/error_log.h"
#include "server/host_memo.h"
#include "server/request.h"
#include "server/request_trace.h"
#include "server/vhost.h"
#include "server/vhosts.h"

namespace signet::server {
namespace {

void choose(Request& request, const VirtualHost& vhost)
{
    request.vhost = &vhost;
    request.scope = vhost.base.get();
}

std::string_view lower(Request& request, std::string_view text)
{
    for (const char c : text) {
        if (c != to_lower(c)) return request.arena.copy(lowercase(text));
    }
    return text;
}

// Takes the host from the target or the Host field; false when it is not acceptable.
bool read_host(Request& request, std::string_view authority, bool strict)
{
    const auto parsed = http::parse_authority(authority, strict);
    if (!parsed) return false;
    auto host = parsed->host;
    if (host.ends_with('.') && host.size() > 1) host.remove_suffix(1);
    request.hostname = lower(request, host);
    request.host_port = parsed->port;
    return true;
}

template <class... Pieces>
int refuse(const Request& request, int status, Severity severity, std::string_view apache_id,
           const Pieces&... text)
{
    log_event(request, {.severity = severity, .module = "core", .apache_id = apache_id}, text...);
    return status;
}

int refuse_host(const Request& request, std::string_view host)
{
    // Where it stopped making sense is near the first byte that no host name has.
    const size_t end =
        std::min(host.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRS"
                                        "TUVWXYZ0123456789-._:[]"),
                 host.size());
    if (end < host.size()) {
        log_event(request, {.severity = Severity::debug, .module = "core", .apache_id = "AH02415"},
                  "[strict] Invalid host name '", host, "', problem near: ", host.substr(end, 6));
    }
    return refuse(request, 400, Severity::debug, "AH00550",
                  "Client sent malformed Host header: ", host);
}

// Apache's words for a path that normalize_path refuses. The head was a good one: it is traced.
int refuse_path(const Request& request, int status)
{
    trace_request_fields(request);
    if (status == 404) {
        return refuse(request, 404, Severity::info, "AH00026",
                      "found %2f (encoded '/') in URI path (", request.path_escaped,
                      "), returning 404");
    }
    return refuse(request, status, Severity::error, "AH10244", "invalid URI path (",
                  request.unparsed_uri, ")");
}

} // namespace

int resolve_target(Request& request, const NameTable& names, HostMemo& memo)
{
    choose(request, names.fallback());
    trace_request_line(request, request.request_line);
    const auto parsed = http::parse_method(request.method_name);
    request.method = parsed.method;
    request.head_only = parsed.head_only;
    const bool strict = names.fallback().head_limits.strict;
    const auto target =
        http::parse_target(request.unparsed_uri, parsed.method == http::Method::connect);
    if (!target)
        return refuse(request, 400, Severity::debug, "AH03450",
                      "HTTP Request Line; Unable to parse URI: '", request.unparsed_uri, "'");

    const auto host = request.headers.find("Host");
    // A target of the other scheme says nothing about this server: Host does.
    const bool own_scheme = target->form == http::TargetForm::absolute
                            && iequals(target->scheme, request.uses_https() ? "https" : "http");
    if (target->form == http::TargetForm::absolute) request.scheme = target->scheme;
    const bool names_itself =
        (own_scheme || target->form == http::TargetForm::authority) && !target->authority.empty();
    const auto* known = host && !names_itself ? memo.find(names, *host) : nullptr;
    if (known) {
        request.hostname = host->substr(0, known->name_length);
        request.host_port = known->port;
    } else if (names_itself) {
        if (!read_host(request, target->authority, strict)) return 400;
        if (host && *host != target->authority) {
            log_event(request,
                      {.severity = Severity::debug, .module = "core", .apache_id = "AH02417"},
                      "Replacing host header '", *host, "' with host '", target->authority,
                      "' given in the request uri");
        }
        // RFC 9112 §3.2.2: the target's host counts, whatever Host says.
        if (own_scheme && host) request.headers.set("Host", target->authority);
    } else if (host && !host->empty()) {
        if (!read_host(request, *host, strict)) return refuse_host(request, *host);
    }
    if ((!host || request.hostname.empty()) && request.version >= http::Version::http11) {
        return refuse(request, 400, Severity::debug, "AH00569",
                      "client sent HTTP/1.1 request without hostname (see RFC2616 section "
                      "14.23): ",
                      target->path);
    }
    if (known) {
        choose(request, *known->vhost);
    } else if (!request.hostname.empty()) {
        choose(request, names.find(request.hostname));
        if (host && request.hostname.data() == host->data()) {
            memo.remember({.names = &names,
                           .field = std::string(*host),
                           .name_length = request.hostname.size(),
                           .port = request.host_port,
                           .vhost = request.vhost});
        }
    } else if (const auto* by_path = names.find_path(target->path)) {
        choose(request, *by_path);
    }
    const auto& core = request.scope->core();
    if (core.strict_host_check.value_or(false) && !names.find_exact(request.hostname)) {
        return refuse(request, 400, Severity::error, "AH10157",
                      "HTTP Host header matches no ServerName or ServerAlias");
    }
    request.query = target->query;
    request.path_escaped = target->path;
    if (target->form == http::TargetForm::asterisk || target->form == http::TargetForm::authority) {
        request.uri = target->form == http::TargetForm::asterisk ? request.unparsed_uri
                                                                 : std::string_view("/");
        return 0;
    }
    const auto path = http::normalize_path(
        target->path, core.encoded_slashes.value_or(http::EncodedSlashes::refuse),
        core.merge_slashes.value_or(true), request.arena);
    request.uri = path.path.empty() ? target->path : path.path;
    return path.status == 0 ? 0 : refuse_path(request, path.status);
}

} // namespace signet::server
