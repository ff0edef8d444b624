#include "server/content_coding.h"

#include "base/text.h"

#include <algorithm>

namespace signet::server {
namespace {

bool is_plain(std::string_view coding)
{
    static constexpr std::string_view names[] = {"identity", "7bit", "8bit", "binary"};
    return std::ranges::find(names, coding) != std::end(names);
}

// As Apache reads Accept-Encoding: parameters, q=0 too, are not looked at.
bool accepts(const Request& request, std::string_view coding)
{
    const auto field = request.headers.find("Accept-Encoding");
    if (!field) return false;
    const auto parts = split(*field, ',');
    return std::ranges::any_of(parts, [&](std::string_view part) {
        return iequals(trim(part.substr(0, part.find(';'))), coding);
    });
}

} // namespace

std::optional<EtagChange> parse_etag_change(std::string_view word)
{
    if (iequals(word, "AddSuffix")) return EtagChange::add_suffix;
    if (iequals(word, "NoChange")) return EtagChange::no_change;
    if (iequals(word, "Remove")) return EtagChange::remove;
    return std::nullopt;
}

std::string_view codings_of(Request& request, const Response& response)
{
    std::string_view all = response.find("Content-Encoding").value_or("");
    for (const auto one : response.content_encodings)
        all = all.empty() ? one : request.arena.join(all, ", ", one);
    return all;
}

bool wants_coding(Request& request, Response& response, const CodingRules& rules)
{
    // Apache leaves such answers alone, whose entity tag then is another variant's.
    if (response.status == 304 && rules.etag) return false;
    const bool is_whole = response.body_is_known && response.status != 304;
    if (is_whole && rules.least != 0 && response.body.size() <= rules.least) return false;
    if (request.parent || response.status == 204 || request.env.has(rules.off_variable)
        || response.headers.has("Content-Range")
        || response.content_type.starts_with("multipart/byteranges")) {
        return false;
    }
    if (!rules.html_variable.empty() && request.env.has(rules.html_variable)
        && !response.content_type.starts_with("text/html")) {
        return false;
    }
    for (const auto coding : split(codings_of(request, response), ',')) {
        if (!is_plain(coding)) return false;
    }
    response.headers.add("Vary", "Accept-Encoding");
    if (!rules.force_variable.empty() && request.env.has(rules.force_variable)) return true;
    return accepts(request, rules.coding);
}

void announce_coding(Request& request, Response& response, const CodingRules& rules)
{
    if (response.status == 304) return alter_etag(request, response, rules.suffix, rules.etag);
    const auto before = codings_of(request, response);
    response.content_encodings.clear();
    response.always_headers.remove("Content-Encoding");
    response.headers.set("Content-Encoding", before.empty() || iequals(before, "identity")
                                                 ? rules.coding
                                                 : request.arena.join(before, ", ", rules.coding));
    response.headers.remove("Content-Length");
    response.headers.remove("Content-MD5");
    alter_etag(request, response, rules.suffix, rules.etag);
}

void alter_etag(Request& request, Response& response, std::string_view suffix,
                std::optional<EtagChange> change)
{
    const auto tag = response.headers.find("ETag");
    if (!tag || change == EtagChange::no_change) return;
    if (change == EtagChange::remove) {
        response.headers.remove("ETag");
    } else if (tag->size() > 2 && tag->ends_with('"')) {
        response.headers.set(
            "ETag", request.arena.join(tag->substr(0, tag->size() - 1), "-", suffix, "\""));
    }
}

void understand_etag_suffix(Request& request, std::string_view suffix)
{
    const std::string ending = "-" + std::string(suffix) + "\"";
    for (const std::string_view name : {"If-None-Match", "If-Match"}) {
        const auto field = request.headers.find(name);
        if (!field || !field->contains(ending)) continue;
        std::string text(*field);
        for (size_t at = 0; (at = text.find(ending, at)) != text.npos;)
            text.replace(at, ending.size(), "\"");
        request.headers.set(name, request.arena.copy(text));
    }
}

} // namespace signet::server
