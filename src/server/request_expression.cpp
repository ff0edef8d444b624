#include "server/request_expression.h"

#include "base/text.h"
#include "pki/digest.h"
#include "server/request.h"
#include "server/response.h"
#include "server/subrequest.h"
#include "tls/facts.h"

#include <cstdlib>

namespace signet::server {
namespace {

std::string text_of(std::optional<std::string_view> value)
{
    return std::string(value.value_or(""));
}

// The answer depends on this field of the request.   RFC 9110 §12.5.5
void add_vary(Request& request, std::string_view name)
{
    if (iequals(name, "Host")) return; // part of what a cache knows the answer by
    auto& headers = request.response->headers;
    const auto had = headers.find("Vary");
    if (headers.has_token("Vary", name)) return;
    headers.set("Vary", request.arena.join(had.value_or(""), had ? ", " : "", name));
}

} // namespace

std::string RequestExpression::variable(std::string_view name) const
{
    return request_.variable(name);
}

std::string RequestExpression::lookup(std::string_view function, std::string_view name) const
{
    if (iequals(function, "http") || iequals(function, "req")) {
        if (tells_vary_) add_vary(request_, name);
        return text_of(request_.headers.find(name));
    }
    if (iequals(function, "req_novary")) return text_of(request_.headers.find(name));
    if (iequals(function, "resp")) return text_of(request_.response->find(name));
    if (iequals(function, "reqenv")) return text_of(request_.env.find(name));
    if (iequals(function, "note")) return text_of(request_.notes.find(name));
    if (iequals(function, "osenv")) {
        const char* value = std::getenv(std::string(name).c_str());
        return value ? value : "";
    }
    if (iequals(function, "env")) {
        for (const auto* table : {&request_.notes, &request_.env}) {
            if (const auto value = table->find(name)) return std::string(*value);
        }
        return lookup("osenv", name);
    }
    if (iequals(function, "ssl")) return request_.variable(name);
    if (iequals(function, "md5") || iequals(function, "sha1"))
        return pki::hex_digest(lowercase(function), name);
    return {};
}

bool RequestExpression::reachable(char kind, std::string_view what) const
{
    // -U: the URL would be served, or leads elsewhere; -F: the file would be served.
    if (kind == 'U') return server::lookup(request_, what)->response->status < 400;
    const Request* found = server::lookup_file(request_, what);
    return found->response->status < 300 && found->file.type == FileInfo::Type::regular;
}

std::string RequestExpression::client_address() const
{
    return request_.client().ip();
}

std::vector<std::string> RequestExpression::list(std::string_view function,
                                                 std::string_view name) const
{
    if (!iequals(function, "peerextlist") || !request_.peer->tls) return {};
    return tls::peer_extensions(*request_.peer->tls, name);
}

std::string_view RequestExpression::keep(std::string_view subject)
{
    return request_.arena.copy(subject);
}

config::Captures& RequestExpression::captures()
{
    return captures_;
}

} // namespace signet::server
