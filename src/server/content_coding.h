// What a filter that compresses asks before it starts, and says in the head: mod_deflate and
// mod_brotli decide alike.
#pragma once
#include "server/request.h"
#include "server/response.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace signet::server {

// DeflateAlterETag, BrotliAlterETag. Unset: a suffix as with add_suffix, but clients that send the
// entity tag back get their 304, which Apache's suffix prevents.
enum class EtagChange : uint8_t { add_suffix, no_change, remove };
// "AddSuffix", "NoChange" or "Remove", in any case.
[[nodiscard]] std::optional<EtagChange> parse_etag_change(std::string_view word);

struct CodingRules {
    std::string_view coding;         // "gzip"
    std::string_view suffix;         // "gzip": of the entity tag
    std::string_view off_variable;   // "no-gzip"
    std::string_view force_variable; // "force-gzip", or ""
    std::string_view html_variable;  // "gzip-only-text/html", or ""
    size_t least = 0;                // shorter bodies are left alone
    std::optional<EtagChange> etag{};
};

// Whether the body should be coded for this client. Adds Vary wherever the answer depends on what
// the client accepts.
[[nodiscard]] bool wants_coding(Request& request, Response& response, const CodingRules& rules);
// The head of a body that is coded now.
void announce_coding(Request& request, Response& response, const CodingRules& rules);
void alter_etag(Request& request, Response& response, std::string_view suffix,
                std::optional<EtagChange> change);
// Before the handler compares entity tags: "x-gzip" in If-None-Match and If-Match stands for "x".
void understand_etag_suffix(Request& request, std::string_view suffix);
// All codings of the content, in order, as in Content-Encoding; "" when there is none.
[[nodiscard]] std::string_view codings_of(Request& request, const Response& response);

} // namespace signet::server
