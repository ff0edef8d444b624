// HTTP dates.   RFC 9110 §5.6.7
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace signet::http {

inline constexpr size_t date_size = 29; // "Sun, 06 Nov 1994 08:49:37 GMT"

// Writes the IMF-fixdate of seconds since 1970 (clamped to the years 1 to 9999).
void format_date(int64_t seconds, char* out);

// A date with its own storage, for those who need no buffer of theirs.
struct DateText {
    std::array<char, date_size> bytes;
    [[nodiscard]] std::string_view view() const { return {bytes.data(), bytes.size()}; }
};
[[nodiscard]] DateText date_text(int64_t seconds);

// IMF-fixdate, RFC 850 and asctime; names of days are not looked at, as in apr_date_parse_http.
// Seconds since 1970, or nothing.
[[nodiscard]] std::optional<int64_t> parse_date(std::string_view text);

} // namespace signet::http
