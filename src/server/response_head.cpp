#include "server/response_head.h"

#include "base/text.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/request.h"
#include "server/response.h"
#include "server/scope.h"
#include "server/worker.h"

#include <algorithm>
#include <array>

namespace signet::server {
namespace {

// AddDefaultCharset applies to these two types, and only when none was named.
std::string_view with_charset(Request& request, const Response& response)
{
    const auto type = response.content_type;
    if (!response.charset.empty() && ifind(type, "charset=") == type.npos) {
        return request.arena.join(type, "; charset=", response.charset);
    }
    const auto& charset = request.scope->core().add_default_charset;
    if (!charset || charset->empty() || ifind(type, "charset=") != type.npos) return type;
    const auto bare = trim(type.substr(0, type.find(';')));
    if (!iequals(bare, "text/plain") && !iequals(bare, "text/html")) return type;
    return request.arena.join(type, "; charset=", *charset);
}

// What a 304 may say (RFC 9110 §15.4.5, and Apache's list).
bool belongs_in_not_modified(std::string_view name)
{
    static constexpr std::array names{
        "Connection", "Keep-Alive", "ETag", "Content-Location", "Expires", "Cache-Control", "Vary",
        "Warning", "WWW-Authenticate", "Proxy-Authenticate", "Set-Cookie", "Set-Cookie2", "Date",
        "Server", "Last-Modified"};
    return std::ranges::any_of(names, [&](std::string_view one) { return iequals(one, name); });
}

} // namespace

void collect_head(Request& request, Response& response, HeadFields& fields)
{
    // Hooks may change Content-Type like any field: it is one while they run.
    const bool types = !response.content_type.empty() && response.status != 304;
    for (const auto& hook : request.scope->hooks(Phase::response_head)) (void)hook.run(request, response);

    fields.clear();
    const auto& dates = request.worker->dates();
    fields.general.add("Date", {dates.http, sizeof dates.http});
    fields.general.add("Server", request.worker->banner);
    const bool not_modified = response.status == 304;
    for (const auto* list : {&response.always_headers, &response.headers}) {
        for (const auto& [name, value] : *list) {
            if (!not_modified || belongs_in_not_modified(name)) fields.general.add(name, value);
        }
    }
    if (types && !response.content_type.empty()) fields.content.add("Content-Type", with_charset(request, response));
    if (not_modified) return;
    for (const auto encoding : response.content_encodings) {
        if (const auto had = fields.content.find("Content-Encoding")) {
            fields.content.set("Content-Encoding", request.arena.join(*had, ", ", encoding));
        } else {
            fields.content.add("Content-Encoding", encoding);
        }
    }
    for (const auto language : response.content_languages) {
        if (const auto had = fields.content.find("Content-Language")) {
            fields.content.set("Content-Language", request.arena.join(*had, ", ", language));
        } else {
            fields.content.add("Content-Language", language);
        }
    }
}

} // namespace signet::server
