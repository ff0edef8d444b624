#include "http/date.h"

#include "base/text.h"

#include <algorithm>
#include <chrono>
#include <cstring>

namespace signet::http {

namespace {

constexpr std::string_view days = "ThuFriSatSunMonTueWed"; // 1970 began on a Thursday
constexpr std::string_view months = "JanFebMarAprMayJunJulAugSepOctNovDec";
constexpr int64_t seconds_per_day = 86400;
constexpr int64_t year_1 = -62135596800;
constexpr int64_t end_of_9999 = 253402300799;

void put_two(char* out, unsigned value)
{
    out[0] = static_cast<char>('0' + value / 10);
    out[1] = static_cast<char>('0' + value % 10);
}

// Digits at fixed places, or -1. A blank first digit counts as 0 where asctime pads.
int digits(std::string_view text, size_t at, size_t count, bool padded = false)
{
    int value = 0;
    for (size_t i = at; i < at + count; ++i) {
        const char c = text[i];
        if (padded && i == at && c == ' ') continue;
        if (!is_digit(c)) return -1;
        value = value * 10 + (c - '0');
    }
    return value;
}

unsigned month_number(std::string_view name)
{
    for (unsigned month = 0; month < 12; ++month) {
        if (iequals(name, months.substr(3UL * month, 3))) return month + 1;
    }
    return 0;
}

std::optional<int64_t> assemble(int year, unsigned month, int day, std::string_view clock)
{
    if (clock[2] != ':' || clock[5] != ':') return std::nullopt;
    const int hour = digits(clock, 0, 2);
    const int minute = digits(clock, 3, 2);
    const int second = digits(clock, 6, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 61) {
        return std::nullopt;
    }
    if (year < 0 || month == 0 || day < 1) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return std::nullopt;
    const int64_t day_number = std::chrono::sys_days(date).time_since_epoch().count();
    return day_number * seconds_per_day + hour * 3600 + minute * 60 + second;
}

} // namespace

void format_date(int64_t seconds, char* out)
{
    seconds = std::clamp(seconds, year_1, end_of_9999);
    int64_t day = seconds / seconds_per_day;
    if (seconds % seconds_per_day < 0) --day;
    const auto rest = static_cast<unsigned>(seconds - day * seconds_per_day);
    const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
    const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
    const auto weekday = static_cast<size_t>(((day % 7) + 7) % 7);

    std::memcpy(out, "Thu, 01 Jan 1970 00:00:00 GMT", date_size);
    std::memcpy(out, days.data() + 3 * weekday, 3);
    put_two(out + 5, static_cast<unsigned>(date.day()));
    std::memcpy(out + 8, months.data() + 3UL * (static_cast<unsigned>(date.month()) - 1), 3);
    put_two(out + 12, year / 100);
    put_two(out + 14, year % 100);
    put_two(out + 17, rest / 3600);
    put_two(out + 20, rest / 60 % 60);
    put_two(out + 23, rest % 60);
}

DateText date_text(int64_t seconds)
{
    DateText text{};
    format_date(seconds, text.bytes.data());
    return text;
}

std::optional<int64_t> parse_date(std::string_view text)
{
    text = trim(text);
    const size_t comma = text.find(',');
    if (comma == std::string_view::npos) { // Sun Nov  6 08:49:37 1994
        if (text.size() < 24) return std::nullopt;
        return assemble(digits(text, 20, 4), month_number(text.substr(4, 3)),
                        digits(text, 8, 2, true), text.substr(11, 8));
    }
    text.remove_prefix(comma + 1);
    text = trim(text);
    if (text.size() >= 20 && text[2] == ' ' && text[6] == ' ') { // 06 Nov 1994 08:49:37 GMT
        return assemble(digits(text, 7, 4), month_number(text.substr(3, 3)),
                        digits(text, 0, 2, true), text.substr(12, 8));
    }
    if (text.size() >= 18 && text[2] == '-' && text[6] == '-') { // 06-Nov-94 08:49:37 GMT
        const int year = digits(text, 7, 2);
        if (year < 0) return std::nullopt;
        return assemble(year + (year < 70 ? 2000 : 1900), month_number(text.substr(3, 3)),
                        digits(text, 0, 2), text.substr(10, 8));
    }
    return std::nullopt;
}

} // namespace signet::http
