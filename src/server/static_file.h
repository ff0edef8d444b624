// The default handler: a file from disk, with validators, ranges and conditions.
#pragma once
#include "server/phases.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace signet::server {

struct PathEntry;
class Request;
class Response;

// Never declines. RFC 9110 §8.8, §13, §14 ·
// https://httpd.apache.org/docs/2.4/mod/core.html#fileetag
[[nodiscard]] Outcome serve_static_file(Request& request, Response& response);

// The note with the entity tag of the list of variants from which mod_negotiation chose; it becomes
// a part of the answer's ETag.
inline constexpr std::string_view list_tag_note = "variant-list-tag";

// FileETag's tag of the file, with quotes, or "". And that of a directory's list of names.
[[nodiscard]] std::string entity_tag(const Request& request, const PathEntry& entry);
[[nodiscard]] std::string directory_tag(const Request& request, int64_t mtime_micros);

// Last-Modified and ETag of the file or directory; kept in its entry.
void set_validators(Request& request, Response& response, PathEntry& entry);

} // namespace signet::server
