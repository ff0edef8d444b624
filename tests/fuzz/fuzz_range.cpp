// Range, conditions, dates and preferences. "field\nsize".
#include "base/text.h"
#include "http/accept.h"
#include "http/conditional.h"
#include "http/cookie.h"
#include "http/date.h"
#include "http/etag.h"
#include "http/range.h"

#include <cstdlib>

using namespace signet::http;

namespace {

void check_ranges(std::string_view field, uint64_t size)
{
    std::vector<ByteRange> ranges;
    const auto verdict = parse_ranges(field, size, {}, ranges);
    if ((verdict == RangeVerdict::partial) != !ranges.empty()) std::abort();
    uint64_t sum = 0;
    for (const ByteRange& range : ranges) {
        if (range.first > range.last || range.last >= size) std::abort();
        sum += range.size();
    }
    if (sum > size || ranges.size() > 200) std::abort();
    const Multipart multipart(size, "a/b", size);
    std::string text;
    for (const ByteRange& range : ranges) multipart.append_part_head(text, range);
    multipart.append_end(text);
    if (text.size() + sum != multipart.length(ranges)) std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const size_t newline = std::min(input.find('\n'), input.size());
    const auto field = input.substr(0, newline);
    const auto rest = input.substr(std::min(newline + 1, input.size()));
    check_ranges(field, signet::parse_number<uint64_t>(rest).value_or(100) % (1ULL << 62U));

    if (auto date = parse_date(field)) {
        if (*date >= 0 && parse_date(date_text(*date).view()) != *date) std::abort();
    }
    Headers headers;
    for (const char* name :
         {"If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since", "If-Range"}) {
        headers.add(name, field);
    }
    const Validators validators{.etag = rest, .modified = 784111777};
    const int verdict = evaluate_conditions(headers, true, validators, 784119999);
    if (verdict != 0 && verdict != 304 && verdict != 412) std::abort();
    (void)if_range_holds(headers, validators, 784119999);
    for (const Preference& each : parse_preferences(field)) {
        if (each.quality > 1000) std::abort();
    }
    (void)coding_quality(field, rest);
    (void)find_cookie(field, rest);
    return 0;
}
