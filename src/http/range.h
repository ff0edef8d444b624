// Range requests as Apache takes them, and multipart/byteranges.   RFC 9110 §14
// https://httpd.apache.org/docs/2.4/mod/core.html#maxranges
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signet::http {

// Both ends belong to the range.
struct ByteRange {
    uint64_t first = 0;
    uint64_t last = 0;
    [[nodiscard]] uint64_t size() const { return last - first + 1; }
    bool operator==(const ByteRange&) const = default;
};

// MaxRanges, MaxRangeOverlaps, MaxRangeReversals: nothing is "unlimited", 0 is "none".
struct RangeLimits {
    std::optional<uint32_t> ranges = 200;
    std::optional<uint32_t> overlaps = 20;
    std::optional<uint32_t> reversals = 20;
};

enum class RangeVerdict : uint8_t {
    whole,         // 200: no bytes range, malformed, or too many
    partial,       // 206: one range, or several as multipart/byteranges
    unsatisfiable, // 416 with Content-Range: bytes */size
};

// `ranges` gets what to send, in the order asked; neighbours and overlaps are joined. Check
// if_range_holds (conditional.h) first.
[[nodiscard]] RangeVerdict parse_ranges(std::string_view field, uint64_t size,
                                        const RangeLimits& limits, std::vector<ByteRange>& ranges);

// "bytes 0-4/100".
void append_content_range(std::string& out, ByteRange range, uint64_t size);
// "bytes */100".
void append_unsatisfied_range(std::string& out, uint64_t size);

// Builds the heads between the parts of a multipart/byteranges body. The seed should differ from
// response to response (time and connection id will do); it need not be secret, because every
// part says its length.
class Multipart {
public:
    Multipart(uint64_t seed, std::string_view content_type, uint64_t size);

    // "multipart/byteranges; boundary=…".
    [[nodiscard]] std::string content_type() const;
    // What comes before a part's bytes, the line end of the part before included.
    void append_part_head(std::string& out, ByteRange range) const;
    void append_end(std::string& out) const;
    // The Content-Length of the whole body.
    [[nodiscard]] uint64_t length(std::span<const ByteRange> ranges) const;

private:
    [[nodiscard]] std::string_view boundary() const { return {boundary_.data(), boundary_.size()}; }

    std::array<char, 16> boundary_{};
    std::string type_; // "" when the resource has none
    uint64_t size_;
};

} // namespace signet::http
