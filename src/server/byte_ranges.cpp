#include "server/byte_ranges.h"

#include "base/text.h"
#include "http/conditional.h"
#include "server/core_config.h"
#include "server/request.h"
#include "server/response.h"
#include "server/scope.h"

namespace signet::server {
namespace {

std::optional<uint32_t> limit(const std::optional<unsigned>& setting, uint32_t usual)
{
    if (!setting) return usual;
    if (*setting == unlimited_ranges) return std::nullopt;
    return *setting;
}

} // namespace

Outcome choose_ranges(const Request& request, Response& response, uint64_t size,
                      std::vector<http::ByteRange>& ranges)
{
    const auto& core = request.scope->core();
    if (core.max_ranges == 0U || request.method != http::Method::get) return Outcome::declined;
    // Request-Range is what Netscape sent before Range was settled.
    auto field = request.headers.find("Range");
    if (!field) field = request.headers.find("Request-Range");
    if (!field) return Outcome::declined;
    const http::Validators validators{.etag = response.headers.find("ETag").value_or(""),
                                      .modified = request.file.mtime_micros / 1'000'000};
    if (!http::if_range_holds(request.headers, validators, request.start_micros / 1'000'000))
        return Outcome::declined;
    const http::RangeLimits limits{.ranges = limit(core.max_ranges, 200),
                                   .overlaps = limit(core.max_range_overlaps, 20),
                                   .reversals = limit(core.max_range_reversals, 20)};
    switch (http::parse_ranges(*field, size, limits, ranges)) {
    case http::RangeVerdict::whole: return Outcome::declined;
    case http::RangeVerdict::partial: return Outcome::ok;
    case http::RangeVerdict::unsatisfiable: break;
    }
    response.hides_length =
        true; // nor is Content-Range sent: Apache's range filter refuses bluntly
    return 416;
}

void send_ranges(Request& request, Response& response, uint64_t size,
                 const std::vector<http::ByteRange>& ranges,
                 const std::function<void(uint64_t offset, uint64_t length)>& add)
{
    response.status = 206;
    std::string text;
    if (ranges.size() == 1) {
        append_number(text, ranges[0].size());
        response.headers.set("Content-Length", request.arena.copy(text));
        text.clear();
        http::append_content_range(text, ranges[0], size);
        response.headers.set("Content-Range", request.arena.copy(text));
        if (!request.head_only) add(ranges[0].first, ranges[0].size());
        return;
    }
    const http::Multipart multipart(static_cast<uint64_t>(request.start_micros) ^ request.peer->id,
                                    response.content_type, size);
    append_number(text, multipart.length(ranges));
    response.headers.set("Content-Length", request.arena.copy(text));
    response.content_type = request.arena.copy(multipart.content_type());
    if (request.head_only) return;
    for (const auto& range : ranges) {
        text.clear();
        multipart.append_part_head(text, range);
        response.body.add(request.arena.copy(text));
        add(range.first, range.size());
    }
    text.clear();
    multipart.append_end(text);
    response.body.add(request.arena.copy(text));
}

} // namespace signet::server
