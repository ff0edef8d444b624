#include "server/kept_answer.h"

#include "base/text.h"
#include "http/writer.h"
#include "server/core_config.h"
#include "server/error_log.h"
#include "server/path_cache.h"
#include "server/request.h"
#include "server/response.h"
#include "server/scope.h"
#include "server/vhost.h"

#include <algorithm>

namespace signet::server {
namespace {

// If-Match and its relatives, Range: what makes an answer depend on more than the file.
bool asks_conditionally(std::string_view name)
{
    if (name.size() < 5) return false;
    const char first = to_lower(name[0]);
    if (first == 'i') return istarts_with(name, "If-");
    return first == 'r' && iequals(name, "Range");
}

http::Headers copied(const http::Headers& fields, Arena& memory)
{
    http::Headers copies;
    for (const auto& [name, value] : fields) copies.add(memory.copy(name), memory.copy(value));
    return copies;
}

bool is_made_anew(std::string_view name)
{
    return iequals(name, "Date") || iequals(name, "Server");
}

std::string lines(const http::Headers& fields)
{
    std::string text;
    http::write_head(text).fields(fields);
    return text;
}

bool is_whole_content(const Body& body, const PathEntry& entry)
{
    return body.pieces().size() == 1 && !body.pieces()[0].file
           && body.pieces()[0].bytes.data() == entry.content.data()
           && body.size() == entry.content.size();
}

} // namespace

bool is_plain(const Request& request)
{
    // The first answer of a connection may name the protocols that the client could change to.
    const bool announces =
        request.peer->requests == 1 && !request.vhost->base->core().protocols.empty();
    return !announces && request.method == http::Method::get && !request.head_only && !request.body
           && !request.parent && !request.previous && request.version != http::Version::http09
           && request.env.empty() && request.response->headers.empty()
           && request.response->always_headers.empty()
           && std::ranges::none_of(request.headers, [](const http::Field& field) {
                  return asks_conditionally(field.name);
              });
}

const KeptAnswer* kept_answer(const Request& request)
{
    const auto& kept = request.path->kept;
    // LogLevelOverride: this client's requests have lines of their own in the log.
    const bool fits =
        kept && request.is_plain && kept->scope == request.scope && !request.peer->log_levels;
    return fits ? kept.get() : nullptr;
}

void repeat_answer(const KeptAnswer& kept, Request& request, Response& response)
{
    for (const BoundHook& hook : kept.scope->hooks_to_repeat()) (void)hook.run(request, response);
    request.handler = kept.handler;
    request.admitted = true;
    response.headers = kept.headers;
    response.always_headers = kept.always_headers;
    response.content_type = kept.content_type;
    response.charset = kept.charset;
    response.body.add(request.path->content);
    response.kept = &kept;
}

void keep_answer(const Request& request, const Response& response, const HeadFields& fields)
{
    PathEntry* entry = request.path;
    const bool same_for_all = request.is_plain && entry && !entry->kept && entry->has_content
                              && entry->is_listed() && !response.filters && response.status == 200
                              && response.reason.empty() && request.scope == entry->scope
                              && request.scope->is_repeatable()
                              // the client's word for the coding is in the head
                              && response.content_encodings.empty()
                              && !entry->etag.starts_with("W/") // it will turn strong
                              && is_whole_content(response.body, *entry)
                              && !request.scope->core().handler_expression
                              // else each request has lines of its own in the log
                              && !is_talkative(request.scope->core().log_levels);
    if (!same_for_all) return;
    auto kept = std::make_unique<KeptAnswer>();
    Arena& memory = kept->texts;
    kept->scope = request.scope;
    for (const auto& [name, value] : fields.general) {
        if (!is_made_anew(name)) kept->fields.general.add(memory.copy(name), memory.copy(value));
    }
    kept->fields.content = copied(fields.content, memory);
    kept->general_lines = lines(kept->fields.general);
    kept->content_lines_and_end = lines(kept->fields.content) + "\r\n";
    kept->headers = copied(response.headers, memory);
    kept->always_headers = copied(response.always_headers, memory);
    kept->content_type = memory.copy(response.content_type);
    kept->charset = memory.copy(response.charset);
    kept->handler = memory.copy(request.handler);
    entry->kept = std::move(kept);
}

} // namespace signet::server
