#include "http/range.h"

#include "base/text.h"

#include <algorithm>

namespace signet::http {

namespace {

// Digits only, within an off_t.
std::optional<uint64_t> parse_offset(std::string_view text)
{
    if (!std::ranges::all_of(text, is_digit)) return std::nullopt;
    const auto number = parse_number<int64_t>(text);
    if (!number) return std::nullopt;
    return static_cast<uint64_t>(*number);
}

enum class Spec : uint8_t { good, beyond_the_end, malformed };

// "5-9", "5-" or "-5" against a size that is not 0. "-0" is malformed to Apache; RFC 9110 calls it
// unsatisfiable.
Spec parse_spec(std::string_view text, uint64_t size, ByteRange& range)
{
    const size_t dash = text.find('-');
    if (dash == std::string_view::npos) return Spec::malformed;
    const auto after = text.substr(dash + 1);
    if (dash == 0) {
        const auto suffix = parse_offset(after);
        if (!suffix || *suffix == 0) return Spec::malformed;
        range = {size - std::min(*suffix, size), size - 1};
        return Spec::good;
    }
    const auto first = parse_offset(text.substr(0, dash));
    if (!first) return Spec::malformed;
    std::optional<uint64_t> last = UINT64_MAX;
    if (!after.empty()) last = parse_offset(after);
    if (!last || *last < *first) return Spec::malformed;
    if (*first >= size) return Spec::beyond_the_end;
    range = {*first, std::min(*last, size - 1)};
    return Spec::good;
}

// Joins a range with the one before when they touch; counts what MaxRangeOverlaps and
// MaxRangeReversals limit. As in Apache, ranges apart from each other may go backwards freely.
class Joiner {
public:
    explicit Joiner(std::vector<ByteRange>& ranges)
        : ranges_(ranges)
    {
    }

    void add(ByteRange next)
    {
        if (ranges_.empty() || !touches(ranges_.back(), next)) {
            ranges_.push_back(next);
            return;
        }
        ByteRange& current = ranges_.back();
        ++overlaps_;
        if (next.first < current.first) ++reversals_;
        current.first = std::min(current.first, next.first);
        current.last = std::max(current.last, next.last);
    }
    [[nodiscard]] uint32_t overlaps() const { return overlaps_; }
    [[nodiscard]] uint32_t reversals() const { return reversals_; }

private:
    // Overlapping, or neighbours without a gap.
    static bool touches(ByteRange a, ByteRange b)
    {
        return b.first <= a.last + 1 && a.first <= b.last + 1;
    }

    std::vector<ByteRange>& ranges_;
    uint32_t overlaps_ = 0;
    uint32_t reversals_ = 0;
};

bool exceeds(size_t count, std::optional<uint32_t> limit)
{
    return limit && count > *limit;
}

} // namespace

RangeVerdict parse_ranges(std::string_view field, uint64_t size, const RangeLimits& limits,
                          std::vector<ByteRange>& ranges)
{
    ranges.clear();
    const auto whole = [&] {
        ranges.clear();
        return RangeVerdict::whole;
    };
    // Apache sends an empty file whole, whatever was asked of it.
    if (size == 0 || !istarts_with(field, "bytes=") || limits.ranges == 0U) return whole();
    std::string_view rest = field.substr(6);
    Joiner joiner(ranges);
    bool beyond = false;
    while (!rest.empty()) {
        const size_t comma = std::min(rest.find(','), rest.size());
        const auto text = rest.substr(0, comma);
        if (text.empty()) break; // ",0-0" asks for nothing, to Apache
        rest.remove_prefix(comma);
        while (rest.starts_with(',')) rest.remove_prefix(1);
        ByteRange range;
        const Spec spec = parse_spec(text, size, range);
        if (spec == Spec::malformed) return whole();
        if (spec == Spec::beyond_the_end)
            beyond = true;
        else
            joiner.add(range);
    }
    if (ranges.empty()) return beyond ? RangeVerdict::unsatisfiable : RangeVerdict::whole;
    if (exceeds(ranges.size(), limits.ranges) || exceeds(joiner.overlaps(), limits.overlaps)
        || exceeds(joiner.reversals(), limits.reversals)) {
        return whole();
    }
    // Asking for more than there is gains nobody anything.
    uint64_t sum = 0;
    for (const ByteRange& range : ranges) sum += range.size();
    return sum > size ? whole() : RangeVerdict::partial;
}

void append_content_range(std::string& out, ByteRange range, uint64_t size)
{
    out += "bytes ";
    append_number(out, range.first);
    out += '-';
    append_number(out, range.last);
    out += '/';
    append_number(out, size);
}

void append_unsatisfied_range(std::string& out, uint64_t size)
{
    out += "bytes */";
    append_number(out, size);
}

namespace {

constexpr std::string_view part_start = "\r\n--";
constexpr std::string_view type_start = "\r\nContent-type: ";
constexpr std::string_view range_start = "\r\nContent-range: ";
constexpr std::string_view head_end = "\r\n\r\n";
constexpr std::string_view body_end = "--\r\n";

size_t digit_count(uint64_t number)
{
    size_t count = 1;
    for (; number >= 10; number /= 10) ++count;
    return count;
}

} // namespace

Multipart::Multipart(uint64_t seed, std::string_view content_type, uint64_t size)
    : type_(content_type)
    , size_(size)
{
    // Spreads the seed over all digits (the finisher of splitmix64).
    seed += 0x9e3779b97f4a7c15U;
    seed = (seed ^ (seed >> 30U)) * 0xbf58476d1ce4e5b9U;
    seed = (seed ^ (seed >> 27U)) * 0x94d049bb133111ebU;
    seed ^= seed >> 31U;
    for (char& digit : boundary_) {
        digit = "0123456789abcdef"[seed & 15U];
        seed >>= 4U;
    }
}

std::string Multipart::content_type() const
{
    return "multipart/byteranges; boundary=" + std::string(boundary());
}

void Multipart::append_part_head(std::string& out, ByteRange range) const
{
    out += part_start;
    out += boundary();
    if (!type_.empty()) {
        out += type_start;
        out += type_;
    }
    out += range_start;
    append_content_range(out, range, size_);
    out += head_end;
}

void Multipart::append_end(std::string& out) const
{
    out += part_start;
    out += boundary();
    out += body_end;
}

uint64_t Multipart::length(std::span<const ByteRange> ranges) const
{
    uint64_t head = part_start.size() + boundary_.size() + range_start.size() + head_end.size()
                    + std::string_view("bytes -/").size() + digit_count(size_);
    if (!type_.empty()) head += type_start.size() + type_.size();
    uint64_t length = part_start.size() + boundary_.size() + body_end.size();
    for (const ByteRange& range : ranges) {
        length += head + digit_count(range.first) + digit_count(range.last) + range.size();
    }
    return length;
}

} // namespace signet::http
