#include "server/response_head.h"

#include "base/text.h"
#include "server/configuration.h"
#include "server/core_config.h"
#include "server/request.h"
#include "server/response.h"
#include "server/scope.h"
#include "server/worker.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

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

// One Vary field that names each request field once. The browsers that force-no-vary was made for
// take it badly.
void tidy_vary(Request& request, http::Headers& fields)
{
    if (!fields.has("Vary")) return;
    std::string names;
    for (const auto& [name, value] : fields) {
        if (!iequals(name, "Vary")) continue;
        for (const auto part : split(value, ',')) {
            const auto one = trim(part);
            const auto known = split(names, ',');
            const bool repeated =
                std::ranges::any_of(known, [&](std::string_view k) { return iequals(k, one); });
            if (one.empty() || (repeated && !names.empty())) continue;
            if (!names.empty()) names += ',';
            names += one;
        }
    }
    fields.remove("Vary");
    if (!request.env.has("force-no-vary") && !names.empty())
        fields.add("Vary", request.arena.copy(names));
}

// A language that a hook has written into the field counts once.
void add_languages(Request& request, const Response& response, HeadFields& fields)
{
    std::string all;
    const auto add = [&](std::string_view language) {
        const auto known = split(all, ',');
        if (std::ranges::any_of(known, [&](std::string_view k) { return iequals(k, language); }))
            return;
        all.append(all.empty() ? "" : ",").append(language);
    };
    if (response.content_languages.empty()) return;
    for (const auto language : response.content_languages) add(language);
    if (const auto had = fields.general.find("Content-Language")) {
        for (const auto language : split(*had, ',')) add(language);
        fields.general.remove("Content-Language");
    }
    fields.content.add("Content-Language", request.arena.copy(all));
}

// Eight bytes at a time: this looks at every byte of every head.
bool has_control(std::string_view text)
{
    auto is_bad = [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
    };
    while (text.size() >= 8) {
        uint64_t word = 0;
        std::memcpy(&word, text.data(), 8);
        constexpr uint64_t ones = 0x0101010101010101;
        constexpr uint64_t high = ones * 0x80;
        const uint64_t below_space = (word - ones * 0x20) & ~word;
        const uint64_t deleted = word ^ (ones * 0x7f);
        if ((below_space | ((deleted - ones) & ~deleted)) & high) {
            for (const char c : text.substr(0, 8)) {
                if (is_bad(c)) return true;
            }
        }
        text.remove_prefix(8);
    }
    return std::ranges::any_of(text, is_bad);
}

} // namespace

void add_server_fields(const Request& request, HeadFields& fields)
{
    const auto& dates = request.worker->dates();
    fields.general.add("Date", {dates.http, sizeof dates.http});
    fields.general.add("Server", request.worker->banner);
}

void collect_head(Request& request, Response& response, HeadFields& fields)
{
    // Hooks may change Content-Type like any field: it is one while they run.
    const bool types = !response.content_type.empty() && response.status != 304;
    for (const auto& hook : request.scope->hooks(Phase::response_head))
        (void)hook.run(request, response);

    fields.clear();
    add_server_fields(request, fields);
    if (response.is_proxied) {
        for (const auto* name : {"Date", "Server"}) {
            if (response.headers.has(name)) fields.general.remove(name);
        }
    }
    const bool not_modified = response.status == 304;
    for (const auto* list : {&response.always_headers, &response.headers}) {
        for (const auto& [name, value] : *list) fields.general.add(name, value);
    }
    if (response.no_cache && !response.headers.has("Expires"))
        fields.general.add("Expires", *fields.general.find("Date"));
    tidy_vary(request, fields.general);
    if (types && !response.content_type.empty())
        fields.content.add("Content-Type", with_charset(request, response));
    if (not_modified) return;
    for (const auto encoding : response.content_encodings) {
        if (const auto had = fields.content.find("Content-Encoding")) {
            fields.content.set("Content-Encoding", request.arena.join(*had, ", ", encoding));
        } else {
            fields.content.add("Content-Encoding", encoding);
        }
    }
    add_languages(request, response, fields);
}

bool is_sound(const http::Headers& fields)
{
    return std::ranges::none_of(fields, [](const http::Field& field) {
        return has_control(field.name) || has_control(field.value);
    });
}

bool is_sound(const HeadFields& fields)
{
    return is_sound(fields.general) && is_sound(fields.content);
}

} // namespace signet::server
